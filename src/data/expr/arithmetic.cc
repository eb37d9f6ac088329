#include "data/expr/arithmetic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/bits.h"
#include "data/expr/decimal.h"
#include "data/expr/kernels.h"

namespace millrace {
namespace {

// Computes one value; false: a fault. Without branches, so that several rows can be computed at once.
template <Arithmetic op, typename T>
bool compute(T a, T b, T& out) {
  if constexpr (std::is_floating_point_v<T>) {
    switch (op) {
      case Arithmetic::kAdd: out = a + b; return true;
      case Arithmetic::kSubtract: out = a - b; return true;
      case Arithmetic::kMultiply: out = a * b; return true;
      case Arithmetic::kDivide: out = a / b; return b != 0;
      default: out = std::fmod(a, b); return b != 0;
    }
  } else {
    using U = std::make_unsigned_t<T>;
    switch (op) {
      case Arithmetic::kAdd:
        out = static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
        return ((a ^ out) & (b ^ out)) >= 0;  // the sum has another sign than both
      case Arithmetic::kSubtract:
        out = static_cast<T>(static_cast<U>(a) - static_cast<U>(b));
        return ((a ^ b) & (a ^ out)) >= 0;
      case Arithmetic::kMultiply: return !__builtin_mul_overflow(a, b, &out);
      default: break;
    }
    // A division by 0, or of the least number by -1, would trap; by 1 nothing is left.
    const T divisor = b == 0 || b == -1 ? T{1} : b;
    if (op == Arithmetic::kModulo) {
      out = static_cast<T>(a % divisor);
      return b != 0;
    }
    const auto quotient = static_cast<U>(a / divisor);
    out = static_cast<T>(b == -1 ? U{0} - quotient : quotient);
    return b != 0 && !(b == -1 && a == std::numeric_limits<T>::min());
  }
}

template <typename T>
std::string why(Arithmetic op, T a, T b) {
  const bool division = op == Arithmetic::kDivide || op == Arithmetic::kModulo || op == Arithmetic::kQuotient;
  if (division && b == 0) return "division by zero";
  return fmt::format("overflow: {} {} {} does not fit {}", a, arithmetic_name(op), b,
                     sizeof(T) == 4 ? "an int" : "a bigint");
}

template <Arithmetic op, typename T>
Kernel checked(const Type& type) {
  return lift_checked<T, T, T>(
      type, [](T a, T b, T& out) { return compute<op, T>(a, b, out); }, [](T a, T b) { return why(op, a, b); });
}

template <Arithmetic op>
Kernel kernel_of(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kInt: return checked<op, int32_t>(type);
    case TypeKind::kBigint: return checked<op, int64_t>(type);
    case TypeKind::kDouble: return checked<op, double>(type);
    default: MILLRACE_UNREACHABLE("arithmetic on " + type.text());
  }
}

std::optional<Int128> decimal_value(Arithmetic op, Decimal a, Decimal b, const Type& result) {
  switch (op) {
    case Arithmetic::kAdd: return decimal_add(a, b, result);
    case Arithmetic::kSubtract: return decimal_subtract(a, b, result);
    case Arithmetic::kMultiply: return decimal_multiply(a, b, result);
    case Arithmetic::kDivide: return decimal_divide(a, b, result);
    case Arithmetic::kModulo: return decimal_modulo(a, b, result);
    case Arithmetic::kQuotient: break;
  }
  MILLRACE_UNREACHABLE("DIV gives a bigint");
}

std::string decimal_why(Arithmetic op, Decimal a, Decimal b, const Type& result) {
  const bool division = op == Arithmetic::kDivide || op == Arithmetic::kModulo || op == Arithmetic::kQuotient;
  if (division && b.unscaled == 0) return "division by zero";
  return fmt::format("overflow: {} {} {} does not fit {}", format_decimal(a.unscaled, a.scale), arithmetic_name(op),
                     format_decimal(b.unscaled, b.scale), result.text());
}

// Sums and products whose type has room for all their digits: nothing can overflow, nothing is rounded. T holds any
// value of the result; what lies in null rows may wrap around.
template <typename T, typename F>
Kernel exact_decimals(const Type& type, F compute) {
  return [type, compute](const Call& call) {
    return fill_densely<Int128, Int128, Int128>(call, type, [compute](Int128 x, Int128 y) {
      using Signed = std::conditional_t<sizeof(T) == 8, int64_t, Int128>;
      return Int128{static_cast<Signed>(compute(static_cast<T>(x), static_cast<T>(y)))};
    });
  };
}

template <typename T>
Kernel exact_decimal_of(Arithmetic op, const Type& left, const Type& right, const Type& result) {
  if (op == Arithmetic::kMultiply) return exact_decimals<T>(result, [](T a, T b) { return static_cast<T>(a * b); });
  const auto by_left = static_cast<T>(power_of_ten(result.scale() - left.scale()));
  const auto by_right = static_cast<T>(power_of_ten(result.scale() - right.scale()));
  if (op == Arithmetic::kAdd) {
    return exact_decimals<T>(result, [=](T a, T b) { return static_cast<T>(a * by_left + b * by_right); });
  }
  return exact_decimals<T>(result, [=](T a, T b) { return static_cast<T>(a * by_left - b * by_right); });
}

std::optional<Kernel> exact_decimal_kernel(Arithmetic op, const Type& left, const Type& right, const Type& result) {
  constexpr int kDigitsOf64Bits = 18;
  const int scale = op == Arithmetic::kMultiply ? left.scale() + right.scale() : std::max(left.scale(), right.scale());
  const int precision = op == Arithmetic::kMultiply
                            ? left.precision() + right.precision()
                            : std::max(left.precision() - left.scale(), right.precision() - right.scale()) + scale + 1;
  const bool known = op == Arithmetic::kAdd || op == Arithmetic::kSubtract || op == Arithmetic::kMultiply;
  if (!known || result.scale() != scale || result.precision() < precision) return std::nullopt;
  if (precision <= kDigitsOf64Bits) return exact_decimal_of<uint64_t>(op, left, right, result);
  return exact_decimal_of<UInt128>(op, left, right, result);
}

// What compute(a, b) gives of two decimals; nullopt is a fault.
template <typename Out, typename F>
Kernel faulting_decimals(Arithmetic op, const Type& left, const Type& right, const Type& result, F compute) {
  return [=, left_scale = left.scale(), right_scale = right.scale()](const Call& call) {
    const Reader<Int128> x(call.arg(0));
    const Reader<Int128> y(call.arg(1));
    return fill_rows<Out>(call, result, [&](size_t row, Out& out) {
      const Decimal a{x[row], left_scale};
      const Decimal b{y[row], right_scale};
      const auto value = compute(a, b);
      if (value) {
        out = *value;
      } else {
        call.fault(row, decimal_why(op, a, b, result));
      }
      return value.has_value();
    });
  };
}

template <typename T>
Column shift(const Call& call, const Type& type, BitOperation op) {
  using U = std::make_unsigned_t<T>;
  const Reader<T> a(call.arg(0));
  const Reader<int32_t> n(call.arg(1));
  constexpr int kMask = sizeof(T) * 8 - 1;  // as Java: only the low bits of the distance count
  return lift_rows<T>(call, type, [&](size_t row, auto& out) {
    const int by = n[row] & kMask;
    const auto bits = static_cast<U>(a[row]);
    switch (op) {
      case BitOperation::kShiftLeft: return out.append(static_cast<T>(bits << by));
      case BitOperation::kShiftRight: return out.append(static_cast<T>(a[row] >> by));
      default: return out.append(static_cast<T>(bits >> by));
    }
  });
}

template <typename T>
Kernel bits_of(const Type& type, BitOperation op) {
  switch (op) {
    case BitOperation::kAnd: return lift<T, T, T>(type, [](T a, T b) { return static_cast<T>(a & b); });
    case BitOperation::kOr: return lift<T, T, T>(type, [](T a, T b) { return static_cast<T>(a | b); });
    case BitOperation::kXor: return lift<T, T, T>(type, [](T a, T b) { return static_cast<T>(a ^ b); });
    default: return lift<T, T>(type, [](T a) { return static_cast<T>(~a); });
  }
}

template <typename T>
Kernel negative_of(const Type& type) {
  return [type](const Call& call) {
    const Reader<T> a(call.arg(0));
    return lift_rows<T>(call, type, [&](size_t row, auto& out) {
      T value{};
      if constexpr (std::is_floating_point_v<T>) {
        value = -a[row];
      } else if (__builtin_sub_overflow(T{0}, a[row], &value)) {
        call.fault(row, fmt::format("overflow: -({}) does not fit {}", a[row], type.text()));
        return out.append_null();
      }
      out.append(value);
    });
  };
}

}  // namespace

