#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/int128.h"
#include "data/type.h"

namespace millrace {

// Decimals: an unscaled Int128 whose scale stands in the type. Every function that computes takes the scales of its
// operands and the type of the result, brings the result there with HALF_UP rounding, and gives nullopt when it does
// not fit the precision (or, for divisions, when the divisor is zero).

// 10^0 .. 10^38.
inline constexpr std::array<Int128, kDecimalPrecisionMax + 1> kPowersOfTen = [] {
  std::array<Int128, kDecimalPrecisionMax + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

constexpr Int128 power_of_ten(int exponent) { return kPowersOfTen[static_cast<size_t>(exponent)]; }
constexpr Int128 decimal_abs(Int128 value) { return value < 0 ? -value : value; }
constexpr bool decimal_fits(Int128 unscaled, int precision) {
  return unscaled < power_of_ten(precision) && unscaled > -power_of_ten(precision);
}

// A decimal and its scale.
struct Decimal {
  Int128 unscaled = 0;
  int scale = 0;
};

// The types of a + b and a - b, a * b, a / b, a % b (Spark's rules: at most 38 digits, at least 6 of them kept behind
// the point when digits must go).
Type decimal_add_type(const Type& a, const Type& b);
Type decimal_multiply_type(const Type& a, const Type& b);
Type decimal_divide_type(const Type& a, const Type& b);
Type decimal_modulo_type(const Type& a, const Type& b);
// `precision` and `scale` beyond the limits brought back to them by those rules.
Type bounded_decimal(int precision, int scale);
// The least decimal type that holds every int (10,0), bigint (20,0) or, for doubles, what Spark takes: (30,15).
Type decimal_for(const Type& number);

std::optional<Int128> decimal_add(Decimal a, Decimal b, const Type& result);
std::optional<Int128> decimal_subtract(Decimal a, Decimal b, const Type& result);
std::optional<Int128> decimal_multiply(Decimal a, Decimal b, const Type& result);
std::optional<Int128> decimal_divide(Decimal a, Decimal b, const Type& result);
// The sign is that of `a`.
std::optional<Int128> decimal_modulo(Decimal a, Decimal b, const Type& result);
// a / b without its fraction: DIV, whose result is a bigint.
std::optional<int64_t> decimal_quotient(Decimal a, Decimal b);

// Below, equal or above 0 as a is to b.
int decimal_compare(Decimal a, Decimal b);

enum class Rounding { kHalfUp, kHalfEven, kFloor, kCeiling, kDown };

// The same number at another scale; nullopt when it has more than `precision` digits there. Scales may be below 0 or
// above 38: 1234 at scale -2 is 12.
std::optional<Int128> decimal_rescale(Decimal value, int precision, int scale, Rounding rounding = Rounding::kHalfUp);

double decimal_to_double(Decimal value);  // the nearest one

// "12.50", "-.5e3": nullopt when it is not a number or has more than 38 digits in front of the point; digits behind the
// point that are too many to keep are rounded away. No space is taken off.
struct ParsedDecimal {
  enum class Outcome { kOk, kMalformed, kOutOfRange } outcome = Outcome::kOk;
  Int128 value = 0;  // at the scale asked for
};
ParsedDecimal parse_decimal(std::string_view text, int precision, int scale);

// The decimal written with the shortest digits of the double, at the scale asked for; malformed for NaN and infinity.
ParsedDecimal decimal_from_double(double value, int precision, int scale);

}  // namespace millrace
