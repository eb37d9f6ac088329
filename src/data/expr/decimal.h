#pragma once

#include <array>
#include <cstdint>
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

// 128 bits by 64, where the quotient fits 64 bits: one instruction of x86, which GCC does not use by itself.
struct Divided64 {
  uint64_t quotient, remainder;
};
inline Divided64 divide_64(UInt128 value, uint64_t divisor) {
#ifdef __x86_64__
  uint64_t quotient = 0;
  uint64_t remainder = 0;
  asm("divq %4"
      : "=a"(quotient), "=d"(remainder)
      : "a"(static_cast<uint64_t>(value)), "d"(static_cast<uint64_t>(value >> 64)), "r"(divisor)
      : "cc");
  return {quotient, remainder};
#else
  return {static_cast<uint64_t>(value / divisor), static_cast<uint64_t>(value % divisor)};
#endif
}

inline constexpr int kDigitsOf64Bits = 19;  // each number of so many digits fits

// a * power / b rounded HALF_UP, where operands and quotient fit 64 bits, as they mostly do; else nothing.
inline std::optional<int64_t> divide_short(Int128 a, Int128 b, uint64_t power) {
  const auto narrow_a = static_cast<int64_t>(a);
  const auto narrow_b = static_cast<int64_t>(b);
  const uint64_t size_a = narrow_a < 0 ? 0 - static_cast<uint64_t>(narrow_a) : static_cast<uint64_t>(narrow_a);
  const uint64_t size_b = narrow_b < 0 ? 0 - static_cast<uint64_t>(narrow_b) : static_cast<uint64_t>(narrow_b);
  const UInt128 dividend = UInt128{size_a} * power;
  if (narrow_a != a || narrow_b != b || static_cast<uint64_t>(dividend >> 64) >= size_b) return std::nullopt;
  const auto [quotient, rest] = divide_64(dividend, size_b);
  if (quotient >= static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
  const auto rounded = static_cast<int64_t>(quotient + (rest >= size_b - rest ? 1 : 0));
  return (narrow_a < 0) != (narrow_b < 0) ? -rounded : rounded;
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

// Up to 18 digits with a point among them or none, and nothing else but a minus; nullopt: the text is not like that.
std::optional<Decimal> parse_short_decimal(std::string_view text);

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
