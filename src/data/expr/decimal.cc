#include "data/expr/decimal.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/assert.h"
#include "data/column.h"
#include "data/expr/uint256.h"

namespace millrace {
namespace {

constexpr int kScaleKeptMin = 6;  // what is kept behind the point when a result has too many digits
// Spark computes products and quotients to one digit more than it can hold and rounds from there; doing it twice can
// differ from doing it once, so both roundings are made here too.
constexpr int kDigitsComputed = kDecimalPrecisionMax + 1;

UInt128 magnitude(Int128 value) {
  return value < 0 ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value);
}

inline bool rounds_up(Rounding rounding, bool negative, bool odd, int half, bool inexact) {
  switch (rounding) {
    case Rounding::kHalfUp: return half >= 0;
    case Rounding::kHalfEven: return half > 0 || (half == 0 && odd);
    case Rounding::kFloor: return negative && inexact;
    case Rounding::kCeiling: return !negative && inexact;
    case Rounding::kDown: return false;
  }
  MILLRACE_UNREACHABLE("rounding");
}

// Most divisors fit 64 bits.
struct Divided128 {
  UInt128 quotient, remainder;
};
Divided128 divide_128(UInt128 value, UInt128 divisor) {
  if ((divisor >> 64) != 0) {
    const UInt128 quotient = value / divisor;
    return {quotient, value - quotient * divisor};
  }
  const auto by = static_cast<uint64_t>(divisor);
  const auto high = static_cast<uint64_t>(value >> 64);
  const UInt128 above = high < by ? 0 : high / by;
  const auto [quotient, remainder] = divide_64(value - ((above * by) << 64), by);
  return {above << 64 | quotient, remainder};
}

// value / divisor, rounded; away from zero counts as up.
UInt256 divide_rounded(const UInt256& value, const UInt256& divisor, bool negative, Rounding rounding) {
  if (value.high == 0 && divisor.high == 0) {
    const auto [quotient, remainder] = divide_128(value.low, divisor.low);
    const UInt128 rest = divisor.low - remainder;
    const int half = remainder == rest ? 0 : (remainder < rest ? -1 : 1);
    return UInt256{quotient + (rounds_up(rounding, negative, (quotient & 1) != 0, half, remainder != 0) ? UInt128{1}
                                                                                                        : UInt128{0})};
  }
  auto [quotient, remainder] = divide(value, divisor);
  const bool inexact = remainder != UInt256{};
  const UInt256 rest = subtract(divisor, remainder);
  const int half = remainder == rest ? 0 : (remainder < rest ? -1 : 1);
  if (rounds_up(rounding, negative, (quotient.low & 1) != 0, half, inexact)) quotient = add(quotient, UInt256{1});
  return quotient;
}

// A magnitude of up to 77 digits with its sign, to `scale` and into `precision` digits.
std::optional<Int128> settle(UInt256 value, bool negative, int from_scale, int scale, int precision,
                             Rounding rounding = Rounding::kHalfUp) {
  if (scale < from_scale) {
    const int drop = from_scale - scale;
    if (drop > kPowerOfTenMax256) {
      const bool any = value != UInt256{};
      value = UInt256{any && rounds_up(rounding, negative, false, -1, any) ? UInt128{1} : UInt128{0}};
    } else {
      value = divide_rounded(value, power_of_ten_256(drop), negative, rounding);
    }
  } else if (scale > from_scale && value != UInt256{}) {
    const int raise = scale - from_scale;
    if (raise > kDecimalPrecisionMax || value.high != 0 || value.low >= static_cast<UInt128>(power_of_ten(38))) {
      return std::nullopt;
    }
    value = multiply(value.low, static_cast<UInt128>(power_of_ten(raise)));
  }
  if (value.high != 0 || value.low >= static_cast<UInt128>(power_of_ten(precision))) return std::nullopt;
  const auto result = static_cast<Int128>(value.low);
  return negative ? -result : result;
}

Type adjusted(int precision, int scale) {
  if (precision <= kDecimalPrecisionMax) return Type::decimal(precision, scale);
  const int whole = precision - scale;
  const int kept = std::max(kDecimalPrecisionMax - whole, std::min(scale, kScaleKeptMin));
  return Type::decimal(kDecimalPrecisionMax, kept);
}

// Products of operands and powers of ten that stay in 128 bits are by far the most.
bool raise(Int128 value, int by, Int128* raised) {
  return by <= kDecimalPrecisionMax && !__builtin_mul_overflow(value, power_of_ten(by), raised);
}

}  // namespace

