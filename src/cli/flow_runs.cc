#include "cli/flow_runs.h"

#include <algorithm>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "cli/progress_bar.h"
#include "host/run_now.h"

namespace millrace {
namespace {

FlowReport run_flow_once(const RunRoom& room, const FlowPlan& flow, const ScheduledRun* run) {
  RunProgress progress;
  const int64_t workers = room.workers;
  RunOptions options{
      .workers = workers > 0 ? static_cast<size_t>(workers) : std::max(1U, std::thread::hardware_concurrency()),
      .run_id = run == nullptr ? room.run_id : run->runner_id(),
      .identified = run != nullptr,
      .window_start_us = run == nullptr ? 0 : run->window.start_us,
      .window_end_us = run == nullptr ? 0 : run->window.end_us,
      .directory = room.plan.directory,
      .clock = &room.clock,
      .files = &room.files,
      .stop = &room.stop,
      .retry = flow.timing.retry,
      .progress = &progress,
      .topics = room.home == nullptr ? nullptr : &room.home->topics(),
      .schemas = room.home == nullptr ? nullptr : &room.home->schemas()};
  std::unique_ptr<Transaction> transaction;
  if (flow.keeper != Keeper::kItself) {
    auto begun = room.home->begin(room.plan, flow);
    if (!begun.ok()) return FlowReport::failed(flow, begun.error());
    transaction = std::move(*begun);
    options.transaction = transaction.get();
  }
  const ProgressBar bar(flow.name, progress, room.clock, room.with_bar);
  return run_flow(flow, options);
}

}  // namespace

FlowReport run_one(const RunRoom& room, const FlowPlan& flow) {
  if (!flow.timing.scheduled()) return run_flow_once(room, flow, nullptr);
  auto now = RunNow::begin(*room.home, room.clock, room.plan, flow);
  if (!now.ok()) return FlowReport::failed(flow, now.error());
  FlowReport report = run_flow_once(room, flow, &(*now)->run());
  if ((*now)->run().attempt > 1) report.notes.push_back(fmt::format("went on with run {}", (*now)->run().id()));
  if (auto status = (*now)->end(report); !status.ok() && !report.error) report.error = status.error();
  return report;
}

}  // namespace millrace
