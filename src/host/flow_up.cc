#include "host/flow_up.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "connect/home/home_transaction.h"
#include "flow/run/run_id.h"
#include "host/timetable.h"

namespace millrace {
namespace {

constexpr int64_t kTellWaitingEveryUs = 60'000'000;       // a flow that keeps to a rate waits many times a minute
constexpr auto kLookUp = std::chrono::milliseconds(100);  // how long a clock that jumps may go unnoticed

}  // namespace

std::string_view flow_state_name(FlowState state) {
  switch (state) {
    case FlowState::kStarting: return "starting";
    case FlowState::kRunning: return "running";
    case FlowState::kWaiting: return "waiting";
    case FlowState::kRetrying: return "retrying";
    case FlowState::kIdle: return "idle";
    case FlowState::kPaused: return "paused";
    case FlowState::kEnded: return "ended";
    case FlowState::kFailed: return "failed";
  }
  MILLRACE_ASSERT(false, "no such state");
}

FlowUp::FlowUp(const HostRoom& room, const PipelinePlan& pipeline, const FlowPlan& plan)
    : room_(room), pipeline_(pipeline), plan_(plan), files_(room.files(&halt_)) {
  state_since_us_ = room.clock.wall_us();
}

FlowUp::~FlowUp() { stop(); }

void FlowUp::start() {
  {
    const std::lock_guard lock(mutex_);
    if (room_.home.is_paused(name())) {
      wanted_ = Wanted::kPause;
      state_ = FlowState::kPaused;
      halt_ = true;
    }
  }
  thread_ = std::thread([this] { live(); });
}

void FlowUp::ask_to_stop() {
  const std::lock_guard lock(mutex_);
  wanted_ = Wanted::kStop;
  halt_ = true;
  changed_.notify_all();
}

void FlowUp::stop() {
  ask_to_stop();
  if (thread_.joinable()) thread_.join();
}

void FlowUp::pause() {
  std::unique_lock lock(mutex_);
  if (wanted_ == Wanted::kStop) return;
  wanted_ = Wanted::kPause;
  halt_ = true;
  changed_.notify_all();
  changed_.wait(lock, [&] { return wanted_ != Wanted::kPause || (resting_ && state_ == FlowState::kPaused); });
}

void FlowUp::resume() {
  const std::lock_guard lock(mutex_);
  if (wanted_ == Wanted::kStop) return;
  wanted_ = Wanted::kRun;
  state_ = FlowState::kStarting;
  why_.clear();
  ++resumed_;
  changed_.notify_all();
}

void FlowUp::live() {
  std::unique_lock lock(mutex_);
  uint64_t driven = 0;  // resumed_ as it was when the flow was driven last
  bool rested = false;  // and it has come to its end
  while (wanted_ != Wanted::kStop) {
    if (wanted_ == Wanted::kPause || (rested && driven == resumed_)) {
      if (wanted_ == Wanted::kPause && state_ != FlowState::kPaused) {
        lock.unlock();
        set_state(FlowState::kPaused);
        lock.lock();
        changed_.notify_all();
        continue;
      }
      changed_.wait(lock);
      continue;
    }
    driven = resumed_;
    resting_ = false;
    halt_ = false;
    lock.unlock();
    drive();
    lock.lock();
    rested = wanted_ == Wanted::kRun;
    resting_ = true;
    changed_.notify_all();
  }
}

// Without a schedule, its source is followed as long as it can be, and read to its end otherwise.
void FlowUp::drive() {
  if (is_scheduled()) return room_.timetable->drive(*this);
  Random random(std::random_device{}());
  int64_t failures = 0;
  const bool follow = plan_.source->can_follow() && plan_.keeper != Keeper::kItself;
  while (!halted()) {
    set_state(FlowState::kRunning);
    const FlowReport report = run({.run_id = new_run_id(room_.clock), .follow = follow});
    if (halted()) return;
    if (report.again) continue;
    if (!report.error) return set_state(FlowState::kEnded);
    if (!is_retryable(report.error->code())) return set_state(FlowState::kFailed, report.error->message());
    set_state(FlowState::kRetrying, report.error->message());
    wait_until(room_.clock.monotonic_us() + retry_wait_us(plan_.timing.retry, ++failures, random));
  }
}

FlowReport FlowUp::run(const RunIdentity& identity) {
  const auto progress = std::make_shared<RunProgress>([this](const std::string& why) { tell_waiting(why); });
  {
    const std::lock_guard lock(mutex_);
    progress_ = progress;
    run_id_ = identity.run_id;
  }
  // Waiting for the standard input ends with what ends the run.
  const auto own_files = identity.stop == nullptr ? nullptr : room_.files(identity.stop);
  RunOptions options{.workers = room_.workers,
                     .run_id = identity.run_id,
                     .identified = identity.identified,
                     .window_start_us = identity.window_start_us,
                     .window_end_us = identity.window_end_us,
                     .directory = pipeline_.directory,
                     .clock = &room_.clock,
                     .files = own_files == nullptr ? files_.get() : own_files.get(),
                     .stop = identity.stop == nullptr ? &halt_ : identity.stop,
                     .retry = {.attempts = 1},  // whoever drives the flow tries again
                     .progress = progress.get(),
                     .topics = &room_.home.topics(),
                     .schemas = &room_.home.schemas(),
                     .follow = identity.follow};
  const MetricLabels labels{{"pipeline", pipeline_.name}, {"flow", plan_.id}};
  if (room_.metrics != nullptr) {
    options.latency = &room_.metrics->histogram("millrace_commit_latency_seconds",
                                                "From a record's intake until its row can be read.", labels);
  }
  std::unique_ptr<Transaction> transaction;
  std::optional<FlowReport> report;
  if (plan_.keeper != Keeper::kItself) {
    auto begun = room_.home.begin(pipeline_, plan_);
    if (begun.ok()) {
      transaction = std::move(*begun);
      options.transaction = transaction.get();
    } else {
      report = FlowReport::failed(plan_, begun.error());
    }
  }
  if (!report) report = run_flow(plan_, options);
  if (report->again && identity.identified) {
    report->error = Error(ErrorCode::kUnavailable,
                          "other workers have come or gone, and what there is to read was shared "
                          "out anew: the rest is for another attempt");
  }
  if (room_.metrics != nullptr) {
    MetricLabels ended = labels;
    ended.push_back({"outcome", report->error ? "failed" : "done"});
    room_.metrics->counter("millrace_runs_total", "Runs of a flow by how they ended.", ended).add();
    room_.metrics->histogram("millrace_run_seconds", "How long runs took.", labels)
        .observe_us(static_cast<int64_t>(report->seconds * 1e6));
  }
  const std::lock_guard lock(mutex_);
  report_ = report;
  return *report;
}

bool FlowUp::is_scheduled() const { return room_.timetable != nullptr && room_.timetable->drives(name()); }

bool FlowUp::wait_until(int64_t monotonic_us) {
  std::unique_lock lock(mutex_);
  while (!halted()) {
    const int64_t left_us = monotonic_us - room_.clock.monotonic_us();
    if (left_us <= 0) return true;
    changed_.wait_for(lock, std::min<std::chrono::microseconds>(std::chrono::microseconds(left_us), kLookUp));
  }
  return false;
}

void FlowUp::set_state(FlowState state, std::string why, std::optional<int64_t> next_run_us) {
  {
    const std::lock_guard lock(mutex_);
    next_run_us_ = next_run_us;
    if (state == state_ && why == why_) return;
    state_ = state;
    why_ = why;
    state_since_us_ = room_.clock.wall_us();
  }
  if (is_scheduled()) return;  // its runs are told of, one by one
  const bool problem = state == FlowState::kFailed || state == FlowState::kRetrying;
  room_.tell(name(), fmt::format("{}{}{}", flow_state_name(state), why.empty() ? "" : ": ", why), problem);
}

void FlowUp::tell_waiting(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (why.empty()) {
      if (!std::exchange(waiting_told_, false)) return;
    } else {
      const int64_t now_us = room_.clock.monotonic_us();
      if (waiting_told_at_us_ && now_us - *waiting_told_at_us_ < kTellWaitingEveryUs) return;
      waiting_told_at_us_ = now_us;
      waiting_told_ = true;
    }
  }
  room_.tell(name(), why.empty() ? "goes on" : fmt::format("waiting: {}", why), !why.empty());
}

