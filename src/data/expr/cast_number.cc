// Casts between numbers, and between numbers and timestamps (which count seconds).
#include <charconv>
#include <cmath>
#include <limits>

#include "data/expr/cast_kernels.h"
#include "data/expr/decimal.h"

namespace millrace {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;

template <typename T>
std::optional<T> narrow(Int128 value) {
  if (value > std::numeric_limits<T>::max() || value < std::numeric_limits<T>::min()) return std::nullopt;
  return static_cast<T>(value);
}

// The fraction is cut off. 2^63 itself is taken for the greatest bigint, as its double cannot be told from it.
template <typename T>
std::optional<T> whole_of(double value) {
  constexpr auto kMax = static_cast<double>(std::numeric_limits<T>::max());
  constexpr auto kMin = static_cast<double>(std::numeric_limits<T>::min());
  if (value > kMin && value < kMax) [[likely]]
    return static_cast<T>(value);
  if (!(std::floor(value) <= kMax && std::ceil(value) >= kMin)) return std::nullopt;
  if (value >= kMax) return std::numeric_limits<T>::max();
  if (value <= kMin) return std::numeric_limits<T>::min();
  return static_cast<T>(value);
}

template <typename In>
Kernel to_bool() {
  return lift<bool, In>(TypeKind::kBool, [](In value) { return value != In{}; });
}

// NaN and the infinities have no decimal: null, not a fault, as in Spark.
Kernel double_to_decimal(const Type& to) {
  return [to](const Call& call) {
    const Reader<double> in(call.arg(0));
    return lift_rows<Int128>(call, to, [&](size_t row, auto& out) {
      const ParsedDecimal value = decimal_from_double(in[row], to.precision(), to.scale());
      if (value.outcome == ParsedDecimal::Outcome::kOk) return out.append(value.value);
      if (value.outcome == ParsedDecimal::Outcome::kOutOfRange) call.fault(row, cast_fault(call.arg(0), row, to));
      out.append_null();
    });
  };
}

// To a decimal that has room for every value: more digits behind the point and nothing to check.
template <typename In>
Kernel raised(const Type& to, int by) {
  return [to, power = static_cast<UInt128>(power_of_ten(by))](const Call& call) {
    return fill_densely<Int128, In>(
        call, to, [power](In value) { return static_cast<Int128>(static_cast<UInt128>(Int128{value}) * power); });
  };
}

template <typename In>
std::optional<Kernel> from_whole(const Type& to) {
  switch (to.kind()) {
    case TypeKind::kBool: return to_bool<In>();
    case TypeKind::kInt: return convert<In, int32_t>(to, [](In value) { return narrow<int32_t>(value); });
    case TypeKind::kBigint: return lift<int64_t, In>(to, [](In value) { return int64_t{value}; });
    case TypeKind::kDouble: return lift<double, In>(to, [](In value) { return static_cast<double>(value); });
    case TypeKind::kDecimal:
      if (to.precision() - to.scale() >= std::numeric_limits<In>::digits10 + 1) return raised<In>(to, to.scale());
      return convert<In, Int128>(to, [p = to.precision(), s = to.scale()](In value) {
        return decimal_rescale({value, 0}, p, s);
      });
    case TypeKind::kTimestamp:
      return convert<In, int64_t>(to, [](In value) {  // saturates, as Spark's clock units do
        int64_t us = 0;
        if (!__builtin_mul_overflow(int64_t{value}, kUsPerSecond, &us)) return std::optional(us);
        return std::optional(value < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max());
      });
    default: return std::nullopt;
  }
}

std::optional<Kernel> from_double(const Type& to) {
  switch (to.kind()) {
    case TypeKind::kBool: return to_bool<double>();
    case TypeKind::kInt: return convert<double, int32_t>(to, [](double value) { return whole_of<int32_t>(value); });
    case TypeKind::kBigint: return convert<double, int64_t>(to, [](double value) { return whole_of<int64_t>(value); });
    case TypeKind::kDecimal: return double_to_decimal(to);
    case TypeKind::kTimestamp:
      return convert<double, int64_t>(to, [](double seconds) -> std::optional<int64_t> {
        if (!std::isfinite(seconds)) return std::nullopt;
        return whole_of<int64_t>(seconds * static_cast<double>(kUsPerSecond));
      });
    default: return std::nullopt;
  }
}

std::optional<Kernel> from_decimal(const Type& from, const Type& to) {
  const int scale = from.scale();
  switch (to.kind()) {
    case TypeKind::kBool: return to_bool<Int128>();
    case TypeKind::kInt:
      return convert<Int128, int32_t>(to, [scale](Int128 v) { return narrow<int32_t>(v / power_of_ten(scale)); });
    case TypeKind::kBigint:
      return convert<Int128, int64_t>(to, [scale](Int128 v) { return narrow<int64_t>(v / power_of_ten(scale)); });
    case TypeKind::kDouble:
      return convert<Int128, double>(to, [scale](Int128 v) { return std::optional(decimal_to_double({v, scale})); });
    case TypeKind::kDecimal:
      if (to.scale() >= scale && to.precision() - to.scale() >= from.precision() - scale) {
        return raised<Int128>(to, to.scale() - scale);
      }
      return convert<Int128, Int128>(to, [scale, p = to.precision(), s = to.scale()](Int128 v) {
        return decimal_rescale({v, scale}, p, s);
      });
    case TypeKind::kTimestamp:
      return convert<Int128, int64_t>(to, [scale](Int128 v) -> std::optional<int64_t> {
        const std::optional<Int128> us = decimal_rescale({v, scale}, kDecimalPrecisionMax, 6, Rounding::kDown);
        return us ? narrow<int64_t>(*us) : std::nullopt;
      });
    default: return std::nullopt;
  }
}

int64_t whole_seconds(int64_t us) { return us / kUsPerSecond - (us % kUsPerSecond < 0 ? 1 : 0); }
double seconds_of(int64_t us) { return static_cast<double>(us) / static_cast<double>(kUsPerSecond); }

}  // namespace

std::optional<Kernel> cast_from_number(const Type& from, const Type& to) {
  switch (from.kind()) {
    case TypeKind::kInt: return from_whole<int32_t>(to);
    case TypeKind::kBigint: return from_whole<int64_t>(to);
    case TypeKind::kDouble: return from_double(to);
    default: return from_decimal(from, to);
  }
}

std::optional<Kernel> cast_from_timestamp(const Type& to) {
  switch (to.kind()) {
    case TypeKind::kInt:
      return convert<int64_t, int32_t>(to, [](int64_t us) { return narrow<int32_t>(whole_seconds(us)); });
    case TypeKind::kBigint: return lift<int64_t, int64_t>(to, whole_seconds);
    case TypeKind::kDouble: return lift<double, int64_t>(to, seconds_of);
    case TypeKind::kDecimal:
      return convert<int64_t, Int128>(to, [p = to.precision(), s = to.scale()](int64_t us) {
        const ParsedDecimal value = decimal_from_double(seconds_of(us), p, s);
        return value.outcome == ParsedDecimal::Outcome::kOk ? std::optional(value.value) : std::nullopt;
      });
    case TypeKind::kDate:
      return convert<int64_t, int32_t>(to, [](int64_t us) {
        constexpr int64_t kUsPerDay = 86'400 * kUsPerSecond;
        return std::optional(static_cast<int32_t>(us / kUsPerDay - (us % kUsPerDay < 0 ? 1 : 0)));
      });
    default: return std::nullopt;
  }
}

}  // namespace millrace
