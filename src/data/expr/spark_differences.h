#pragma once

#include <span>
#include <string_view>

namespace millrace {

// Where an expression gives something else than in Spark 4.0 (ANSI mode). The reference lists them, and the parity
// suite proves that its cases differ here and nowhere else.
struct SparkDifference {
  std::string_view what;  // one sentence: how it differs, why, and what to do instead
  // Cases of tests/parity: an expression, which stands for all its rows, or an expression and a row as the suite
  // names it.
  std::span<const std::string_view> cases;
};
std::span<const SparkDifference> spark_differences();

// Scalar functions that Spark has and millrace has not.
struct AbsentFunctions {
  std::string_view names;  // with spaces between
  std::string_view why;
};
std::span<const AbsentFunctions> absent_functions();

}  // namespace millrace
