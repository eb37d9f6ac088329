// Operators over columns: the binding of types; the kernels are in arithmetic.h and comparison.h.
#include "data/expr/operators.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/arithmetic.h"
#include "data/expr/bits.h"
#include "data/expr/cast.h"
#include "data/expr/comparison.h"
#include "data/expr/decimal.h"

namespace millrace {
namespace {

using Args = std::span<const BindArg>;

BindError misfit(std::string_view op, const Type& a, const Type& b) {
  return {-1, fmt::format("{} cannot be applied to {} and {}", op, a.text(), b.text()), "cast one of them"};
}

// The digits that an integer constant needs: 1 + 0.5 is a decimal(2,1), not a decimal(12,1).
Type decimal_of(const BindArg& arg) {
  if (arg.type.is(TypeKind::kDecimal)) return arg.type;
  if (arg.constant != nullptr && !arg.constant->is_null(0) &&
      (arg.type.is(TypeKind::kInt) || arg.type.is(TypeKind::kBigint))) {
    int64_t value = arg.type.is(TypeKind::kInt) ? arg.constant->at<int32_t>(0) : arg.constant->at<int64_t>(0);
    int digits = 1;
    while ((value /= 10) != 0) ++digits;
    return Type::decimal(digits, 0);
  }
  return decimal_for(arg.type);
}

// What both operands of arithmetic become; nullopt: none.
std::optional<Type> arithmetic_type(const Type& a, const Type& b) {
  if (a.is(TypeKind::kNull) && b.is(TypeKind::kNull)) return Type(TypeKind::kDouble);
  if (a.is(TypeKind::kNull)) return b.is(TypeKind::kString) ? Type(TypeKind::kDouble) : arithmetic_type(b, b);
  if (b.is(TypeKind::kNull)) return a.is(TypeKind::kString) ? Type(TypeKind::kDouble) : arithmetic_type(a, a);
  const auto of_string = [](const Type& other) {
    return other.is(TypeKind::kInt) || other.is(TypeKind::kBigint) ? Type(TypeKind::kBigint) : Type(TypeKind::kDouble);
  };
  if (a.is(TypeKind::kString) && b.is_number()) return of_string(b);
  if (b.is(TypeKind::kString) && a.is_number()) return of_string(a);
  if (!a.is_number() || !b.is_number()) return std::nullopt;
  if (a.is(TypeKind::kDouble) || b.is(TypeKind::kDouble)) return Type(TypeKind::kDouble);
  if (a.is(TypeKind::kDecimal) || b.is(TypeKind::kDecimal)) return a.is(TypeKind::kDecimal) ? a : b;
  return a.is(TypeKind::kBigint) || b.is(TypeKind::kBigint) ? Type(TypeKind::kBigint) : Type(TypeKind::kInt);
}

template <Arithmetic op>
BindResult bind_arithmetic(Args args) {
  const Type& a = args[0].type;
  const Type& b = args[1].type;
  if (auto binding = bind_time_arithmetic(op, args)) return std::move(*binding);
  auto type = arithmetic_type(a, b);
  if (!type) return misfit(arithmetic_name(op), a, b);
  if (type->is(TypeKind::kDecimal)) {
    const Type left = decimal_of(args[0].type.is(TypeKind::kNull) ? args[1] : args[0]);
    const Type right = decimal_of(args[1].type.is(TypeKind::kNull) ? args[0] : args[1]);
    const Type result = decimal_result_type(op, left, right);
    return Binding{result, {left, right}, decimal_kernel(op, left, right, result)};
  }
  if (op == Arithmetic::kDivide && a.is(TypeKind::kInt) && b.is(TypeKind::kInt)) {
    return Binding{TypeKind::kDouble, {a, b}, int_division_kernel()};
  }
  if (op == Arithmetic::kDivide) type = TypeKind::kDouble;
  if (op == Arithmetic::kQuotient && !type->is(TypeKind::kDouble)) type = TypeKind::kBigint;
  if (op == Arithmetic::kQuotient && type->is(TypeKind::kDouble)) return misfit("DIV", a, b);
  return Binding{*type, {*type, *type}, arithmetic_kernel(op, *type)};
}

template <Comparison op>
BindResult bind_comparison(Args args) {
  const auto type = comparison_type(args[0].type, args[1].type);
  if (!type) {
    return BindError{-1, fmt::format("{} cannot be compared with {}", args[0].type.text(), args[1].type.text()),
                     "cast one of them"};
  }
  if (type->is(TypeKind::kMap)) return BindError{-1, "maps cannot be compared", "compare their keys and values"};
  return Binding{TypeKind::kBool, {*type, *type}, comparison_kernel(op, *type)};
}

BindResult bind_in(Args args) {
  Type type = args[0].type;
  for (size_t i = 1; i < args.size(); ++i) {
    const auto both = comparison_type(type, args[i].type);
    if (!both) {
      return BindError{static_cast<int>(i),
                       fmt::format("{} cannot be compared with {}", args[i].type.text(), type.text()),
                       "cast one of them"};
    }
    type = *both;
  }
  return Binding{TypeKind::kBool, std::vector<Type>(args.size(), type), in_kernel(type)};
}

BindResult bind_not(Args args) {
  if (!args[0].type.is(TypeKind::kBool) && !args[0].type.is(TypeKind::kNull) && !args[0].type.is(TypeKind::kString)) {
    return BindError{0, fmt::format("NOT takes a boolean, this is {}", args[0].type.text()),
                     "compare it with something"};
  }
  return Binding{TypeKind::kBool, {TypeKind::kBool}, [](const Call& call) { return not_column(call.arg(0)); }};
}

BindResult bind_negative(Args args) {
  Type type = args[0].type;
  if (type.is(TypeKind::kString) || type.is(TypeKind::kNull)) type = TypeKind::kDouble;
  if (!type.is_number() && !type.is(TypeKind::kInterval)) {
    return BindError{0, fmt::format("- takes a number, this is {}", type.text()), ""};
  }
  return Binding{type, {type}, negative_kernel(type)};
}

BindResult bind_positive(Args args) {
  Type type = args[0].type;
  if (type.is(TypeKind::kString) || type.is(TypeKind::kNull)) type = TypeKind::kDouble;
  if (!type.is_number() && !type.is(TypeKind::kInterval)) {
    return BindError{0, fmt::format("+ takes a number, this is {}", type.text()), ""};
  }
  return Binding{type, {type}, [](const Call& call) { return call.arg(0); }};
}

BindResult bind_bits(std::string_view op, Args args, BitOperation operation) {
  Type type = TypeKind::kInt;
  for (const BindArg& arg : args) {
    if (arg.type.is(TypeKind::kBigint)) type = TypeKind::kBigint;
    if (!arg.type.is(TypeKind::kInt) && !arg.type.is(TypeKind::kBigint) && !arg.type.is(TypeKind::kNull)) {
      return BindError{-1, fmt::format("{} takes integers, not {}", op, arg.type.text()), ""};
    }
  }
  return Binding{type, std::vector<Type>(args.size(), type), bits_kernel(type, operation)};
}

BindResult bind_bit_and(Args args) { return bind_bits("&", args, BitOperation::kAnd); }
BindResult bind_bit_or(Args args) { return bind_bits("|", args, BitOperation::kOr); }
BindResult bind_bit_xor(Args args) { return bind_bits("^", args, BitOperation::kXor); }
BindResult bind_bit_not(Args args) { return bind_bits("~", args, BitOperation::kNot); }

template <BitOperation op>
BindResult bind_shift(Args args) {
  const Type type = args[0].type.is(TypeKind::kBigint) ? TypeKind::kBigint : TypeKind::kInt;
  const auto integer = [](const Type& of) {
    return of.is(TypeKind::kInt) || of.is(TypeKind::kBigint) || of.is(TypeKind::kNull);
  };
  if (!integer(args[0].type) || !integer(args[1].type)) return misfit("a shift", args[0].type, args[1].type);
  return Binding{type, {type, TypeKind::kInt}, shift_kernel(type, op)};
}

constexpr auto kOperators = std::to_array<Function>({
    {"+", "operator", "a + b", "The sum; a date or timestamp and an interval; a date and days.", "1 + 2 -> 3", 2, 2,
     bind_arithmetic<Arithmetic::kAdd>},
    {"-", "operator", "a - b", "The difference.", "5 - 2 -> 3", 2, 2, bind_arithmetic<Arithmetic::kSubtract>},
    {"*", "operator", "a * b", "The product.", "2 * 3 -> 6", 2, 2, bind_arithmetic<Arithmetic::kMultiply>},
    {"/", "operator", "a / b", "The quotient, as a double or a decimal; dividing by zero is a fault.", "3 / 2 -> 1.5",
     2, 2, bind_arithmetic<Arithmetic::kDivide>},
    {"%", "operator", "a % b", "What is left of a division, with the sign of a.", "7 % 3 -> 1", 2, 2,
     bind_arithmetic<Arithmetic::kModulo>},
    {"div", "operator", "a DIV b", "The whole part of a division, as a bigint.", "7 DIV 2 -> 3", 2, 2,
     bind_arithmetic<Arithmetic::kQuotient>},
    {"negative", "operator", "- a", "The number with the other sign.", "- 1 -> -1", 1, 1, bind_negative},
    {"positive", "operator", "+ a", "The number itself.", "+ 1 -> 1", 1, 1, bind_positive},
    {"=", "operator", "a = b", "Whether they are equal; null when one is null.", "1 = 1 -> true", 2, 2,
     bind_comparison<Comparison::kEqual>},
    {"<>", "operator", "a <> b", "Whether they differ.", "1 <> 2 -> true", 2, 2,
     bind_comparison<Comparison::kNotEqual>},
    {"<", "operator", "a < b", "Whether a is below b.", "1 < 2 -> true", 2, 2, bind_comparison<Comparison::kLess>},
    {"<=", "operator", "a <= b", "Whether a is not above b.", "1 <= 1 -> true", 2, 2,
     bind_comparison<Comparison::kLessEqual>},
    {">", "operator", "a > b", "Whether a is above b.", "2 > 1 -> true", 2, 2, bind_comparison<Comparison::kGreater>},
    {">=", "operator", "a >= b", "Whether a is not below b.", "2 >= 2 -> true", 2, 2,
     bind_comparison<Comparison::kGreaterEqual>},
    {"<=>", "operator", "a <=> b", "Whether they are equal, null being equal to null; never null.",
     "NULL <=> NULL -> true", 2, 2, bind_comparison<Comparison::kSame>},
    {"in", "operator", "a IN (b, ...)", "Whether a is one of the values.", "1 IN (1, 2) -> true", 2, -1, bind_in},
    {"not", "operator", "NOT a", "The other truth; null stays null.", "NOT true -> false", 1, 1, bind_not},
    {"~", "operator", "~ a", "All bits the other way.", "~ 0 -> -1", 1, 1, bind_bit_not},
    {"&", "operator", "a & b", "Bits set in both.", "3 & 5 -> 1", 2, 2, bind_bit_and},
    {"|", "operator", "a | b", "Bits set in one or both.", "3 | 5 -> 7", 2, 2, bind_bit_or},
    {"^", "operator", "a ^ b", "Bits set in one only.", "3 ^ 5 -> 6", 2, 2, bind_bit_xor},
    {"<<", "operator", "a << n", "Bits moved left.", "1 << 3 -> 8", 2, 2, bind_shift<BitOperation::kShiftLeft>},
    {">>", "operator", "a >> n", "Bits moved right, the sign kept.", "-8 >> 1 -> -4", 2, 2,
     bind_shift<BitOperation::kShiftRight>},
    {">>>", "operator", "a >>> n", "Bits moved right, zeros moved in.", "8 >>> 1 -> 4", 2, 2,
     bind_shift<BitOperation::kShiftRightUnsigned>},
});

}  // namespace

std::span<const Function> operator_functions() { return kOperators; }

const Function* find_operator(std::string_view name) {
  for (const Function& function : kOperators) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

}  // namespace millrace
