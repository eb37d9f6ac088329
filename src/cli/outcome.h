#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace millrace {

// What became of records, out of the answer to an order: "written 4, quarantined 1".
std::string outcome_text(const nlohmann::ordered_json& answer);
// The first of its faults, one a line; nothing where it has none.
void print_first_faults(const nlohmann::ordered_json& answer);

}  // namespace millrace
