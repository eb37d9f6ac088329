#include <algorithm>
#include <atomic>
#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/flow_runs.h"
#include "cli/home.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/report.h"
#include "flow/run/run_id.h"

namespace millrace {
namespace {

struct RunArguments {
  LoadArguments load;
  HomeArguments home;
  std::string flow;
  int64_t workers = 0;
  bool quiet = false;
  bool settle = false;
};

// When records go to the standard output, nothing else may.
bool stdout_is_data(const FlowPlan& flow) {
  return std::any_of(flow.sinks.begin(), flow.sinks.end(),
                     [](const PlannedSink& sink) { return sink.plan->is_stdout(); });
}

void print_report(const RunArguments& arguments, const FlowPlan& flow, const FlowReport& report) {
  const bool apart = stdout_is_data(flow);
  std::FILE* const out = apart ? stderr : stdout;
  if (arguments.load.json) {
    fmt::print(out, "{}\n", render_report_json(report));
  } else if (!arguments.quiet) {
    fmt::print(out, "{}", render_report(report, apart ? stderr_has_colors() : stdout_has_colors()));
  } else if (report.error) {
    fmt::print(stderr, "millrace: flow {}: {}\n", flow.name, report.error->message());
  }
}

int run_flows(const RunArguments& arguments, const PipelinePlan& plan) {
  std::vector<const FlowPlan*> flows;
  for (const FlowPlan& flow : plan.flows) {
    if (arguments.flow.empty() || flow.name == arguments.flow || flow.id == arguments.flow) flows.push_back(&flow);
  }
  if (flows.empty()) {
    fmt::print(stderr, "millrace: {} has no flow '{}'\n", arguments.load.file, arguments.flow);
    return kExitUsage;
  }
  const std::atomic<bool>& stop = catch_interrupts();
  const SystemClock clock;
  const auto files = real_file_system(&stop);
  int exit_code = kExitOk;
  std::unique_ptr<Home> home;
  if (std::any_of(flows.begin(), flows.end(),
                  [](const FlowPlan* flow) { return flow->needs_home() || flow->timing.scheduled(); })) {
    home = open_home_or_explain(arguments.home, {&plan}, *files, clock, exit_code);
    if (home == nullptr) return exit_code;
  }
  const RunRoom room{.plan = plan,
                     .clock = clock,
                     .files = *files,
                     .home = home.get(),
                     .run_id = new_run_id(clock),
                     .stop = stop,
                     .workers = arguments.workers,
                     .with_bar = stderr_is_terminal() && !arguments.load.json && !arguments.quiet};
  for (const FlowPlan* flow : flows) {
    FlowReport report;
    do {
      report = run_one(room, *flow);
      print_report(arguments, *flow, report);
    } while (report.again);
    if (!report.error) continue;
    exit_code = report.error->code() == ErrorCode::kCancelled ? kExitInterrupted : kExitFailed;
    break;  // the flows behind it may need what it should have made
  }
  if (arguments.settle && home != nullptr && exit_code == kExitOk) {
    if (auto status = home->tables().wait_until_settled(); !status.ok()) {
      fmt::print(stderr, "millrace: {}\n", status.error().message());
      return kExitFailed;
    }
  }
  return exit_code;
}

std::function<int()> declare(Arguments& arguments) {
  auto run = std::make_shared<RunArguments>();
  run->load.declare(arguments);
  run->home.declare(arguments);
  arguments.option("--flow", run->flow, "run only this flow");
  arguments.option("--workers", run->workers, "threads that work on batches; as many as there are cores if not said");
  arguments.flag("-q,--quiet", run->quiet, "print nothing but errors");
  arguments.flag("--settle", run->settle,
                 "end once tables are compacted, so that the next start has nothing left to do");
  return [run] {
    int exit_code = kExitOk;
    const auto plan = load_or_explain(run->load, exit_code);
    return plan == nullptr ? exit_code : run_flows(*run, *plan);
  };
}

}  // namespace

const Command kRunCommand = {.name = "run",
                             .summary = "Run the flows of a pipeline file until their sources end.",
                             .example = "millrace run users.yaml --param results=10",
                             .declare = declare};

}  // namespace millrace
