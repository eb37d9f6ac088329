#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/load.h"

namespace millrace {
namespace {

std::function<int()> declare(Arguments& arguments) {
  auto load = std::make_shared<LoadArguments>();
  load->declare(arguments);
  return [load] {
    int exit_code = kExitOk;
    const auto plan = load_or_explain(*load, exit_code);
    if (plan == nullptr) return exit_code;
    if (load->json) {
      fmt::print("[]\n");
    } else {
      size_t steps = 0;
      for (const FlowPlan& flow : plan->flows) steps += flow.steps.size();
      fmt::print("{}: all is well: {} flow{}, {} step{}\n", load->file, plan->flows.size(),
                 plan->flows.size() == 1 ? "" : "s", steps, steps == 1 ? "" : "s");
    }
    return static_cast<int>(kExitOk);
  };
}

}  // namespace

const Command kCheckCommand = {.name = "check",
                               .summary = "Say all that is wrong with a pipeline file, without running it.",
                               .example = "millrace check users.yaml",
                               .declare = declare};

}  // namespace millrace
