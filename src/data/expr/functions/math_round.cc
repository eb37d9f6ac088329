// abs, and rounding in its four ways.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "data/expr/decimal.h"
#include "data/expr/functions/math_binds.h"

namespace millrace {
namespace {

constexpr int32_t kDigitsMax = 1'000;

template <typename T>
Kernel whole_abs(const Type& type) {
  return lift_checked<T, T>(
      type,
      [](T value, T& out) {
        using U = std::make_unsigned_t<T>;
        out = static_cast<T>(value < 0 ? U{0} - static_cast<U>(value) : static_cast<U>(value));
        return out >= 0;
      },
      [](T value) { return fmt::format("the absolute value of {} does not fit its type", value); });
}

// A double with few digits that is clearly on one side of the half-way point: its shortest digits and its exact value
// are, then, on the same side. The quotient of two whole numbers that a double holds is the nearest to the rounded
// decimal.
std::optional<double> round_nearby(double value, int digits) {
  constexpr double kScaledMax = 1e12;
  constexpr double kMargin = 1e-3;  // far more than the error of the product
  if (digits < 0 || digits > 15) return std::nullopt;
  const auto power = static_cast<double>(static_cast<int64_t>(power_of_ten(digits)));
  const double scaled = std::fabs(value) * power;
  if (!(scaled < kScaledMax)) return std::nullopt;
  const auto whole = static_cast<double>(static_cast<int64_t>(scaled));
  const double rest = scaled - whole;
  if (std::fabs(rest - 0.5) < kMargin) return std::nullopt;
  const double rounded = (rest > 0.5 ? whole + 1 : whole) / power;
  return rounded == 0 ? 0 : std::copysign(rounded, value);
}

// Moves the half-way point where Spark sees it: at the shortest digits of the double, not at its exact value.
double round_double(double value, int digits, Rounding rounding) {
  if (!std::isfinite(value)) return value;
  if (value == 0) return 0;
  if (const auto rounded = round_nearby(value, digits)) return *rounded;
  char text[40];
  const auto written = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  Int128 unscaled = 0;
  int scale = 0;
  bool point = false;
  const char* at = text;
  for (; *at != 'e'; ++at) {
    if (*at == '.') {
      point = true;
    } else if (*at != '-') {
      unscaled = unscaled * 10 + (*at - '0');
      scale += point ? 1 : 0;
    }
  }
  int exponent = 0;
  ++at;
  std::from_chars(*at == '+' ? at + 1 : at, written.ptr, exponent);
  scale -= exponent;
  if (scale <= digits) return value;
  const Int128 rounded =
      decimal_rescale({value < 0 ? -unscaled : unscaled, scale}, kDecimalPrecisionMax, digits, rounding).value_or(0);
  if (rounded == 0) return 0;
  const auto end = fmt::format_to(text, "{}e{}", static_cast<int64_t>(rounded), -digits);
  double result = 0;
  const auto parsed = std::from_chars(text, end, result);
  if (parsed.ec == std::errc::result_out_of_range) {
    return rounded < 0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  return result;
}

template <typename T>
Kernel round_whole(const Type& type, int digits, Rounding rounding) {
  if (digits >= 0) return [](const Call& call) { return call.arg(0); };
  return lift_faulting<T, T>(type, [digits, rounding](T value) -> Result<T> {
    Int128 rounded = 0;
    if (digits >= -kDecimalPrecisionMax) {
      rounded = decimal_rescale({value, 0}, kDecimalPrecisionMax, digits, rounding).value_or(0);
      if (rounded != 0) rounded *= power_of_ten(-digits);
    }
    if (rounded > std::numeric_limits<T>::max() || rounded < std::numeric_limits<T>::min()) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("{} rounded to {} digits does not fit its type", value, digits));
    }
    return static_cast<T>(rounded);
  });
}

Type rounded_type(const Type& from, int digits) {
  const int whole = from.precision() - from.scale() + 1;
  if (digits < 0) return Type::decimal(std::min(std::max(whole, 1 - digits), kDecimalPrecisionMax), 0);
  const int scale = std::min(from.scale(), digits);
  return Type::decimal(std::min(whole + scale, kDecimalPrecisionMax), scale);
}

Kernel round_decimal(const Type& from, const Type& to, int digits, Rounding rounding) {
  const int at = std::min(digits, from.scale());
  return lift_faulting<Int128, Int128>(
      to, [=, scale = from.scale(), precision = to.precision()](Int128 value) -> Result<Int128> {
        std::optional<Int128> rounded = decimal_rescale({value, scale}, kDecimalPrecisionMax, at, rounding);
        if (rounded && at < 0) rounded = decimal_rescale({*rounded, at}, precision, 0);
        if (rounded && decimal_fits(*rounded, precision)) return *rounded;
        return Error(ErrorCode::kInvalidArgument, fmt::format("{} rounded to {} digits has more than {}",
                                                              format_decimal(value, scale), digits, precision));
      });
}

// The digits asked for: a constant. nullopt: it is null.
struct DigitsArgument {
  std::optional<int> digits = 0;
  std::optional<BindError> error;
};
DigitsArgument digits_argument(MathArgs args) {
  if (args.size() == 1) return {};
  const BindArg& arg = args[1];
  if (arg.constant == nullptr) return {0, BindError{1, "the number of digits must be a constant", ""}};
  if (arg.type.is(TypeKind::kNull) || arg.constant->is_null(0)) return {std::nullopt, std::nullopt};
  if (arg.type.is(TypeKind::kInt)) {
    // Beyond what any number has digits the answer no longer changes.
    return {std::clamp(arg.constant->at<int32_t>(0), -kDigitsMax, kDigitsMax), std::nullopt};
  }
  return {0, BindError{1, fmt::format("int wanted, this is {}", arg.type.text()), ""}};
}

BindResult bind_rounding(MathArgs args, const Type& from, Rounding rounding) {
  const DigitsArgument argument = digits_argument(args);
  if (argument.error) return *argument.error;
  const int digits = argument.digits.value_or(0);
  const Type to = from.is(TypeKind::kDecimal) ? rounded_type(from, digits) : from;
  Kernel kernel;
  if (!argument.digits) {
    kernel = [to](const Call& call) { return null_column(to, call.rows().total()); };
  } else if (from.is(TypeKind::kInt)) {
    kernel = round_whole<int32_t>(from, digits, rounding);
  } else if (from.is(TypeKind::kBigint)) {
    kernel = round_whole<int64_t>(from, digits, rounding);
  } else if (from.is(TypeKind::kDecimal)) {
    kernel = round_decimal(from, to, digits, rounding);
  } else {
    kernel =
        lift<double, double>(from, [digits, rounding](double value) { return round_double(value, digits, rounding); });
  }
  // Only the number is read; the digits are in the kernel already.
  Kernel first = [kernel](const Call& call) {
    return kernel(Call(call.args().first(1), call.rows(), call.context(), call.faults()));
  };
  std::vector<Type> wanted{from};
  if (args.size() == 2) wanted.push_back(TypeKind::kInt);
  return bind_as(args, std::move(wanted), to, std::move(first));
}

int64_t saturated(double value) {
  if (std::isnan(value)) return 0;
  if (value >= 0x1p63) return std::numeric_limits<int64_t>::max();
  if (value < -0x1p63) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

BindResult bind_to_whole(MathArgs args, Rounding rounding) {
  Type from = number_type(args[0].type);
  if (args.size() == 2) {
    return bind_rounding(args, decimal_for(from), rounding);
  }
  if (from.is(TypeKind::kDecimal)) {
    const Type to = bounded_decimal(from.precision() - from.scale() + (from.scale() == 0 ? 0 : 1), 0);
    return bind_as(args, {from}, to, round_decimal(from, to, 0, rounding));
  }
  const Type to = TypeKind::kBigint;
  if (!from.is(TypeKind::kDouble)) return bind_as(args, {to}, to, [](const Call& call) { return call.arg(0); });
  return bind_as(args, {from}, to, lift<int64_t, double>(to, [rounding](double value) {
                   return saturated(rounding == Rounding::kCeiling ? std::ceil(value) : std::floor(value));
                 }));
}

}  // namespace

BindResult bind_abs(MathArgs args) {
  const Type type = number_type(args[0].type);
  switch (type.kind()) {
    case TypeKind::kInt: return bind_as(args, {type}, type, whole_abs<int32_t>(type));
    case TypeKind::kBigint: return bind_as(args, {type}, type, whole_abs<int64_t>(type));
    case TypeKind::kDecimal: return bind_as(args, {type}, type, lift<Int128, Int128>(type, decimal_abs));
    default: return bind_as(args, {type}, type, lift<double, double>(type, [](double x) { return std::fabs(x); }));
  }
}

BindResult bind_ceil(MathArgs args) { return bind_to_whole(args, Rounding::kCeiling); }
BindResult bind_floor(MathArgs args) { return bind_to_whole(args, Rounding::kFloor); }
BindResult bind_round(MathArgs args) { return bind_rounding(args, number_type(args[0].type), Rounding::kHalfUp); }
BindResult bind_bround(MathArgs args) { return bind_rounding(args, number_type(args[0].type), Rounding::kHalfEven); }

}  // namespace millrace
