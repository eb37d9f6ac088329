#include "cli/outcome.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/report.h"
#include "flow/passage.h"

namespace millrace {

std::string outcome_text(const nlohmann::ordered_json& answer) {
  std::string out;
  for (const LedgerField& field : ledger_fields()) {
    const uint64_t count = answer.value(std::string(field.name), uint64_t{0});
    if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", field.name, with_commas(count));
  }
  return out.empty() ? "nothing" : out;
}

void print_first_faults(const nlohmann::ordered_json& answer) {
  const auto faults = answer.find("first_faults");
  if (faults == answer.end()) return;
  for (const auto& fault : *faults) {
    fmt::print("  {} {}: {}\n", fault.at("place").get<std::string>(), fault.at("rule").get<std::string>(),
               fault.at("reason").get<std::string>());
  }
}

}  // namespace millrace
