#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/load.h"

namespace millrace {
namespace {

int check(const LoadArguments& arguments) {
  if (arguments.json) {
    const auto outcome = load(arguments);
    if (!outcome) return kExitUsage;
    fmt::print("{}\n", render_diagnostics_json(*outcome));
    return outcome->plan == nullptr ? kExitInvalidSpec : kExitOk;
  }
  int exit_code = kExitOk;
  const auto plan = load_or_explain(arguments, exit_code);
  if (plan == nullptr) return exit_code;
  size_t steps = 0;
  for (const FlowPlan& flow : plan->flows) steps += flow.steps.size();
  fmt::print("{}: all is well: {} flow{}, {} step{}\n", arguments.file, plan->flows.size(),
             plan->flows.size() == 1 ? "" : "s", steps, steps == 1 ? "" : "s");
  return kExitOk;
}

std::function<int()> declare(Arguments& arguments) {
  auto arguments_of_load = std::make_shared<LoadArguments>();
  arguments_of_load->declare(arguments);
  return [arguments_of_load] { return check(*arguments_of_load); };
}

}  // namespace

const Command kCheckCommand = {.name = "check",
                               .summary = "Say all that is wrong with a pipeline file, without running it.",
                               .example = "millrace check users.yaml",
                               .declare = declare};

}  // namespace millrace
