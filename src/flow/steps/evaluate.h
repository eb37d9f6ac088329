#pragma once

#include <string_view>
#include <vector>

#include "data/expr/expr.h"
#include "flow/passage.h"

namespace millrace {

// Evaluates a step's expressions over the rows that are alive. Rows with a fault go to quarantine; the rule is the
// step's name and the expression's: "select dob".
std::vector<Column> evaluate_step(const Program& program, std::string_view step, int index, Batch& batch,
                                  Passage& passage);

// The rows among those alive for which a boolean column is TRUE; one bit per row of the batch.
std::vector<bool> true_rows(const Column& condition, const Batch& batch);

}  // namespace millrace
