#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "data/cql/bytes.h"
#include "data/cql/number.h"
#include "data/cql/order.h"
#include "data/cql/scalar_text.h"
#include "data/cql/value.h"
#include "data/utf8.h"

namespace millrace {
namespace {

constexpr int64_t kUsPerMs = 1'000;
constexpr int64_t kMsMax = INT64_MAX / kUsPerMs;

int32_t days_of(std::string_view bytes) { return static_cast<int32_t>(read_be<uint32_t>(bytes) - (uint32_t{1} << 31)); }

double floating_of(CqlKind kind, std::string_view bytes) {
  if (kind == CqlKind::kFloat) return std::bit_cast<float>(read_be<uint32_t>(bytes));
  return std::bit_cast<double>(read_be<uint64_t>(bytes));
}

bool is_collection_value(const CqlType& type, std::string_view bytes) {
  CqlElements elements(bytes);
  const bool map = type.is(CqlKind::kMap);
  if (map) elements.as_map();
  if (elements.left() < 0) return false;
  std::string_view before;
  bool first = true;
  while (elements.left() > 0) {
    std::string_view key;
    if (!elements.next(key) || !is_cql_value(map ? type.key() : type.element(), key)) return false;
    if (!type.is(CqlKind::kList) && !first && compare_cql(map ? type.key() : type.element(), before, key) >= 0) {
      return false;
    }
    before = key;
    first = false;
    std::string_view value;
    if (map && (!elements.next(value) || !is_cql_value(type.element(), value))) return false;
  }
  return elements.at_end();
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out.push_back('\'');
    out.push_back(c);
  }
  return out + "'";
}

std::string collection_text(const CqlType& type, std::string_view bytes) {
  const auto element_text = [](const CqlType& of, std::string_view element) {
    const bool bare_text = of.is(CqlKind::kText) || of.is(CqlKind::kAscii);
    return bare_text ? quoted(element) : cql_text(of, element);
  };
  CqlElements elements(bytes);
  if (type.is(CqlKind::kMap)) elements.as_map();
  std::string out(type.is(CqlKind::kList) ? "[" : "{");
  std::string_view element;
  for (bool first = true; elements.next(element); first = false) {
    if (!first) out += ", ";
    out += element_text(type.is(CqlKind::kMap) ? type.key() : type.element(), element);
    if (!type.is(CqlKind::kMap)) continue;
    if (elements.next(element)) out += fmt::format(": {}", element_text(type.element(), element));
  }
  return out + (type.is(CqlKind::kList) ? "]" : "}");
}

std::string hex_text(std::string_view bytes) {
  std::string out = "0x";
  for (const char byte : bytes) out += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  return out;
}

void append_collection(const CqlType& type, std::string_view bytes, ColumnBuilder& to);

// The bytes have been found to be a value of the type.
void append_checked(const CqlType& type, std::string_view bytes, ColumnBuilder& to) {
  switch (type.kind()) {
    case CqlKind::kBoolean: to.append_bool(bytes[0] != '\0'); return;
    case CqlKind::kTinyint: to.append_int(read_be<int8_t>(bytes)); return;
    case CqlKind::kSmallint: to.append_int(read_be<int16_t>(bytes)); return;
    case CqlKind::kInt: to.append_int(read_be<int32_t>(bytes)); return;
    case CqlKind::kBigint: to.append_bigint(read_be<int64_t>(bytes)); return;
    case CqlKind::kFloat:
    case CqlKind::kDouble: to.append_double(floating_of(type.kind(), bytes)); return;
    case CqlKind::kDate: to.append_int(days_of(bytes)); return;
    case CqlKind::kTimestamp: to.append_bigint(read_be<int64_t>(bytes) * kUsPerMs); return;
    case CqlKind::kBlob:
    case CqlKind::kAscii:
    case CqlKind::kText: to.append_string(bytes); return;
    case CqlKind::kList:
    case CqlKind::kSet:
    case CqlKind::kMap: append_collection(type, bytes, to); return;
    case CqlKind::kDecimal:
    case CqlKind::kUuid:
    case CqlKind::kVarint:
    case CqlKind::kTimeuuid:
    case CqlKind::kInet:
    case CqlKind::kTime:
    case CqlKind::kDuration: to.append_string(cql_text(type, bytes)); return;
  }
  MILLRACE_UNREACHABLE("every kind is named above");
}

void append_collection(const CqlType& type, std::string_view bytes, ColumnBuilder& to) {
  CqlElements elements(bytes);
  std::string_view element;
  if (type.is(CqlKind::kMap)) {
    elements.as_map();
    while (elements.next(element)) {
      append_checked(type.key(), element, to.child(0));
      if (elements.next(element)) append_checked(type.element(), element, to.child(1));
    }
  } else {
    while (elements.next(element)) append_checked(type.element(), element, to.child(0));
  }
  to.end_nested();
}

}  // namespace

