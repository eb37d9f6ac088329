#pragma once

#include <string>

#include "flow/run/runner.h"

namespace millrace {

// How a run ended, for people: where records came from and went, the ledger, the checks, the first faults.
std::string render_report(const FlowReport& report, bool color);
// The same for machines: one JSON object.
std::string render_report_json(const FlowReport& report);

// 1234567 as "1,234,567".
std::string with_commas(uint64_t value);

}  // namespace millrace
