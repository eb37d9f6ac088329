#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/batch.h"

namespace millrace::parity {

// What came of an expression in one row.
struct Answer {
  enum class Kind { kValue, kRaise, kRefused };
  Kind kind = Kind::kValue;
  std::string type;    // values only
  std::string value;   // values only: JSON in the canonical form
  std::string reason;  // of a raise or a refusal
};

// A value as JSON in the canonical form of tests/parity/README.md.
std::string canonical_json(const Column& column, size_t row);

// Whether two canonical values are the same; doubles may differ by 2 ulp.
bool same_value(std::string_view a, std::string_view b);

// One answer per row of `rows`.
std::vector<Answer> answer_rows(const std::string& expression, const Batch& batch, const Rows& rows);

// The answer of an expression without columns; then with as many of its literals as possible turned into columns, which
// must not change its type. The second is absent when no literal can be a column.
std::vector<Answer> answer_constant(const std::string& expression);

}  // namespace millrace::parity