bool is_cql_value(const CqlType& type, std::string_view bytes) {
  switch (type.kind()) {
    case CqlKind::kAscii: return is_ascii(bytes);
    case CqlKind::kText: return is_valid_utf8(bytes);
    case CqlKind::kBlob: return true;
    case CqlKind::kBoolean: return bytes.size() == 1 && static_cast<uint8_t>(bytes[0]) <= 1;
    case CqlKind::kTinyint: return bytes.size() == 1;
    case CqlKind::kSmallint: return bytes.size() == 2;
    case CqlKind::kInt:
    case CqlKind::kFloat:
    case CqlKind::kDate: return bytes.size() == 4;
    case CqlKind::kBigint:
    case CqlKind::kDouble: return bytes.size() == 8;
    case CqlKind::kTimestamp:
      return bytes.size() == 8 && read_be<int64_t>(bytes) <= kMsMax && read_be<int64_t>(bytes) >= -kMsMax;
    case CqlKind::kTime:
      return bytes.size() == 8 && read_be<int64_t>(bytes) >= 0 && read_be<int64_t>(bytes) < kNanosecondsPerDay;
    case CqlKind::kUuid: return bytes.size() == 16;
    case CqlKind::kTimeuuid: return bytes.size() == 16 && (static_cast<uint8_t>(bytes[6]) >> 4) == 1;
    case CqlKind::kInet: return bytes.size() == 4 || bytes.size() == 16;
    case CqlKind::kVarint: return !bytes.empty() && bytes.size() <= kCqlVarintBytesMax;
    case CqlKind::kDecimal: return bytes.size() > 4 && bytes.size() <= 4 + kCqlVarintBytesMax;
    case CqlKind::kDuration: return read_cql_duration(bytes).has_value();
    case CqlKind::kList:
    case CqlKind::kSet:
    case CqlKind::kMap: return is_collection_value(type, bytes);
  }
  MILLRACE_UNREACHABLE("every kind is named above");
}

std::string cql_text(const CqlType& type, std::string_view bytes) {
  switch (type.kind()) {
    case CqlKind::kAscii:
    case CqlKind::kText: return std::string(bytes);
    case CqlKind::kBlob: return hex_text(bytes);
    case CqlKind::kBoolean: return bytes[0] != '\0' ? "true" : "false";
    case CqlKind::kTinyint: return std::to_string(read_be<int8_t>(bytes));
    case CqlKind::kSmallint: return std::to_string(read_be<int16_t>(bytes));
    case CqlKind::kInt: return std::to_string(read_be<int32_t>(bytes));
    case CqlKind::kBigint: return std::to_string(read_be<int64_t>(bytes));
    case CqlKind::kFloat: return fmt::format("{}", std::bit_cast<float>(read_be<uint32_t>(bytes)));
    case CqlKind::kDouble: return fmt::format("{}", floating_of(type.kind(), bytes));
    case CqlKind::kDate: return format_date(days_of(bytes));
    case CqlKind::kTimestamp: return format_timestamp(read_be<int64_t>(bytes) * kUsPerMs);
    case CqlKind::kTime: return time_of_day_text(read_be<int64_t>(bytes));
    case CqlKind::kUuid:
    case CqlKind::kTimeuuid: return uuid_text(bytes);
    case CqlKind::kInet: return inet_text(bytes);
    case CqlKind::kVarint: return varint_text(bytes);
    case CqlKind::kDecimal: return cql_decimal_text(bytes.substr(4), read_be<int32_t>(bytes));
    case CqlKind::kDuration: {
      const auto duration = read_cql_duration(bytes);
      return duration.has_value() ? cql_duration_text(*duration) : std::string();
    }
    case CqlKind::kList:
    case CqlKind::kSet:
    case CqlKind::kMap: return collection_text(type, bytes);
  }
  MILLRACE_UNREACHABLE("every kind is named above");
}

bool CqlColumnBuilder::append(std::string_view bytes) {
  if (!is_cql_value(type_, bytes)) {
    builder_.append_null();
    return false;
  }
  append_checked(type_, bytes, builder_);
  return true;
}

}  // namespace millrace