std::optional<FlowReport> FlowUp::last_report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

FlowStatus FlowUp::status() const {
  FlowStatus status{.pipeline = pipeline_.name, .flow = plan_.id, .from = plan_.source->place()};
  for (const PlannedSink& sink : plan_.sinks) status.to.push_back(sink.plan->place());
  if (plan_.quarantine != nullptr) status.quarantine = plan_.quarantine->place();
  std::shared_ptr<RunProgress> progress;
  {
    const std::lock_guard lock(mutex_);
    status.state = state_;
    status.why = why_;
    status.state_since_us = state_since_us_;
    status.next_run_us = next_run_us_;
    status.run_id = run_id_;
    progress = progress_;
  }
  const RunProgress::Snapshot now = progress == nullptr ? RunProgress::Snapshot{} : progress->snapshot();
  if (status.state == FlowState::kRunning && !now.waiting.empty()) {
    status.state = FlowState::kWaiting;
    status.why = now.waiting;
  }
  if (plan_.keeper == Keeper::kItself) {
    status.ledger = now.ledger;
    return status;
  }
  const auto checkpoint = room_.home.checkpoint(pipeline_.name, plan_);
  if (!checkpoint.ok()) {
    if (status.why.empty()) status.why = checkpoint.error().message();
    return status;
  }
  status.ledger = checkpoint->ledger;
  status.generation = checkpoint->generation;
  if (status.run_id.empty()) status.run_id = checkpoint->run_id;
  for (const CheckInfo& check : plan_.checks) {
    const auto counts = checkpoint->checks.find(check.name);
    status.check_names.push_back(check.name);
    status.checks.push_back(counts == checkpoint->checks.end() ? CheckCounts{} : counts->second);
  }
  add_lag(status, checkpoint->position);
  return status;
}

void FlowUp::add_lag(FlowStatus& status, const Position& position) const {
  for (const std::string& topic : plan_.source->topics()) {
    const auto description = room_.home.topics().describe(topic);
    if (!description.ok()) continue;  // it is being deleted
    for (size_t p = 0; p < description->partitions.size(); ++p) {
      const PartitionDescription& partition = description->partitions[p];
      const auto number = static_cast<int32_t>(p);
      const auto at = position.find(partition_part(topic, number));
      status.lag.push_back(
          {.topic = topic,
           .partition = number,
           .position = at == position.end() ? partition.log_start : static_cast<int64_t>(at->second.next),
           .end = partition.high_water_mark});
    }
  }
}

}  // namespace millrace
