// What functions with a lambda say of themselves. The checker and the evaluator compute them (lambda.h); a bind is
// asked only when the lambda is missing.
#include <array>

#include <fmt/format.h>

#include "data/expr/families.h"

namespace millrace {
namespace {

template <int Wanted>
BindResult bind_without_lambda(std::span<const BindArg> args) {
  return BindError{static_cast<int>(args.size()) - 1, fmt::format("argument {} is a lambda: x -> x + 1", Wanted), ""};
}

constexpr Function lambda_function(std::string_view name, std::string_view signature, std::string_view summary,
                                   std::string_view example, int args_min, int args_max,
                                   BindResult (*bind)(std::span<const BindArg>)) {
  return {.name = name,
          .group = "collection",
          .signature = signature,
          .summary = summary,
          .example = example,
          .args_min = args_min,
          .args_max = args_max,
          .bind = bind};
}

constexpr auto kFunctions = std::to_array<Function>({
    lambda_function("aggregate", "aggregate(array, start, (sum, x) -> sum [, sum -> result])",
                    "Folds the elements, from the first to the last, into one value that begins with start.",
                    "aggregate(array(1, 2, 3), 0, (sum, x) -> sum + x, sum -> sum * 10) -> 60", 3, 4,
                    bind_without_lambda<3>),
    lambda_function("exists", "exists(array, x -> condition)", "Whether the condition is true of an element.",
                    "exists(array(1, 2, 3), x -> x > 2) -> true", 2, 2, bind_without_lambda<2>),
    lambda_function("filter", "filter(array, x -> condition)",
                    "The elements of which the condition is true; a second parameter is the index, from 0.",
                    "filter(array(1, 2, 3), x -> x % 2 = 1) -> [1, 3]", 2, 2, bind_without_lambda<2>),
    lambda_function("forall", "forall(array, x -> condition)", "Whether the condition is true of every element.",
                    "forall(array(1, 2, 3), x -> x > 2) -> false", 2, 2, bind_without_lambda<2>),
    lambda_function("map_filter", "map_filter(map, (k, v) -> condition)", "The entries of which the condition is true.",
                    "map_filter(map('a', 1, 'b', 2), (k, v) -> v > 1) -> {b -> 2}", 2, 2, bind_without_lambda<2>),
    lambda_function("map_zip_with", "map_zip_with(map, other, (k, v1, v2) -> value)",
                    "A map of the keys of both; the values are those of each map, null where it lacks the key.",
                    "map_zip_with(map('a', 1), map('a', 2), (k, v1, v2) -> v1 + v2) -> {a -> 3}", 3, 3,
                    bind_without_lambda<3>),
    lambda_function("reduce", "reduce(array, start, (sum, x) -> sum [, sum -> result])", "The same as aggregate.",
                    "reduce(array('a', 'b'), '', (all, x) -> all || x) -> ab", 3, 4, bind_without_lambda<3>),
    lambda_function("transform", "transform(array, x -> value)",
                    "What the lambda makes of each element; a second parameter is the index, from 0.",
                    "transform(array(1, 2, 3), x -> x * 10) -> [10, 20, 30]", 2, 2, bind_without_lambda<2>),
    lambda_function("transform_keys", "transform_keys(map, (k, v) -> key)", "The map with other keys.",
                    "transform_keys(map('a', 1), (k, v) -> upper(k)) -> {A -> 1}", 2, 2, bind_without_lambda<2>),
    lambda_function("transform_values", "transform_values(map, (k, v) -> value)", "The map with other values.",
                    "transform_values(map('a', 1), (k, v) -> v + 1) -> {a -> 2}", 2, 2, bind_without_lambda<2>),
    lambda_function("zip_with", "zip_with(array, other, (x, y) -> value)",
                    "What the lambda makes of the elements side by side, null where an array is shorter.",
                    "zip_with(array(1, 2), array(3, 4), (x, y) -> x + y) -> [4, 6]", 3, 3, bind_without_lambda<3>),
});

}  // namespace

std::span<const Function> lambda_functions() { return kFunctions; }

}  // namespace millrace
