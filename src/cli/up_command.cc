#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/home.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/report.h"
#include "flow/run/run_id.h"
#include "flow/run/runner.h"

namespace millrace {
namespace {

constexpr auto kRefresh = std::chrono::milliseconds(250);

struct UpArguments {
  LoadArguments load;
  HomeArguments home;
  int64_t workers = 0;
};

// A flow while it is up.
struct Running {
  explicit Running(const FlowPlan& of) : plan(of) {}

  const FlowPlan& plan;
  std::unique_ptr<Transaction> transaction;
  RunProgress progress;
  FlowReport report;  // once it has ended
  std::atomic<bool> ended = false;
  std::thread thread;
};

class Up {
 public:
  Up(const UpArguments& arguments, const PipelinePlan& plan, const std::atomic<bool>& stop)
      : arguments_(arguments), plan_(plan), stop_(stop), files_(real_file_system(&stop)) {}

  int run() {
    int exit_code = kExitOk;
    home_ = open_home_or_explain(arguments_.home, plan_, *files_, clock_, exit_code);
    if (home_ == nullptr) return exit_code;
    begin_us_ = clock_.monotonic_us();
    run_id_ = new_run_id(clock_);
    for (const FlowPlan& flow : plan_.flows) start(flows_.emplace_back(flow));
    wait();
    for (Running& flow : flows_) flow.thread.join();
    return report();
  }

 private:
  void start(Running& flow) {
    const auto workers = static_cast<size_t>(arguments_.workers);
    RunOptions options{.workers = workers > 0 ? workers : std::max(1U, std::thread::hardware_concurrency()),
                       .run_id = run_id_,
                       .directory = plan_.directory,
                       .clock = &clock_,
                       .files = files_.get(),
                       .stop = &stop_,
                       .retry = flow.plan.timing.retry,
                       .progress = &flow.progress,
                       .topics = &home_->topics(),
                       .follow = flow.plan.source->can_follow() && flow.plan.keeper != Keeper::kItself};
    flow.thread = std::thread([this, &flow, options]() mutable {
      if (flow.plan.keeper == Keeper::kItself) {
        flow.report = run_flow(flow.plan, options);
      } else if (auto begun = home_->begin(plan_, flow.plan); begun.ok()) {
        flow.transaction = std::move(*begun);
        options.transaction = flow.transaction.get();
        flow.report = run_flow(flow.plan, options);
      } else {
        flow.report = FlowReport::failed(flow.plan, begun.error());
      }
      flow.ended = true;
    });
  }

  void wait() {
    const bool screen = ::isatty(STDOUT_FILENO) == 1 && !arguments_.load.json;
    const auto all_ended = [this] {
      return std::all_of(flows_.begin(), flows_.end(), [](const Running& flow) { return flow.ended.load(); });
    };
    while (!stop_ && !all_ended()) {
      if (screen) draw();
      std::this_thread::sleep_for(kRefresh);
    }
    if (screen) draw();
  }

  // In place of what was drawn before.
  void draw() {
    const double seconds = static_cast<double>(clock_.monotonic_us() - begin_us_) / 1e6;
    std::string out = lines_ > 0 ? fmt::format("\x1b[{}A\x1b[J", lines_) : "";
    out += fmt::format("{}  up {:.0f} s; Ctrl-C stops, and the next start goes on there\n", plan_.name, seconds);
    lines_ = 1;
    for (const Running& flow : flows_) {
      const RunProgress::Snapshot now = flow.progress.snapshot();
      const std::string state = !now.waiting.empty() ? "waiting: " + now.waiting
                                : flow.ended         ? std::string(flow.report.error ? "failed" : "at its end")
                                                     : now.ledger.text();
      out += fmt::format("  {:<16} {} -> {}: {}\n", flow.plan.name, flow.plan.source->place(),
                         flow.plan.sinks[0].plan->place(), state);
      ++lines_;
    }
    fmt::print("{}", out);
    std::fflush(stdout);
  }

  int report() {
    int exit_code = kExitOk;
    for (const Running& flow : flows_) {
      if (arguments_.load.json) {
        fmt::print("{}\n", render_report_json(flow.report));
      } else {
        fmt::print("{}", render_report(flow.report, stdout_has_colors()));
      }
      if (flow.report.error && flow.report.error->code() != ErrorCode::kCancelled) exit_code = kExitFailed;
    }
    return exit_code;
  }

  const UpArguments& arguments_;
  const PipelinePlan& plan_;
  const std::atomic<bool>& stop_;
  const SystemClock clock_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<Home> home_;
  std::string run_id_;
  int64_t begin_us_ = 0;
  size_t lines_ = 0;  // on the screen
  std::deque<Running> flows_;
};

std::function<int()> declare(Arguments& arguments) {
  auto up = std::make_shared<UpArguments>();
  up->load.declare(arguments);
  up->home.declare(arguments);
  arguments.option("--workers", up->workers, "threads of each flow; as many as there are cores if not said");
  return [up] {
    int exit_code = kExitOk;
    const auto plan = load_or_explain(up->load, exit_code);
    return plan == nullptr ? exit_code : Up(*up, *plan, catch_interrupts()).run();
  };
}

}  // namespace

const Command kUpCommand = {.name = "up",
                            .summary = "Keep the flows of a pipeline file running until Ctrl-C.",
                            .example = "millrace up users.yaml",
                            .declare = declare};

}  // namespace millrace
