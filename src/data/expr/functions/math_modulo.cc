// mod and pmod: what is left of a division.
#include <cmath>

#include "data/expr/decimal.h"
#include "data/expr/functions/math_binds.h"

namespace millrace {
namespace {

Error by_zero() { return Error(ErrorCode::kInvalidArgument, "division by zero"); }

template <bool kPositive, typename T>
Kernel whole_modulo(const Type& type) {
  return lift_faulting<T, T, T>(type, [](T a, T b) -> Result<T> {
    if (b == 0) return by_zero();
    if (b == -1) return T{0};  // the one quotient that does not fit
    T rest = static_cast<T>(a % b);
    if constexpr (kPositive) {
      // Wide, since rest + b may not fit.
      if (rest < 0) rest = static_cast<T>((static_cast<Int128>(rest) + b) % b);
    }
    return rest;
  });
}

template <bool kPositive>
Kernel double_modulo() {
  return lift_faulting<double, double, double>(TypeKind::kDouble, [](double a, double b) -> Result<double> {
    if (b == 0) return by_zero();
    double rest = std::fmod(a, b);
    if (kPositive && rest < 0) rest = std::fmod(rest + b, b);
    return rest;
  });
}

template <bool kPositive>
Kernel decimal_modulo_kernel(const Type& a, const Type& b, const Type& result) {
  return lift_faulting<Int128, Int128, Int128>(result, [a, b, result](Int128 x, Int128 y) -> Result<Int128> {
    if (y == 0) return by_zero();
    std::optional<Int128> rest = decimal_modulo({x, a.scale()}, {y, b.scale()}, result);
    if (kPositive && rest && *rest < 0) {
      const Type wide = Type::decimal(kDecimalPrecisionMax, result.scale());
      const auto sum = decimal_add({*rest, result.scale()}, {y, b.scale()}, wide);
      rest = sum ? decimal_modulo({*sum, result.scale()}, {y, b.scale()}, result) : std::nullopt;
    }
    if (rest) return *rest;
    return Error(ErrorCode::kInvalidArgument, fmt::format("{} modulo {} does not fit {}", format_decimal(x, a.scale()),
                                                          format_decimal(y, b.scale()), result.text()));
  });
}

template <bool kPositive>
BindResult bind_modulo(MathArgs args) {
  // Beside a number a string is read as one: whole beside whole, else a double.
  const auto common = common_type(args[0].type, args[1].type);
  const Type type = common && common->is_number() ? *common : Type(TypeKind::kDouble);
  switch (type.kind()) {
    case TypeKind::kInt: return bind_as(args, {type, type}, type, whole_modulo<kPositive, int32_t>(type));
    case TypeKind::kBigint: return bind_as(args, {type, type}, type, whole_modulo<kPositive, int64_t>(type));
    case TypeKind::kDecimal: {
      const auto operand = [&](const Type& of) { return of.is_number() ? decimal_for(of) : type; };
      const Type a = operand(args[0].type);
      const Type b = operand(args[1].type);
      const Type result = decimal_modulo_type(a, b);
      return bind_as(args, {a, b}, result, decimal_modulo_kernel<kPositive>(a, b, result));
    }
    default: return bind_as(args, {type, type}, type, double_modulo<kPositive>());
  }
}

}  // namespace

BindResult bind_mod(MathArgs args) { return bind_modulo<false>(args); }
BindResult bind_pmod(MathArgs args) { return bind_modulo<true>(args); }

}  // namespace millrace
