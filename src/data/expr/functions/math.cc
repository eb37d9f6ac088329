#include <array>
#include <cmath>
#include <numbers>

#include "data/expr/families.h"
#include "data/expr/functions/math_binds.h"

namespace millrace {
namespace {

constexpr double kDegreesPerRadian = 57.29577951308232;  // as Java has them
constexpr double kRadiansPerDegree = 0.017453292519943295;

// Exact for cubes, which the C library's is not.
double cube_root(double x) { return static_cast<double>(std::cbrt(static_cast<long double>(x))); }

template <auto F>
BindResult unary(MathArgs args) {
  const Type type = TypeKind::kDouble;
  return bind_as(args, {type}, type, lift<double, double>(type, F));
}

template <auto F>
BindResult binary(MathArgs args) {
  const Type type = TypeKind::kDouble;
  return bind_as(args, {type, type}, type, lift<double, double, double>(type, F));
}

// Logarithms: null at and below where they go to minus infinity; NaN passes.
template <auto F, int kFrom = 0>
BindResult logarithm(MathArgs args) {
  const Type type = TypeKind::kDouble;
  return bind_as(args, {type}, type, lift_optional<double, double>(type, [](double x) -> std::optional<double> {
                   if (x <= kFrom) return std::nullopt;
                   return F(x);
                 }));
}

BindResult bind_log(MathArgs args) {
  if (args.size() == 1) return logarithm<[](double x) { return std::log(x); }>(args);
  const Type type = TypeKind::kDouble;
  const auto of_base = [](double base, double x) -> std::optional<double> {
    if (base <= 0 || x <= 0) return std::nullopt;
    return std::log(x) / std::log(base);
  };
  return bind_as(args, {type, type}, type, lift_optional<double, double, double>(type, of_base));
}

template <auto kValue>
BindResult constant(MathArgs) {
  const Column value = constant_fixed<double>(TypeKind::kDouble, kValue());
  return Binding{TypeKind::kDouble, {}, [value](const Call& call) { return repeat(value, call.rows().total()); }};
}

double inverse_sinh(double x) { return std::isinf(x) ? x : std::log(x + std::sqrt(x * x + 1)); }
double inverse_cosh(double x) { return std::log(x + std::sqrt(x * x - 1)); }
double inverse_tanh(double x) { return 0.5 * (std::log1p(x) - std::log1p(-x)); }
double sign_of(double x) { return x > 0 ? 1 : (x < 0 ? -1 : x); }

// Java's pow gives NaN where C's gives 1: for 1 and -1 raised to NaN or an infinity.
double power(double x, double y) {
  if (std::isnan(y) || (std::isinf(y) && std::fabs(x) == 1)) return std::numeric_limits<double>::quiet_NaN();
  return std::pow(x, y);
}

#define MATH_UNARY(f) unary<[](double x) { return f; }>

constexpr std::array kFunctions{
    Function{"abs", "math", "abs(x)", "The value without its sign.", "abs(-1) -> 1", 1, 1, bind_abs},
    Function{"ceil", "math", "ceil(x [, digits])",
             "The least whole number (or number with so many digits behind the point) that is not below x.",
             "ceil(-0.1) -> 0", 1, 2, bind_ceil},
    Function{"ceiling", "math", "ceiling(x [, digits])", "The same as ceil.", "ceiling(3.1411, 3) -> 3.142", 1, 2,
             bind_ceil},
    Function{"floor", "math", "floor(x [, digits])",
             "The greatest whole number (or number with so many digits behind the point) that is not above x.",
             "floor(-0.1) -> -1", 1, 2, bind_floor},
    Function{"round", "math", "round(x [, digits])", "x rounded, halves away from zero.", "round(2.5, 0) -> 3", 1, 2,
             bind_round},
    Function{"bround", "math", "bround(x [, digits])", "x rounded, halves to the even neighbour.",
             "bround(2.5, 0) -> 2", 1, 2, bind_bround},
    Function{"rint", "math", "rint(x)", "The nearest whole number as a double, halves to the even one.",
             "rint(12.3456) -> 12.0", 1, 1, MATH_UNARY(std::nearbyint(x))},
    Function{"sign", "math", "sign(x)", "-1.0, 0.0 or 1.0, as x is below, equal to or above 0.", "sign(40) -> 1.0", 1,
             1, MATH_UNARY(sign_of(x))},
    Function{"signum", "math", "signum(x)", "The same as sign.", "signum(-7) -> -1.0", 1, 1, MATH_UNARY(sign_of(x))},
    Function{"mod", "math", "mod(a, b)", "What is left of a divided by b, with the sign of a.", "mod(2, 3) -> 2", 2, 2,
             bind_mod},
    Function{"pmod", "math", "pmod(a, b)", "What is left of a divided by b, never negative for a positive b.",
             "pmod(-10, 3) -> 2", 2, 2, bind_pmod},
    Function{"sqrt", "math", "sqrt(x)", "The square root.", "sqrt(4) -> 2.0", 1, 1, MATH_UNARY(std::sqrt(x))},
    Function{"cbrt", "math", "cbrt(x)", "The cube root.", "cbrt(27.0) -> 3.0", 1, 1, MATH_UNARY(cube_root(x))},
    Function{"exp", "math", "exp(x)", "e to the power of x.", "exp(0) -> 1.0", 1, 1, MATH_UNARY(std::exp(x))},
    Function{"expm1", "math", "expm1(x)", "exp(x) - 1, exact for small x too.", "expm1(0) -> 0.0", 1, 1,
             MATH_UNARY(std::expm1(x))},
    Function{"ln", "math", "ln(x)", "The natural logarithm; null for 0 and below.", "ln(1) -> 0.0", 1, 1,
             logarithm<[](double x) { return std::log(x); }>},
    Function{"log", "math", "log([base,] x)",
             "The logarithm to the base, the natural one without; null for 0 and below.", "log(10, 100) -> 2.0", 1, 2,
             bind_log},
    Function{"log2", "math", "log2(x)", "The logarithm to the base 2.", "log2(2) -> 1.0", 1, 1,
             logarithm<[](double x) { return std::log(x) / std::log(2.0); }>},
    Function{"log10", "math", "log10(x)", "The logarithm to the base 10.", "log10(10) -> 1.0", 1, 1,
             logarithm<[](double x) { return std::log10(x); }>},
    Function{"log1p", "math", "log1p(x)", "ln(1 + x), exact for small x too.", "log1p(0) -> 0.0", 1, 1,
             logarithm<[](double x) { return std::log1p(x); }, -1>},
    Function{"pow", "math", "pow(x, y)", "x to the power of y.", "pow(2, 3) -> 8.0", 2, 2, binary<power>},
    Function{"power", "math", "power(x, y)", "The same as pow.", "power(2, 3) -> 8.0", 2, 2, binary<power>},
    Function{"hypot", "math", "hypot(x, y)", "The length of the vector (x, y).", "hypot(3, 4) -> 5.0", 2, 2,
             binary<[](double x, double y) { return std::hypot(x, y); }>},
    Function{"sin", "math", "sin(x)", "The sine.", "sin(0) -> 0.0", 1, 1, MATH_UNARY(std::sin(x))},
    Function{"cos", "math", "cos(x)", "The cosine.", "cos(0) -> 1.0", 1, 1, MATH_UNARY(std::cos(x))},
    Function{"tan", "math", "tan(x)", "The tangent.", "tan(0) -> 0.0", 1, 1, MATH_UNARY(std::tan(x))},
    Function{"cot", "math", "cot(x)", "The cotangent.", "cot(1) -> 0.6420926159343306", 1, 1,
             MATH_UNARY(1 / std::tan(x))},
    Function{"sec", "math", "sec(x)", "The secant.", "sec(0) -> 1.0", 1, 1, MATH_UNARY(1 / std::cos(x))},
    Function{"csc", "math", "csc(x)", "The cosecant.", "csc(1) -> 1.1883951057781212", 1, 1,
             MATH_UNARY(1 / std::sin(x))},
    Function{"asin", "math", "asin(x)", "The arc sine.", "asin(0) -> 0.0", 1, 1, MATH_UNARY(std::asin(x))},
    Function{"acos", "math", "acos(x)", "The arc cosine.", "acos(1) -> 0.0", 1, 1, MATH_UNARY(std::acos(x))},
    Function{"atan", "math", "atan(x)", "The arc tangent.", "atan(0) -> 0.0", 1, 1, MATH_UNARY(std::atan(x))},
    // Adding 0.0 turns a negative zero into a positive one, as Spark does.
    Function{"atan2", "math", "atan2(y, x)", "The angle of the point (x, y).", "atan2(0, 0) -> 0.0", 2, 2,
             binary<[](double y, double x) { return std::atan2(y + 0.0, x + 0.0); }>},
    Function{"sinh", "math", "sinh(x)", "The hyperbolic sine.", "sinh(0) -> 0.0", 1, 1, MATH_UNARY(std::sinh(x))},
    Function{"cosh", "math", "cosh(x)", "The hyperbolic cosine.", "cosh(0) -> 1.0", 1, 1, MATH_UNARY(std::cosh(x))},
    Function{"tanh", "math", "tanh(x)", "The hyperbolic tangent.", "tanh(0) -> 0.0", 1, 1, MATH_UNARY(std::tanh(x))},
    Function{"asinh", "math", "asinh(x)", "The inverse hyperbolic sine.", "asinh(0) -> 0.0", 1, 1, unary<inverse_sinh>},
    Function{"acosh", "math", "acosh(x)", "The inverse hyperbolic cosine.", "acosh(1) -> 0.0", 1, 1,
             unary<inverse_cosh>},
    Function{"atanh", "math", "atanh(x)", "The inverse hyperbolic tangent.", "atanh(0) -> 0.0", 1, 1,
             unary<inverse_tanh>},
    Function{"degrees", "math", "degrees(x)", "Radians as degrees.", "degrees(3.141592653589793) -> 180.0", 1, 1,
             MATH_UNARY(x* kDegreesPerRadian)},
    Function{"radians", "math", "radians(x)", "Degrees as radians.", "radians(180) -> 3.141592653589793", 1, 1,
             MATH_UNARY(x* kRadiansPerDegree)},
    Function{"pi", "math", "pi()", "The ratio of a circle's circumference to its diameter.",
             "pi() -> 3.141592653589793", 0, 0, constant<[] { return std::numbers::pi; }>},
    Function{"e", "math", "e()", "The base of the natural logarithm.", "e() -> 2.718281828459045", 0, 0,
             constant<[] { return std::numbers::e; }>},
    Function{"factorial", "math", "factorial(n)", "1 * 2 * ... * n; null outside 0 to 20.", "factorial(5) -> 120", 1, 1,
             bind_factorial},
    Function{"hex", "math", "hex(x)", "A whole number, or the bytes of a text, in hexadecimal.",
             "hex('Spark SQL') -> 537061726B2053514C", 1, 1, bind_hex},
    Function{"unhex", "math", "unhex(text)",
             "The bytes that hexadecimal digits stand for; null when there is anything else.",
             "unhex('537061726B') -> Spark", 1, 1, bind_unhex},
    Function{"bin", "math", "bin(n)", "A whole number in binary digits.", "bin(13) -> 1101", 1, 1, bind_bin},
    Function{"conv", "math", "conv(text, from, to)",
             "A number's digits in another base; a negative `to` keeps the sign.", "conv('100', 2, 10) -> 4", 3, 3,
             bind_conv},
    Function{"shiftleft", "math", "shiftleft(x, bits)", "The bits of x moved left.", "shiftleft(2, 1) -> 4", 2, 2,
             bind_shift_left},
    Function{"shiftright", "math", "shiftright(x, bits)", "The bits of x moved right; the sign stays.",
             "shiftright(4, 1) -> 2", 2, 2, bind_shift_right},
    Function{"shiftrightunsigned", "math", "shiftrightunsigned(x, bits)",
             "The bits of x moved right, zeros from the left.", "shiftrightunsigned(4, 1) -> 2", 2, 2,
             bind_shift_right_unsigned},
    Function{"bit_count", "math", "bit_count(x)", "How many bits are set in x as a bigint.", "bit_count(7) -> 3", 1, 1,
             bind_bit_count},
    Function{"width_bucket", "math", "width_bucket(x, min, max, count)",
             "Which of `count` equal parts of the range x falls into: 0 is below, count + 1 above.",
             "width_bucket(5.3, 0.2, 10.6, 5) -> 3", 4, 4, bind_width_bucket},
};

#undef MATH_UNARY

}  // namespace

std::span<const Function> math_functions() { return kFunctions; }

}  // namespace millrace
