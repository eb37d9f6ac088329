#include "data/expr/decimal.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "data/column.h"
#include "data/expr/uint256.h"

namespace millrace {
namespace {

std::string text(std::optional<Int128> value, const Type& type) {
  return value ? format_decimal(*value, type.scale()) : "none";
}

Decimal read(std::string_view digits, int scale) {
  const ParsedDecimal parsed = parse_decimal(digits, 38, scale);
  EXPECT_EQ(parsed.outcome, ParsedDecimal::Outcome::kOk) << digits;
  return {parsed.value, scale};
}

TEST(DecimalTest, ResultTypesKeepSixDigitsBehindThePointWhenDigitsMustGo) {
  const Type wide = Type::decimal(38, 18);
  EXPECT_EQ(decimal_add_type(Type::decimal(5, 2), Type::decimal(7, 4)), Type::decimal(8, 4));
  EXPECT_EQ(decimal_add_type(wide, wide), Type::decimal(38, 17));
  EXPECT_EQ(decimal_multiply_type(Type::decimal(5, 2), Type::decimal(7, 4)), Type::decimal(13, 6));
  EXPECT_EQ(decimal_multiply_type(wide, wide), Type::decimal(38, 6));
  EXPECT_EQ(decimal_divide_type(Type::decimal(5, 2), Type::decimal(7, 4)), Type::decimal(17, 10));
  EXPECT_EQ(decimal_divide_type(Type::decimal(1, 0), Type::decimal(1, 0)), Type::decimal(7, 6));
  EXPECT_EQ(decimal_divide_type(wide, wide), Type::decimal(38, 6));
  EXPECT_EQ(decimal_modulo_type(Type::decimal(5, 2), Type::decimal(7, 4)), Type::decimal(7, 4));
}

TEST(DecimalTest, AddsAndSubtractsAcrossScales) {
  const Type result = Type::decimal(38, 4);
  EXPECT_EQ(text(decimal_add(read("1.25", 2), read("0.0005", 4), result), result), "1.2505");
  EXPECT_EQ(text(decimal_subtract(read("1", 0), read("2.5", 1), result), result), "-1.5000");
  EXPECT_EQ(text(decimal_add(read("-1", 0), read("1", 0), result), result), "0.0000");
}

TEST(DecimalTest, SumsThatNeedMoreThan128BitsOnTheWayAreExact) {
  const Type result = Type::decimal(38, 6);
  const Decimal big = read("99999999999999999999999999999999", 0);
  const Decimal fine{power_of_ten(37), 38};  // 0.1
  EXPECT_EQ(text(decimal_add(big, fine, result), result), "99999999999999999999999999999999.100000");
  EXPECT_EQ(text(decimal_subtract(fine, big, result), result), "-99999999999999999999999999999998.900000");
  EXPECT_EQ(text(decimal_add(big, read("1", 0), result), result), "none");
}

TEST(DecimalTest, MultipliesWithRoundingAndOverflow) {
  const Type result = Type::decimal(38, 6);
  EXPECT_EQ(text(decimal_multiply(read("1.5", 1), read("-2.5", 1), result), result), "-3.750000");
  EXPECT_EQ(text(decimal_multiply(read("0.0000005", 7), read("1", 0), result), result), "0.000001");
  const Decimal wide = read("12345678901234567.890123456789012345", 18);
  EXPECT_EQ(text(decimal_multiply(wide, read("1000000000000000.5", 18), result), result),
            "12345678901234574062962907406296.290062");
  EXPECT_EQ(text(decimal_multiply(wide, wide, result), result), "none");
}

TEST(DecimalTest, DividesWithRounding) {
  const Type result = Type::decimal(38, 6);
  EXPECT_EQ(text(decimal_divide(read("1", 0), read("3", 0), result), result), "0.333333");
  EXPECT_EQ(text(decimal_divide(read("-2", 0), read("3", 0), result), result), "-0.666667");
  EXPECT_EQ(text(decimal_divide({power_of_ten(37), 0}, {1, 38}, result), result), "none");
  EXPECT_EQ(text(decimal_divide({1, 38}, {power_of_ten(37), 0}, result), result), "0.000000");
  EXPECT_EQ(text(decimal_divide(read("1", 0), read("0", 0), result), result), "none");
  EXPECT_EQ(text(decimal_divide({power_of_ten(37), 38}, {1, 20}, result), result), "10000000000000000000.000000");
}

TEST(DecimalTest, RemaindersTakeTheSignOfTheDividend) {
  const Type result = Type::decimal(5, 2);
  EXPECT_EQ(text(decimal_modulo(read("-7.5", 1), read("2", 0), result), result), "-1.50");
  EXPECT_EQ(text(decimal_modulo(read("7.5", 1), read("-2", 0), result), result), "1.50");
  EXPECT_EQ(text(decimal_modulo(read("7.5", 1), read("0", 0), result), result), "none");
  EXPECT_EQ(decimal_quotient(read("-7.5", 1), read("2", 0)), -3);
  EXPECT_EQ(decimal_quotient({power_of_ten(37), 0}, read("1", 0)), std::nullopt);
}

TEST(DecimalTest, ComparesAcrossScales) {
  EXPECT_EQ(decimal_compare(read("1.50", 2), read("1.5", 1)), 0);
  EXPECT_LT(decimal_compare(read("-1.51", 2), read("-1.5", 1)), 0);
  EXPECT_GT(decimal_compare({power_of_ten(37), 0}, {power_of_ten(37), 38}), 0);
}

TEST(DecimalTest, RescalesInEveryMode) {
  const auto at_zero = [](std::string_view digits, Rounding rounding) {
    return text(decimal_rescale(read(digits, 1), 38, 0, rounding), Type::decimal(38, 0));
  };
  EXPECT_EQ(at_zero("2.5", Rounding::kHalfUp), "3");
  EXPECT_EQ(at_zero("-2.5", Rounding::kHalfUp), "-3");
  EXPECT_EQ(at_zero("2.5", Rounding::kHalfEven), "2");
  EXPECT_EQ(at_zero("3.5", Rounding::kHalfEven), "4");
  EXPECT_EQ(at_zero("-2.1", Rounding::kFloor), "-3");
  EXPECT_EQ(at_zero("2.1", Rounding::kCeiling), "3");
  EXPECT_EQ(at_zero("-2.9", Rounding::kDown), "-2");
  EXPECT_EQ(decimal_rescale({99, 1}, 1, 0), std::nullopt);
}

TEST(DecimalTest, ReadsWhatJavaReads) {
  EXPECT_EQ(format_decimal(parse_decimal("+.5e3", 10, 2).value, 2), "500.00");
  EXPECT_EQ(format_decimal(parse_decimal("1.", 10, 2).value, 2), "1.00");
  EXPECT_EQ(format_decimal(parse_decimal("1.005", 10, 2).value, 2), "1.01");
  EXPECT_EQ(format_decimal(parse_decimal("1e-2000000000", 10, 2).value, 2), "0.00");
  for (const std::string_view bad :
       {"", "+", ".", "1e", "1e+-5", "1.2.3", "abc", "0x1", "1 ", "NaN", "1e99999999999"}) {
    EXPECT_EQ(parse_decimal(bad, 10, 2).outcome, ParsedDecimal::Outcome::kMalformed) << bad;
  }
  EXPECT_EQ(parse_decimal("1e39", 38, 0).outcome, ParsedDecimal::Outcome::kOutOfRange);
  EXPECT_EQ(parse_decimal("1000", 5, 2).outcome, ParsedDecimal::Outcome::kOutOfRange);
  EXPECT_EQ(parse_decimal(std::string(500, '9'), 38, 0).outcome, ParsedDecimal::Outcome::kOutOfRange);
  EXPECT_EQ(format_decimal(parse_decimal("0." + std::string(500, '9'), 38, 2).value, 2), "1.00");
}

TEST(DecimalTest, DoublesComeAndGoByTheirShortestDigits) {
  EXPECT_EQ(decimal_to_double(read("0.1", 1)), 0.1);
  EXPECT_EQ(decimal_to_double(read("12345678901234567890.123", 3)), 12345678901234567890.123);
  EXPECT_EQ(format_decimal(decimal_from_double(0.1, 38, 18).value, 18), "0.100000000000000000");
  EXPECT_EQ(decimal_from_double(std::numeric_limits<double>::infinity(), 38, 18).outcome,
            ParsedDecimal::Outcome::kMalformed);
}

TEST(UInt256Test, QuotientTimesDivisorPlusRemainderIsTheValue) {
  Random random(7);
  const auto wide = [&](uint64_t bits) {
    UInt256 value{static_cast<UInt128>(random.next()) << 64 | random.next(),
                  static_cast<UInt128>(random.next()) << 64 | random.next()};
    for (uint64_t i = bits; i < 256; ++i) value = {value.low >> 1 | value.high << 127, value.high >> 1};
    return value;
  };
  for (int i = 0; i < 3000; ++i) {
    const UInt256 value = wide(random.below(256) + 1);
    UInt256 divisor = wide(random.below(256) + 1);
    if (divisor == UInt256{}) divisor = UInt256{1};
    const Division256 division = divide(value, divisor);
    EXPECT_TRUE(division.remainder < divisor);
    EXPECT_TRUE(add(multiply_256(division.quotient, divisor), division.remainder) == value);
  }
}

TEST(DecimalTest, QuotientsOfFewDigitsAreThoseOfLongDivision) {
  Random random(7);
  for (int round = 0; round < 100'000; ++round) {
    const auto a = static_cast<Int128>(random.below(uint64_t{1} << (1 + random.below(50)))) - 1000;
    const auto b = static_cast<Int128>(random.below(uint64_t{1} << (1 + random.below(40)))) - 7;
    if (b == 0) continue;
    // HALF_UP at scale 13, by hand: the operands are so small that nothing is near a half that is not one.
    const Int128 dividend = decimal_abs(a) * power_of_ten(14);
    const Int128 magnitude = (2 * dividend + decimal_abs(b)) / (2 * decimal_abs(b));
    const Int128 expected = (a < 0) != (b < 0) ? -magnitude : magnitude;
    const auto quotient = decimal_divide({a, 2}, {b, 3}, Type::decimal(38, 13));
    ASSERT_TRUE(quotient.has_value());
    ASSERT_EQ(format_decimal(*quotient, 0), format_decimal(expected, 0))
        << format_decimal(a, 2) << " / " << format_decimal(b, 3);
  }
}

}  // namespace
}  // namespace millrace
