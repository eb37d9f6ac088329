#pragma once

#include <string_view>

#include "data/expr/function.h"

namespace millrace {

// Operators are functions whose names are not words: "+", "=", "negative", "in". nullptr: not an operator.
const Function* find_operator(std::string_view name);
std::span<const Function> operator_functions();

const Function& array_element_function();  // a[i]: outside the array is a fault
const Function& map_value_function();      // m[k]: null when there is no such key
Kernel field_kernel(size_t index);         // s.f
Kernel array_field_kernel(size_t index);   // a.f of array<struct>: the array of the fields

}  // namespace millrace
