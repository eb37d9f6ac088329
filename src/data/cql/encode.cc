#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "data/cql/bytes.h"
#include "data/cql/number.h"
#include "data/cql/order.h"
#include "data/cql/scalar_text.h"
#include "data/cql/value.h"
#include "data/expr/decimal.h"
#include "data/expr/parse.h"
#include "data/utf8.h"

namespace millrace {
namespace {

constexpr int64_t kUsPerMs = 1'000;
constexpr uint32_t kDateMiddle = uint32_t{1} << 31;
constexpr size_t kReasonValueBytesMax = 80;

bool append_whole(CqlKind kind, Int128 value, std::string& to) {
  const auto within = [value](int64_t low, int64_t high) { return value >= low && value <= high; };
  switch (kind) {
    case CqlKind::kTinyint:
      if (!within(INT8_MIN, INT8_MAX)) return false;
      to.push_back(static_cast<char>(value));
      return true;
    case CqlKind::kSmallint:
      if (!within(INT16_MIN, INT16_MAX)) return false;
      append_be(static_cast<int16_t>(value), to);
      return true;
    case CqlKind::kInt:
      if (!within(INT32_MIN, INT32_MAX)) return false;
      append_be(static_cast<int32_t>(value), to);
      return true;
    case CqlKind::kBigint:
      if (!within(INT64_MIN, INT64_MAX)) return false;
      append_be(static_cast<int64_t>(value), to);
      return true;
    case CqlKind::kVarint: append_varint(value, to); return true;
    default: MILLRACE_UNREACHABLE("not a whole number");
  }
}

bool is_whole(CqlKind kind) {
  return kind == CqlKind::kTinyint || kind == CqlKind::kSmallint || kind == CqlKind::kInt || kind == CqlKind::kBigint ||
         kind == CqlKind::kVarint;
}

bool append_floating(CqlKind kind, double value, std::string& to) {
  if (kind == CqlKind::kDouble) {
    append_be(std::bit_cast<uint64_t>(value), to);
    return true;
  }
  const auto narrow = static_cast<float>(value);
  if (std::isinf(narrow) && !std::isinf(value)) return false;
  append_be(std::bit_cast<uint32_t>(narrow), to);
  return true;
}

bool append_digits(std::string_view text, std::string& to) {
  const auto value = parse_cql_decimal(text);
  return value.has_value() && append_cql_decimal(*value, to);
}

// A number that is a decimal column's: the unscaled value and the column's scale.
bool append_from_decimal(CqlKind kind, Decimal value, std::string& to) {
  if (kind == CqlKind::kDecimal) {
    append_be(static_cast<int32_t>(value.scale), to);
    append_varint(value.unscaled, to);
    return true;
  }
  if (kind == CqlKind::kDouble || kind == CqlKind::kFloat) return append_floating(kind, decimal_to_double(value), to);
  const Int128 unit = power_of_ten(value.scale);
  return value.unscaled % unit == 0 && append_whole(kind, value.unscaled / unit, to);
}

bool append_whole_text(CqlKind kind, std::string_view text, std::string& to) {
  if (kind != CqlKind::kVarint) {
    const auto value = parse_bigint(text);
    return value.has_value() && append_whole(kind, *value, to);
  }
  const auto value = parse_cql_decimal(trim_text(text));
  return value.has_value() && value->scale == 0 && append_varint(value->negative, value->digits, to);
}

void append_timestamp(int64_t us, std::string& to) { append_be((us >= 0 ? us : us - (kUsPerMs - 1)) / kUsPerMs, to); }

void append_date(int32_t days, std::string& to) { append_be(static_cast<uint32_t>(days) + kDateMiddle, to); }

bool is_version_1(std::string_view uuid) { return (static_cast<uint8_t>(uuid[6]) >> 4) == 1; }

bool append_uuid_of(CqlKind kind, std::string_view text, std::string& to) {
  const size_t begin = to.size();
  if (!append_uuid(trim_text(text), to)) return false;
  if (kind == CqlKind::kUuid || is_version_1(std::string_view(to).substr(begin))) return true;
  to.resize(begin);
  return false;
}

bool append_hex(std::string_view text, std::string& to) {
  if (text.size() % 2 != 0 || text.size() < 2 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X')) return false;
  const auto value = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  const size_t begin = to.size();
  for (size_t i = 2; i < text.size(); i += 2) {
    const int high = value(text[i]);
    const int low = value(text[i + 1]);
    if (high < 0 || low < 0) {
      to.resize(begin);
      return false;
    }
    to.push_back(static_cast<char>(high * 16 + low));
  }
  return true;
}

// Numbers of a column (anything that is_number()) for the CQL types that take numbers.
bool append_number(CqlKind kind, const Column& column, size_t row, std::string& to) {
  switch (column.type.kind()) {
    case TypeKind::kInt:
    case TypeKind::kBigint: {
      const int64_t value = column.type.is(TypeKind::kInt) ? column.at<int32_t>(row) : column.at<int64_t>(row);
      if (is_whole(kind)) return append_whole(kind, value, to);
      if (kind == CqlKind::kDecimal) return append_from_decimal(kind, {value, 0}, to);
      return append_floating(kind, static_cast<double>(value), to);
    }
    case TypeKind::kDouble: {
      const auto value = column.at<double>(row);
      if (kind == CqlKind::kDecimal) return append_digits(format_double(value), to);
      return append_floating(kind, value, to);
    }
    case TypeKind::kDecimal: return append_from_decimal(kind, {column.at<Int128>(row), column.type.scale()}, to);
    default: MILLRACE_UNREACHABLE("not a number");
  }
}

// Whether columns of a scalar type can hold values of a scalar CQL type; strings are asked for separately.
bool takes_scalar(CqlKind to, const Type& from) {
  switch (to) {
    case CqlKind::kTinyint:
    case CqlKind::kSmallint:
    case CqlKind::kInt:
    case CqlKind::kBigint:
    case CqlKind::kVarint: return from.is_number() && !from.is(TypeKind::kDouble);
    case CqlKind::kFloat:
    case CqlKind::kDouble:
    case CqlKind::kDecimal: return from.is_number();
    case CqlKind::kBoolean: return from.is(TypeKind::kBool);
    case CqlKind::kDate: return from.is(TypeKind::kDate);
    case CqlKind::kTimestamp: return from.is(TypeKind::kTimestamp);
    case CqlKind::kTime: return from.is(TypeKind::kBigint);
    case CqlKind::kUuid:
    case CqlKind::kTimeuuid:
    case CqlKind::kBlob: return from.is(TypeKind::kBinary);
    default: return false;
  }
}

// What to write instead.
std::string cast_hint(const Type& from, const CqlType& to) {
  if (from.is_nested() || to.is_collection()) {
    return fmt::format("give it {}", data_type_of(to).text());
  }
  if (to.is(CqlKind::kBlob)) return "write cast(... AS binary) for its bytes, or unhex(...) for hexadecimal digits";
  if (to.is(CqlKind::kTimestamp) && from.is_number()) return "write timestamp_millis(...) or timestamp_seconds(...)";
  if (to.is(CqlKind::kText) || to.is(CqlKind::kAscii)) return "write cast(... AS string)";
  return fmt::format("write cast(... AS {})", data_type_of(to).text());
}

// An element of an array or map as a value of its own; nullopt for null or what does not fit.
std::optional<std::string> element_bytes(const CqlType& type, const Column& elements, size_t at);

bool append_collection(const CqlType& type, const Column& column, size_t row, std::string& to) {
  const Column::Range range = column.range_at(row);
  struct Entry {
    std::string key, value;
  };
  std::vector<Entry> entries;
  entries.reserve(range.end - range.begin);
  const bool map = type.is(CqlKind::kMap);
  for (size_t at = range.begin; at < range.end; ++at) {
    auto key = element_bytes(map ? type.key() : type.element(), column.children[0], at);
    if (!key.has_value()) return false;
    std::optional<std::string> value = map ? element_bytes(type.element(), column.children[1], at) : std::string();
    if (!value.has_value()) return false;
    entries.push_back({std::move(*key), std::move(*value)});
  }
  if (!type.is(CqlKind::kList)) {
    const CqlType& by = map ? type.key() : type.element();
    std::stable_sort(entries.begin(), entries.end(),
                     [&by](const Entry& a, const Entry& b) { return compare_cql(by, a.key, b.key) < 0; });
    // Of equal keys the last one counts, as when they are put into a map one after the other.
    std::vector<Entry> unique;
    for (Entry& entry : entries) {
      if (!unique.empty() && compare_cql(by, unique.back().key, entry.key) == 0) unique.pop_back();
      unique.push_back(std::move(entry));
    }
    entries = std::move(unique);
  }
  append_be(static_cast<int32_t>(entries.size()), to);
  for (const Entry& entry : entries) {
    append_be(static_cast<int32_t>(entry.key.size()), to);
    to += entry.key;
    if (!map) continue;
    append_be(static_cast<int32_t>(entry.value.size()), to);
    to += entry.value;
  }
  return true;
}

bool append_scalar(CqlKind kind, const Column& column, size_t row, std::string& to) {
  switch (kind) {
    case CqlKind::kBoolean: to.push_back(column.bool_at(row) ? '\1' : '\0'); return true;
    case CqlKind::kDate: append_date(column.at<int32_t>(row), to); return true;
    case CqlKind::kTimestamp: append_timestamp(column.at<int64_t>(row), to); return true;
    case CqlKind::kTime: {
      const auto value = column.at<int64_t>(row);
      if (value < 0 || value >= kNanosecondsPerDay) return false;
      append_be(value, to);
      return true;
    }
    case CqlKind::kBlob: to.append(column.string_at(row)); return true;
    case CqlKind::kUuid:
    case CqlKind::kTimeuuid: {
      const std::string_view bytes = column.string_at(row);
      if (bytes.size() != 16 || (kind == CqlKind::kTimeuuid && !is_version_1(bytes))) return false;
      to.append(bytes);
      return true;
    }
    default: return append_number(kind, column, row, to);
  }
}

bool append_value(const CqlType& type, const Column& column, size_t row, std::string& to) {
  if (type.is_collection()) return append_collection(type, column, row, to);
  if (!column.type.is(TypeKind::kString)) return append_scalar(type.kind(), column, row, to);
  return append_cql_text(type, column.string_at(row), to);
}

std::optional<std::string> element_bytes(const CqlType& type, const Column& elements, size_t at) {
  std::string bytes;
  if (elements.is_null(at) || !append_value(type, elements, at, bytes)) return std::nullopt;
  return bytes;
}

std::string_view kind_wants(CqlKind kind) {
  switch (kind) {
    case CqlKind::kAscii: return "ascii takes characters below 128 only";
    case CqlKind::kTinyint: return "a tinyint is a whole number from -128 to 127";
    case CqlKind::kSmallint: return "a smallint is a whole number from -32768 to 32767";
    case CqlKind::kInt: return "an int is a whole number from -2147483648 to 2147483647";
    case CqlKind::kBigint: return "a bigint is a whole number of 64 bits";
    case CqlKind::kVarint: return "a varint is a whole number of at most 1000 digits";
    case CqlKind::kDecimal: return "a decimal is a number of at most 1000 digits, as in -12.50";
    case CqlKind::kFloat: return "a float is a number up to 3.4e38";
    case CqlKind::kDouble: return "a double is a number, as in 1.5e3";
    case CqlKind::kBoolean: return "a boolean is true or false";
    case CqlKind::kUuid: return "a uuid has 8-4-4-4-12 hexadecimal digits";
    case CqlKind::kTimeuuid: return "a timeuuid is a uuid of version 1";
    case CqlKind::kInet: return "an inet is an address, as in 127.0.0.1 or ::1";
    case CqlKind::kDate: return "a date is written as in 2026-11-21";
    case CqlKind::kTime: return "a time is written as in 08:12:54.123456789";
    case CqlKind::kTimestamp: return "a timestamp is written as in 2026-11-21T07:47:03Z";
    case CqlKind::kDuration: return "a duration is written as in 1mo2d3h4m";
    case CqlKind::kBlob: return "a blob is written as in 0x0aff";
    default: return "null or a value that does not fit stands in it";
  }
}

std::string reason(const CqlType& type, std::string_view shown) {
  const bool cut = shown.size() > kReasonValueBytesMax;
  size_t end = cut ? kReasonValueBytesMax : shown.size();
  while (cut && end > 0 && is_continuation(shown[end])) --end;
  return fmt::format("'{}{}' is no {}: {}", shown.substr(0, end), cut ? "..." : "", type.text(),
                     kind_wants(type.kind()));
}

}  // namespace

Result<CqlEncoder> CqlEncoder::bind(const Type& from, const CqlType& to) {
  const auto refuse = [&]() -> Result<CqlEncoder> {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{} cannot be stored as {}; {}", from.text(), to.text(), cast_hint(from, to)));
  };
  if (from.is(TypeKind::kNull)) return CqlEncoder(from, to);
  if (to.is(CqlKind::kMap)) {
    if (!from.is(TypeKind::kMap)) return refuse();
    if (!bind(from.key(), to.key()).ok() || !bind(from.value(), to.element()).ok()) return refuse();
    return CqlEncoder(from, to);
  }
  if (to.is_collection()) {
    if (!from.is(TypeKind::kArray) || !bind(from.element(), to.element()).ok()) return refuse();
    return CqlEncoder(from, to);
  }
  const bool by_text = from.is(TypeKind::kString) && !to.is(CqlKind::kBlob);
  if (!by_text && !takes_scalar(to.kind(), from)) return refuse();
  return CqlEncoder(from, to);
}

bool CqlEncoder::append(const Column& column, size_t row, std::string& to) const {
  const size_t begin = to.size();
  if (append_value(to_, column, row, to)) return true;
  to.resize(begin);
  return false;
}

bool CqlEncoder::always_fits() const {
  switch (from_.kind()) {
    case TypeKind::kString: return to_.is(CqlKind::kText);
    case TypeKind::kBool: return to_.is(CqlKind::kBoolean);
    case TypeKind::kDate: return to_.is(CqlKind::kDate);
    case TypeKind::kTimestamp: return to_.is(CqlKind::kTimestamp);
    case TypeKind::kInt: return to_.is(CqlKind::kInt) || to_.is(CqlKind::kBigint);
    case TypeKind::kBigint: return to_.is(CqlKind::kBigint);
    case TypeKind::kDouble: return to_.is(CqlKind::kDouble);
    default: return false;
  }
}

std::string CqlEncoder::why_not(const Column& column, size_t row) const {
  return reason(to_, format_value(column, row));
}

bool append_cql_text(const CqlType& type, std::string_view text, std::string& to) {
  switch (type.kind()) {
    case CqlKind::kAscii:
      if (!is_ascii(text)) return false;
      to.append(text);
      return true;
    case CqlKind::kText: to.append(text); return true;
    case CqlKind::kBlob: return append_hex(text, to);
    case CqlKind::kUuid:
    case CqlKind::kTimeuuid: return append_uuid_of(type.kind(), text, to);
    case CqlKind::kInet: return append_inet(trim_text(text), to);
    case CqlKind::kDecimal: return append_digits(trim_text(text), to);
    case CqlKind::kTinyint:
    case CqlKind::kSmallint:
    case CqlKind::kInt:
    case CqlKind::kBigint:
    case CqlKind::kVarint: return append_whole_text(type.kind(), text, to);
    case CqlKind::kFloat:
    case CqlKind::kDouble: {
      const auto value = parse_double(text);
      return value.has_value() && append_floating(type.kind(), *value, to);
    }
    case CqlKind::kBoolean: {
      const auto value = parse_bool(text);
      if (value.has_value()) to.push_back(*value ? '\1' : '\0');
      return value.has_value();
    }
    case CqlKind::kDate: {
      const auto days = parse_date_days(text);
      if (days.has_value()) append_date(*days, to);
      return days.has_value();
    }
    case CqlKind::kTimestamp: {
      const auto us = parse_timestamp_us(text);
      if (us.has_value()) append_timestamp(*us, to);
      return us.has_value();
    }
    case CqlKind::kTime: {
      const auto nanoseconds = parse_time_of_day(trim_text(text));
      if (nanoseconds.has_value()) append_be(*nanoseconds, to);
      return nanoseconds.has_value();
    }
    case CqlKind::kDuration: {
      const auto duration = parse_cql_duration(trim_text(text));
      if (duration.has_value()) append_cql_duration(*duration, to);
      return duration.has_value();
    }
    case CqlKind::kList:
    case CqlKind::kSet:
    case CqlKind::kMap: return false;
  }
  MILLRACE_UNREACHABLE("every kind is named above");
}

Result<std::string> cql_value_of(const CqlType& type, std::string_view text) {
  std::string bytes;
  if (append_cql_text(type, text, bytes)) return bytes;
  return Error(ErrorCode::kInvalidArgument, reason(type, text));
}

}  // namespace millrace
