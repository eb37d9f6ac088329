#pragma once

#include <optional>

#include "data/expr/function.h"

namespace millrace {

enum class Comparison { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kSame };

// What both sides are brought to.
std::optional<Type> comparison_type(const Type& a, const Type& b);
// Both operands of `type`.
Kernel comparison_kernel(Comparison op, const Type& type);
// The first argument against the others, all of `type`; null where nothing is equal and something is null.
Kernel in_kernel(const Type& type);

// Below, equal or above 0; neither row is null. Doubles: NaN is above everything and equal to itself. Structs and
// arrays element by element, null first.
int compare_rows(const Column& a, size_t row_a, const Column& b, size_t row_b);

}  // namespace millrace