std::string_view arithmetic_name(Arithmetic op) {
  switch (op) {
    case Arithmetic::kAdd: return "+";
    case Arithmetic::kSubtract: return "-";
    case Arithmetic::kMultiply: return "*";
    case Arithmetic::kDivide: return "/";
    case Arithmetic::kModulo: return "%";
    case Arithmetic::kQuotient: return "DIV";
  }
  MILLRACE_UNREACHABLE("arithmetic");
}

Kernel arithmetic_kernel(Arithmetic op, const Type& type) {
  switch (op) {
    case Arithmetic::kAdd: return kernel_of<Arithmetic::kAdd>(type);
    case Arithmetic::kSubtract: return kernel_of<Arithmetic::kSubtract>(type);
    case Arithmetic::kMultiply: return kernel_of<Arithmetic::kMultiply>(type);
    case Arithmetic::kDivide: return kernel_of<Arithmetic::kDivide>(type);
    case Arithmetic::kModulo: return kernel_of<Arithmetic::kModulo>(type);
    case Arithmetic::kQuotient: return kernel_of<Arithmetic::kQuotient>(type);
  }
  MILLRACE_UNREACHABLE("arithmetic");
}

Kernel int_division_kernel() {
  return lift_checked<double, int32_t, int32_t>(
      TypeKind::kDouble,
      [](int32_t a, int32_t b, double& out) {
        return compute<Arithmetic::kDivide, double>(static_cast<double>(a), static_cast<double>(b), out);
      },
      [](int32_t a, int32_t b) { return why(Arithmetic::kDivide, a, b); });
}

