#pragma once

#include <optional>

#include "data/expr/function.h"

namespace millrace {

// CAST(x AS type) in ANSI mode: a kernel of one argument, or nullopt when Spark refuses the pair of types at analysis.
std::optional<Kernel> cast_kernel(const Type& from, const Type& to);

// Whether `from` may stand where `to` is wanted without CAST being written (Spark's ANSI store/implicit coercion).
bool coerces_to(const Type& from, const Type& to);

// The least type both sides are brought to for comparison, CASE, COALESCE, IN, arrays; nullopt when there is none.
std::optional<Type> common_type(const Type& a, const Type& b);

}  // namespace millrace
