#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/load.h"
#include "cli/progress_bar.h"
#include "cli/report.h"
#include "flow/run/run_id.h"
#include "flow/run/runner.h"

namespace millrace {
namespace {

// Set by the signal handler; the only thing it may touch.
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
  if (interrupted.exchange(true)) std::_Exit(kExitInterrupted);  // the second time at once
}

struct RunArguments {
  LoadArguments load;
  std::string flow;
  int64_t workers = 0;
  bool quiet = false;
};

// When records go to the standard output, nothing else may.
bool stdout_is_data(const FlowPlan& flow) {
  return std::any_of(flow.sinks.begin(), flow.sinks.end(),
                     [](const PlannedSink& sink) { return sink.plan->is_stdout(); });
}

int run_flows(const RunArguments& arguments, const PipelinePlan& plan) {
  const SystemClock clock;
  const auto files = real_file_system();
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  int exit_code = kExitOk;
  const std::string run_id = new_run_id(clock);
  bool found = false;
  for (const FlowPlan& flow : plan.flows) {
    if (!arguments.flow.empty() && flow.name != arguments.flow) continue;
    found = true;
    RunProgress progress;
    RunOptions options{.workers = arguments.workers > 0 ? static_cast<size_t>(arguments.workers)
                                                        : std::max(1U, std::thread::hardware_concurrency()),
                       .run_id = run_id,
                       .directory = plan.directory,
                       .clock = &clock,
                       .files = files.get(),
                       .stop = &interrupted,
                       .progress = &progress};
    FlowReport report;
    {
      const ProgressBar bar(flow.name, progress, clock,
                            stderr_is_terminal() && !arguments.load.json && !arguments.quiet);
      report = run_flow(flow, options);
    }
    if (arguments.load.json) {
      fmt::print(stdout_is_data(flow) ? stderr : stdout, "{}\n", render_report_json(report));
    } else if (!arguments.quiet) {
      fmt::print(stdout_is_data(flow) ? stderr : stdout, "{}",
                 render_report(report, stdout_is_data(flow) ? stderr_is_terminal() : stdout_is_terminal()));
    }
    if (report.error) {
      if (arguments.quiet) fmt::print(stderr, "millrace: flow {}: {}\n", flow.name, report.error->message());
      exit_code = report.error->code() == ErrorCode::kCancelled ? kExitInterrupted : kExitFailed;
      break;  // the flows behind it may need what it should have made
    }
  }
  if (!found) {
    fmt::print(stderr, "millrace: {} has no flow '{}'\n", arguments.load.file, arguments.flow);
    return kExitUsage;
  }
  return exit_code;
}

std::function<int()> declare(Arguments& arguments) {
  auto run = std::make_shared<RunArguments>();
  run->load.declare(arguments);
  arguments.option("--flow", run->flow, "run only this flow");
  arguments.option("--workers", run->workers, "threads that work on batches; as many as there are cores if not said");
  arguments.flag("-q,--quiet", run->quiet, "print nothing but errors");
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
