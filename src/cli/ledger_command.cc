#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/home.h"
#include "cli/load.h"
#include "cli/report.h"

namespace millrace {
namespace {

struct LedgerArguments {
  LoadArguments load;
  HomeArguments home;
};

int print_books(const LedgerArguments& arguments, const PipelinePlan& plan) {
  const SystemClock clock;
  const auto files = real_file_system();
  int exit_code = kExitOk;
  const auto home = open_home_or_explain(arguments.home, plan, *files, clock, exit_code);
  if (home == nullptr) return exit_code;
  for (const FlowPlan& flow : plan.flows) {
    if (flow.keeper == Keeper::kItself) continue;  // its books are those of one run, and end with it
    const auto transaction = home->begin(plan, flow);
    if (!transaction.ok()) {
      fmt::print(stderr, "millrace: {}\n", transaction.error().message());
      return kExitFailed;
    }
    const Ledger& ledger = (*transaction)->resumed_from().ledger;
    if (arguments.load.json) {
      fmt::print("{}\n", nlohmann::ordered_json{{"flow", flow.name}, {"ledger", ledger_json(ledger)}}.dump());
    } else {
      fmt::print("{}: {}\n", flow.name, ledger.text());
    }
  }
  return kExitOk;
}

std::function<int()> declare(Arguments& arguments) {
  auto ledger = std::make_shared<LedgerArguments>();
  ledger->load.declare(arguments);
  ledger->home.declare(arguments);
  return [ledger] {
    int exit_code = kExitOk;
    const auto plan = load_or_explain(ledger->load, exit_code);
    return plan == nullptr ? exit_code : print_books(*ledger, *plan);
  };
}

}  // namespace

const Command kLedgerCommand = {.name = "ledger",
                                .summary = "What became of every record since the books of each flow began.",
                                .example = "millrace ledger users.yaml",
                                .declare = declare};

}  // namespace millrace
