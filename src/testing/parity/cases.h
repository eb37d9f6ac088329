#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::parity {

// Expressions that are computed over the same rows. Without columns there is one row.
struct CaseTable {
  struct Column {
    std::string name;
    std::string type;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // SQL literals
  std::vector<std::string> expressions;

  // How the recorded answers call an expression in a row.
  std::string key(const std::string& expression, size_t row) const;
};

// The tables of a .cases file, in its order; tests/parity/README.md has the format.
Result<std::vector<CaseTable>> parse_cases(std::string_view text);

}  // namespace millrace::parity
