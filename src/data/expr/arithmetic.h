#pragma once

#include <optional>
#include <string_view>

#include "data/expr/function.h"

namespace millrace {

enum class Arithmetic { kAdd, kSubtract, kMultiply, kDivide, kModulo, kQuotient };
std::string_view arithmetic_name(Arithmetic op);  // "+", ...

// Both operands of `type` (int, bigint, double). Overflow and division by zero are faults.
Kernel arithmetic_kernel(Arithmetic op, const Type& type);
// The quotient of two ints as a double, without a column of doubles for each.
Kernel int_division_kernel();

Type decimal_result_type(Arithmetic op, const Type& left, const Type& right);
Kernel decimal_kernel(Arithmetic op, const Type& left, const Type& right, const Type& result);

// Dates, timestamps and intervals with + and -; nullopt when neither side is one.
std::optional<BindResult> bind_time_arithmetic(Arithmetic op, std::span<const BindArg> args);

Kernel negative_kernel(const Type& type);

enum class BitOperation { kAnd, kOr, kXor, kNot, kShiftLeft, kShiftRight, kShiftRightUnsigned };
Kernel bits_kernel(const Type& type, BitOperation op);
Kernel shift_kernel(const Type& type, BitOperation op);

}  // namespace millrace
