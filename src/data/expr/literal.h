#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/column.h"

namespace millrace {

// Literals as constant columns of one row.

// 1 (int), 3000000000 (bigint), 1L, 1.5 (decimal), 1.5BD, 1.5D and 1e3 (double); may begin with '-'.
Result<Column> parse_number_literal(std::string_view text);
Result<Column> parse_hex_literal(std::string_view digits);  // X'1F'

bool is_interval_unit(std::string_view word);  // in capitals: DAY, DAYS, ...
struct IntervalPart {
  std::string count;  // "1", "-2", "1.5" (seconds only); with `to`: "1-2", "1 02:03:04"
  std::string unit;
  std::string to;  // INTERVAL '1-2' YEAR TO MONTH
};
Result<Column> make_interval_literal(const std::vector<IntervalPart>& parts);
Result<Column> parse_interval_text(std::string_view text);  // "1 day 2 hours"

}  // namespace millrace
