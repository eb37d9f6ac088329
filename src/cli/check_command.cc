#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/load.h"

namespace millrace {
namespace {

struct CheckArguments {
  std::vector<std::string> files;
  LoadArguments load;
};

std::string counted(size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

int check_json(const std::vector<LoadArguments>& loads) {
  std::vector<LoadOutcome> outcomes;
  for (const LoadArguments& arguments : loads) {
    auto outcome = load(arguments);
    if (!outcome) return kExitUsage;
    outcomes.push_back(std::move(*outcome));
  }
  check_together(outcomes);
  int exit_code = kExitOk;
  for (const LoadOutcome& outcome : outcomes) {
    fmt::print("{}\n", render_diagnostics_json(outcome));
    if (outcome.plan == nullptr) exit_code = kExitInvalidSpec;
  }
  return exit_code;
}

int check(const CheckArguments& arguments) {
  int exit_code = kExitOk;
  const std::vector<LoadArguments> loads = arguments.load.each_of(arguments.files, exit_code);
  if (exit_code != kExitOk) return exit_code;
  if (arguments.load.json) return check_json(loads);
  const Plans plans = load_all_or_explain(loads, exit_code);
  for (const auto& plan : plans) {
    size_t steps = 0;
    for (const FlowPlan& flow : plan->flows) steps += flow.steps.size();
    fmt::print("{}: all is well: {}, {}\n", plan->file, counted(plan->flows.size(), "flow"), counted(steps, "step"));
  }
  return exit_code;
}

std::function<int()> declare(Arguments& arguments) {
  auto said = std::make_shared<CheckArguments>();
  arguments.positionals("files", said->files, "pipeline files, or directories of them, that go together");
  said->load.declare_options(arguments);
  return [said] {
    if (!said->files.empty()) return check(*said);
    fmt::print(stderr, "millrace: check needs a pipeline file, or a directory of them\n");
    return static_cast<int>(kExitUsage);
  };
}

}  // namespace

const Command kCheckCommand = {.name = "check",
                               .summary = "Say all that is wrong with pipeline files, without running them.",
                               .example = "millrace check users.yaml",
                               .declare = declare};

}  // namespace millrace
