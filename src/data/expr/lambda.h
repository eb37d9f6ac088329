#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "data/expr/typed.h"

namespace millrace {

// A function that takes a lambda: what stands before the lambda, and how many parameters the lambda has.
struct LambdaFunction {
  std::string_view name;
  TypedNode::Lambda lambda;
  bool of_map = false;  // maps, not arrays
  int collections = 1;
  int params_min = 1, params_max = 1;
};

// nullptr: the function takes no lambda.
const LambdaFunction* find_lambda_function(std::string_view name);

}  // namespace millrace