Type decimal_add_type(const Type& a, const Type& b) {
  const int scale = std::max(a.scale(), b.scale());
  return adjusted(std::max(a.precision() - a.scale(), b.precision() - b.scale()) + scale + 1, scale);
}

Type decimal_multiply_type(const Type& a, const Type& b) {
  return adjusted(a.precision() + b.precision() + 1, a.scale() + b.scale());
}

Type decimal_divide_type(const Type& a, const Type& b) {
  const int scale = std::max(kScaleKeptMin, a.scale() + b.precision() + 1);
  return adjusted(a.precision() - a.scale() + b.scale() + scale, scale);
}

Type decimal_modulo_type(const Type& a, const Type& b) {
  const int scale = std::max(a.scale(), b.scale());
  return adjusted(std::min(a.precision() - a.scale(), b.precision() - b.scale()) + scale, scale);
}

Type bounded_decimal(int precision, int scale) { return adjusted(precision, scale); }

Type decimal_for(const Type& number) {
  switch (number.kind()) {
    case TypeKind::kDecimal: return number;
    case TypeKind::kInt: return Type::decimal(10, 0);
    case TypeKind::kBigint: return Type::decimal(20, 0);
    case TypeKind::kDouble: return Type::decimal(30, 15);
    default: MILLRACE_UNREACHABLE("not a number");
  }
}

std::optional<Int128> decimal_add(Decimal a, Decimal b, const Type& result) {
  const int scale = std::max(a.scale, b.scale);
  Int128 x = 0;
  Int128 y = 0;
  Int128 sum = 0;
  if (raise(a.unscaled, scale - a.scale, &x) && raise(b.unscaled, scale - b.scale, &y) &&
      !__builtin_add_overflow(x, y, &sum)) {
    return decimal_rescale({sum, scale}, result.precision(), result.scale());
  }
  const UInt256 left = multiply(magnitude(a.unscaled), static_cast<UInt128>(power_of_ten(scale - a.scale)));
  const UInt256 right = multiply(magnitude(b.unscaled), static_cast<UInt128>(power_of_ten(scale - b.scale)));
  const bool negative = a.unscaled < 0;
  if (negative == (b.unscaled < 0)) {
    return settle(add(left, right), negative, scale, result.scale(), result.precision());
  }
  const bool swap = left < right;
  return settle(swap ? subtract(right, left) : subtract(left, right), negative != swap, scale, result.scale(),
                result.precision());
}

std::optional<Int128> decimal_subtract(Decimal a, Decimal b, const Type& result) {
  return decimal_add(a, {-b.unscaled, b.scale}, result);
}

std::optional<Int128> decimal_multiply(Decimal a, Decimal b, const Type& result) {
  int scale = a.scale + b.scale;
  Int128 product = 0;
  if (!__builtin_mul_overflow(a.unscaled, b.unscaled, &product) && decimal_fits(product, kDecimalPrecisionMax)) {
    return decimal_rescale({product, scale}, result.precision(), result.scale());
  }
  const bool negative = (a.unscaled < 0) != (b.unscaled < 0);
  UInt256 wide = multiply(magnitude(a.unscaled), magnitude(b.unscaled));
  const int digits = decimal_digits(wide);
  if (digits > kDigitsComputed) {
    wide = divide_rounded(wide, power_of_ten_256(digits - kDigitsComputed), negative, Rounding::kHalfUp);
    scale -= digits - kDigitsComputed;
  }
  return settle(wide, negative, scale, result.scale(), result.precision());
}