Type decimal_result_type(Arithmetic op, const Type& left, const Type& right) {
  switch (op) {
    case Arithmetic::kAdd:
    case Arithmetic::kSubtract: return decimal_add_type(left, right);
    case Arithmetic::kMultiply: return decimal_multiply_type(left, right);
    case Arithmetic::kDivide: return decimal_divide_type(left, right);
    case Arithmetic::kModulo: return decimal_modulo_type(left, right);
    case Arithmetic::kQuotient: return TypeKind::kBigint;
  }
  MILLRACE_UNREACHABLE("arithmetic");
}

// Nearly all quotients are within 64 bits, which is seen to in place.
Kernel divided_decimals(const Type& left, const Type& right, const Type& result) {
  const int exponent = result.scale() - left.scale() + right.scale();
  constexpr int kScaleMax = 20;  // at which any divisor of 64 bits is rounded alike at once and by way of 39 digits
  const bool is_short = exponent >= 0 && exponent <= kDigitsOf64Bits && result.scale() <= kScaleMax &&
                        result.precision() >= kDigitsOf64Bits;
  const auto power = static_cast<uint64_t>(is_short ? power_of_ten(exponent) : 0);
  return faulting_decimals<Int128>(Arithmetic::kDivide, left, right, result, [=](Decimal a, Decimal b) {
    if (is_short) {
      if (const auto quotient = divide_short(a.unscaled, b.unscaled, power)) return std::optional<Int128>(*quotient);
    }
    return decimal_divide(a, b, result);
  });
}

Kernel decimal_kernel(Arithmetic op, const Type& left, const Type& right, const Type& result) {
  if (auto exact = exact_decimal_kernel(op, left, right, result)) return *std::move(exact);
  if (op == Arithmetic::kDivide) return divided_decimals(left, right, result);
  if (op == Arithmetic::kQuotient) return faulting_decimals<int64_t>(op, left, right, result, decimal_quotient);
  return faulting_decimals<Int128>(op, left, right, result,
                                   [op, result](Decimal a, Decimal b) { return decimal_value(op, a, b, result); });
}

Kernel negative_kernel(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kInt: return negative_of<int32_t>(type);
    case TypeKind::kBigint: return negative_of<int64_t>(type);
    case TypeKind::kDouble: return negative_of<double>(type);
    case TypeKind::kDecimal: return lift<Int128, Int128>(type, [](Int128 a) { return -a; });
    default: return lift<Interval, Interval>(type, [](Interval a) { return Interval{-a.months, -a.days, -a.us}; });
  }
}

Kernel bits_kernel(const Type& type, BitOperation op) {
  return type.is(TypeKind::kInt) ? bits_of<int32_t>(type, op) : bits_of<int64_t>(type, op);
}

Kernel shift_kernel(const Type& type, BitOperation op) {
  return [type, op](const Call& call) {
    return type.is(TypeKind::kInt) ? shift<int32_t>(call, type, op) : shift<int64_t>(call, type, op);
  };
}

}  // namespace millrace
