#include "data/expr/parse.h"

#include "base/assert.h"
#include "data/column.h"
#include "data/expr/decimal.h"

// No text may crash a reader, and what a value is written as must read back as the same value.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace millrace;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static_cast<void>(parse_bool(text));
  static_cast<void>(parse_int(text));
  static_cast<void>(parse_bigint(text));
  static_cast<void>(parse_double(text));
  if (const std::optional<int32_t> days = parse_date_days(text)) {
    MILLRACE_ASSERT(parse_date_days(format_date(*days)) == days, "a date that does not read back");
  }
  if (const std::optional<int64_t> us = parse_timestamp_us(text)) {
    // A year of more than four digits is written with its sign, which is read as well.
    MILLRACE_ASSERT(parse_timestamp_us(format_timestamp(*us)) == us, "a timestamp that does not read back");
  }
  const ParsedDecimal decimal = parse_decimal(text, kDecimalPrecisionMax, 18);
  if (decimal.outcome == ParsedDecimal::Outcome::kOk) {
    const std::string written = format_decimal(decimal.value, 18);
    MILLRACE_ASSERT(parse_decimal(written, kDecimalPrecisionMax, 18).value == decimal.value,
                    "a decimal that does not read back");
  }
  return 0;
}