bool fits_64(UInt128 value) { return (value >> 64) == 0; }

// The quotient where the operands leave room for it in 128 bits; nullopt: they do not. Rounding first at 39 digits, as
// Spark does, gives the same, since no remainder of so small a divisor comes that near to a half.
std::optional<Int128> short_quotient(Decimal a, Decimal b, int scale) {
  const int exponent = scale - a.scale + b.scale;
  const UInt128 divisor = magnitude(b.unscaled);
  UInt128 dividend = magnitude(a.unscaled);
  if (exponent < 0 || scale >= kDigitsComputed) return std::nullopt;
  if (exponent <= kDigitsOf64Bits && fits_64(dividend)) [[likely]] {
    dividend = UInt128{static_cast<uint64_t>(dividend)} * static_cast<uint64_t>(power_of_ten(exponent));
  } else {
    Int128 raised = 0;
    if (!raise(a.unscaled, exponent, &raised)) return std::nullopt;
    dividend = magnitude(raised);
  }
  const int spare = kDigitsComputed - scale;
  if (!(fits_64(divisor) && spare > kDigitsOf64Bits) && spare < kDecimalPrecisionMax &&
      divisor >= static_cast<UInt128>(power_of_ten(spare))) {
    return std::nullopt;
  }
  auto [quotient, rest] = divide_128(dividend, divisor);
  if (rest >= divisor - rest) ++quotient;
  const auto value = static_cast<Int128>(quotient);
  return (a.unscaled < 0) != (b.unscaled < 0) ? -value : value;
}

std::optional<Int128> decimal_divide(Decimal a, Decimal b, const Type& result) {
  if (b.unscaled == 0) return std::nullopt;
  if (const auto quotient = short_quotient(a, b, result.scale())) {
    return decimal_fits(*quotient, result.precision()) ? quotient : std::nullopt;
  }
  const bool negative = (a.unscaled < 0) != (b.unscaled < 0);
  const UInt256 divisor{magnitude(b.unscaled)};
  // The quotient at scale 39, by long division in two steps so that 256 bits are enough.
  const int exponent = kDigitsComputed - a.scale + b.scale;
  const int first = std::min(exponent, kDecimalPrecisionMax);
  const int second = exponent - first;
  auto [whole, rest] = divide(multiply(magnitude(a.unscaled), static_cast<UInt128>(power_of_ten(first))), divisor);
  if (decimal_digits(whole) + second > kPowerOfTenMax256) return std::nullopt;
  UInt256 quotient = whole;
  if (second > 0) {
    auto [tail, last] = divide(multiply_256(rest, power_of_ten_256(second)), divisor);
    quotient = add(multiply_256(whole, power_of_ten_256(second)), tail);
    rest = last;
  }
  if (!(rest < subtract(divisor, rest))) quotient = add(quotient, UInt256{1});
  return settle(quotient, negative, kDigitsComputed, result.scale(), result.precision());
}

std::optional<Int128> decimal_modulo(Decimal a, Decimal b, const Type& result) {
  if (b.unscaled == 0) return std::nullopt;
  const int scale = std::max(a.scale, b.scale);
  const UInt256 left = multiply(magnitude(a.unscaled), static_cast<UInt128>(power_of_ten(scale - a.scale)));
  const UInt256 right = multiply(magnitude(b.unscaled), static_cast<UInt128>(power_of_ten(scale - b.scale)));
  return settle(divide(left, right).remainder, a.unscaled < 0, scale, result.scale(), result.precision());
}

