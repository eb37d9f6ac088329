#pragma once

#include <string>
#include <string_view>

#include "data/batch.h"
#include "data/expr/expr.h"

namespace millrace {

// What one expression gives on one row; for tests.
struct EvalResult {
  std::string error;  // of the text, with its hint; the rest is empty then
  std::string type;   // "decimal(10,2)"
  std::string value;  // as format_value writes it, "NULL" for null
  bool is_null = false;
  std::string subject;  // of the fault, when there was one
  std::string fault;
};

EvalResult eval(std::string_view text);                                      // without columns
EvalResult eval(std::string_view text, const Batch& batch, size_t row = 0);  // over all rows, seen at one

}  // namespace millrace
