// Whatever the bytes are: what is taken as a value is printed, ordered, read back; what is parsed is printed and parses
// again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "data/cql/number.h"
#include "data/cql/order.h"
#include "data/cql/scalar_text.h"
#include "data/cql/value.h"

namespace millrace {
namespace {

CqlType type_of(uint8_t choice) {
  constexpr CqlKind kScalars[] = {CqlKind::kAscii,   CqlKind::kBigint,   CqlKind::kBlob,    CqlKind::kBoolean,
                                  CqlKind::kDecimal, CqlKind::kDouble,   CqlKind::kFloat,   CqlKind::kInt,
                                  CqlKind::kUuid,    CqlKind::kText,     CqlKind::kVarint,  CqlKind::kTimeuuid,
                                  CqlKind::kInet,    CqlKind::kDate,     CqlKind::kTime,    CqlKind::kTimestamp,
                                  CqlKind::kTinyint, CqlKind::kSmallint, CqlKind::kDuration};
  const CqlType scalar = kScalars[choice % std::size(kScalars)];
  switch (choice / std::size(kScalars) % 4) {
    case 1: return CqlType::list(scalar);
    case 2: return CqlType::set(scalar);
    case 3: return CqlType::map(scalar, CqlType::list(CqlKind::kInt));
    default: return scalar;
  }
}

void look_at_value(const CqlType& type, std::string_view bytes) {
  CqlColumnBuilder builder(type);
  const bool valid = is_cql_value(type, bytes);
  MILLRACE_ASSERT(builder.append(bytes) == valid, "two opinions about one value");
  const Column column = builder.finish();
  if (!valid) return;
  static_cast<void>(cql_text(type, bytes));
  static_cast<void>(format_value(column, 0));
  std::string key;
  if (!has_order(type) || !append_ordered(type, {}, bytes, key)) return;
  std::string_view rest = key;
  std::string back;
  MILLRACE_ASSERT(take_ordered(type, {}, rest, back) && rest.empty(), "a key that does not read back");
  MILLRACE_ASSERT(compare_cql(type, back, bytes) == 0, "a key that reads back as another value");
}

void look_at_text(const CqlType& type, std::string_view text) {
  static_cast<void>(parse_cql_type(text).ok());
  std::string bytes;
  if (!append_cql_text(type, text, bytes)) return;
  // Any bytes are text here; where they are from a column, they are UTF-8.
  if (type.is(CqlKind::kText)) return;
  MILLRACE_ASSERT(is_cql_value(type, bytes), "text that became no value");
  const auto again = cql_value_of(type, cql_text(type, bytes));
  const bool lossless = !type.is(CqlKind::kFloat) && !type.is(CqlKind::kDouble) && !type.is(CqlKind::kDecimal);
  if (lossless) MILLRACE_ASSERT(again.ok() && *again == bytes, "a value whose text reads back as another");
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const millrace::CqlType type = millrace::type_of(data[0]);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (data[1] % 3 == 0) millrace::look_at_value(type, bytes);
  if (data[1] % 3 == 1) millrace::look_at_text(type, bytes);
  if (data[1] % 3 == 2 && millrace::has_order(type)) {
    std::string_view rest = bytes;
    std::string value;
    if (millrace::take_ordered(type, {.descending = (data[1] & 0x80) != 0}, rest, value)) {
      static_cast<void>(millrace::is_cql_value(type, value));
    }
  }
  return 0;
}