std::optional<int64_t> decimal_quotient(Decimal a, Decimal b) {
  if (b.unscaled == 0) return std::nullopt;
  const int scale = std::max(a.scale, b.scale);
  const UInt256 left = multiply(magnitude(a.unscaled), static_cast<UInt128>(power_of_ten(scale - a.scale)));
  const UInt256 right = multiply(magnitude(b.unscaled), static_cast<UInt128>(power_of_ten(scale - b.scale)));
  const bool negative = (a.unscaled < 0) != (b.unscaled < 0);
  const std::optional<Int128> whole = settle(divide(left, right).quotient, negative, 0, 0, kDecimalPrecisionMax);
  if (!whole || *whole > std::numeric_limits<int64_t>::max() || *whole < std::numeric_limits<int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<int64_t>(*whole);
}

int decimal_compare(Decimal a, Decimal b) {
  if ((a.unscaled < 0) != (b.unscaled < 0) || a.scale == b.scale) {
    return a.unscaled < b.unscaled ? -1 : (a.unscaled > b.unscaled ? 1 : 0);
  }
  const int scale = std::max(a.scale, b.scale);
  const UInt256 left = multiply(magnitude(a.unscaled), static_cast<UInt128>(power_of_ten(scale - a.scale)));
  const UInt256 right = multiply(magnitude(b.unscaled), static_cast<UInt128>(power_of_ten(scale - b.scale)));
  if (left == right) return 0;
  return (left < right) != (a.unscaled < 0) ? -1 : 1;
}

// Divides by a power of ten without dividing: times 2^(64 + shift) / 10^n, rounded up, which is exact for what is at
// most kReciprocalMax.
constexpr UInt128 kReciprocalMax = UInt128{1} << 63;
struct Reciprocal {
  uint64_t factor = 0;
  int shift = 0;
  uint64_t divide(uint64_t value) const { return static_cast<uint64_t>(UInt128{value} * factor >> 64) >> shift; }
};
constexpr std::array<Reciprocal, kDigitsOf64Bits> kReciprocals = [] {
  std::array<Reciprocal, kDigitsOf64Bits> all{};
  for (size_t n = 1; n < all.size(); ++n) {
    const auto divisor = static_cast<uint64_t>(kPowersOfTen[n]);
    all[n].shift = 63 - std::countl_zero(divisor);
    all[n].factor = static_cast<uint64_t>((UInt128{1} << (64 + all[n].shift)) / divisor) + 1;
  }
  return all;
}();

std::optional<Int128> decimal_rescale(Decimal value, int precision, int scale, Rounding rounding) {
  if (scale == value.scale) {
    return decimal_fits(value.unscaled, precision) ? std::optional(value.unscaled) : std::nullopt;
  }
  if (scale > value.scale) {
    Int128 raised = 0;
    if (value.unscaled == 0) return Int128{0};
    if (!raise(value.unscaled, scale - value.scale, &raised) || !decimal_fits(raised, precision)) return std::nullopt;
    return raised;
  }
  const UInt128 digits = magnitude(value.unscaled);
  const int drop = value.scale - scale;
  if (drop > 0 && drop < kDigitsOf64Bits && digits <= kReciprocalMax) {
    const auto divisor = static_cast<uint64_t>(power_of_ten(drop));
    uint64_t quotient = kReciprocals[static_cast<size_t>(drop)].divide(static_cast<uint64_t>(digits));
    const uint64_t rest = static_cast<uint64_t>(digits) - quotient * divisor;
    const int half = 2 * rest == divisor ? 0 : (2 * rest < divisor ? -1 : 1);
    if (rounds_up(rounding, value.unscaled < 0, (quotient & 1) != 0, half, rest != 0)) ++quotient;
    const Int128 rounded = value.unscaled < 0 ? -Int128{quotient} : Int128{quotient};
    return decimal_fits(rounded, precision) ? std::optional(rounded) : std::nullopt;
  }
  return settle(UInt256{digits}, value.unscaled < 0, value.scale, scale, precision, rounding);
}

constexpr int kExactPowerMax = 22;  // the highest power of ten that a double has exactly
constexpr std::array<double, kExactPowerMax + 1> kExactPowers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

double decimal_to_double(Decimal value) {
  // Both exact in a double: one division rounds once.
  constexpr Int128 kExact = Int128{1} << 53;
  if (value.unscaled < kExact && value.unscaled > -kExact && value.scale >= 0 && value.scale <= kExactPowerMax) {
    return static_cast<double>(static_cast<int64_t>(value.unscaled)) / kExactPowers[static_cast<size_t>(value.scale)];
  }
  const std::string text = format_decimal(value.unscaled, value.scale);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

std::optional<Decimal> parse_short_decimal(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  constexpr size_t kBytesMax = 19;
  if (text.empty() || text.size() > kBytesMax) return std::nullopt;
  uint64_t value = 0;
  size_t point = text.size();
  for (size_t at = 0; at < text.size(); ++at) {
    const auto digit = static_cast<unsigned char>(text[at] - '0');
    if (digit <= 9) {
      value = value * 10 + digit;
    } else if (text[at] == '.' && point == text.size()) {
      point = at;
    } else {
      return std::nullopt;
    }
  }
  const size_t digits = text.size() - (point < text.size() ? 1 : 0);
  if (digits == 0 || digits == kBytesMax) return std::nullopt;
  const auto whole = static_cast<int64_t>(value);
  return Decimal{negative ? -whole : whole, static_cast<int>(digits - std::min(point, digits))};
}

ParsedDecimal parse_decimal(std::string_view text, int precision, int scale) {
  if (const std::optional<Decimal> parsed = parse_short_decimal(text)) {
    const std::optional<Int128> value = decimal_rescale(*parsed, precision, scale);
    return value ? ParsedDecimal{.value = *value} : ParsedDecimal{.outcome = ParsedDecimal::Outcome::kOutOfRange};
  }
  constexpr ParsedDecimal kMalformed{.outcome = ParsedDecimal::Outcome::kMalformed};
  constexpr ParsedDecimal kOutOfRange{.outcome = ParsedDecimal::Outcome::kOutOfRange};
  const char* at = text.data();
  const char* const end = at + text.size();
  bool negative = false;
  if (at != end && (*at == '+' || *at == '-')) negative = *at++ == '-';
  // Up to 76 digits are kept. Those behind them cannot matter: a half rounds away from zero whatever follows it.
  constexpr int kDigitsKept = kPowerOfTenMax256 - 1;
  UInt256 value{};
  int digits = 0;
  int64_t value_scale = 0;
  bool any = false;
  bool point = false;
  for (; at != end; ++at) {
    if (*at == '.' && !point) {
      point = true;
      continue;
    }
    if (*at < '0' || *at > '9') break;
    any = true;
    const auto digit = static_cast<UInt128>(*at - '0');
    if (digits >= kDigitsKept) {
      value_scale -= point ? 0 : 1;
      continue;
    }
    if (digits < 38) {
      value.low = value.low * 10 + digit;
    } else {
      value = add(multiply_256(value, UInt256{10}), UInt256{digit});
    }
    digits += digits > 0 || digit != 0 ? 1 : 0;
    value_scale += point ? 1 : 0;
  }
  if (!any) return kMalformed;
  if (at != end) {
    if (*at != 'e' && *at != 'E') return kMalformed;
    if (++at != end && *at == '+' && end - at > 1 && at[1] != '-') ++at;
    int32_t exponent = 0;
    const auto parsed = std::from_chars(at, end, exponent);
    if (parsed.ptr != end || parsed.ec != std::errc{}) {
      return kMalformed;
    }
    value_scale -= exponent;
  }
  if (std::max(digits, 1) - value_scale > kDecimalPrecisionMax) return kOutOfRange;
  if (value == UInt256{}) return {};
  if (value_scale > 10'000) return {};  // far below every scale
  const auto settled = settle(value, negative, static_cast<int>(value_scale), scale, precision);
  return settled ? ParsedDecimal{.value = *settled} : kOutOfRange;
}

ParsedDecimal decimal_from_double(double value, int precision, int scale) {
  if (!std::isfinite(value)) return {.outcome = ParsedDecimal::Outcome::kMalformed};
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  return parse_decimal({text, static_cast<size_t>(end.ptr - text)}, precision, scale);
}

}  // namespace millrace
