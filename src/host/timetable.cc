#include "host/timetable.h"

#include <algorithm>
#include <chrono>
#include <random>

#include <fmt/format.h>

#include "base/assert.h"
#include "host/run_now.h"

namespace millrace {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr auto kLookMost = std::chrono::milliseconds(500);       // how long a clock that is set may go unnoticed
constexpr auto kLookWhileBusy = std::chrono::milliseconds(100);  // how long a halt may
constexpr auto kWaitForDisk = std::chrono::milliseconds(500);

// Of a flow of the file, by the name that it has there.
std::string id_of_name(const PipelinePlan& pipeline, std::string_view name) {
  const auto found = std::find_if(pipeline.flows.begin(), pipeline.flows.end(),
                                  [&](const FlowPlan& flow) { return flow.name == name; });
  MILLRACE_ASSERT(found != pipeline.flows.end(), name);
  return pipeline.id_of(*found);
}

}  // namespace

Result<std::unique_ptr<Timetable>> Timetable::open(const HostRoom& room,
                                                   const std::vector<const PipelinePlan*>& pipelines) {
  std::unique_ptr<Timetable> timetable(new Timetable(room));
  TRY(history, RunHistory::open(room.home.tables(), room.clock));
  TRY(logs, RunLogs::open(room.home.topics(), room.clock));
  timetable->history_ = std::move(history);
  timetable->logs_ = std::move(logs);
  std::vector<ScheduledFlow> flows;
  for (const PipelinePlan* pipeline : pipelines) timetable->add_flows(*pipeline, flows);
  timetable->schedule_ = std::make_unique<Schedule>(std::move(flows), *timetable->history_, std::random_device()());
  timetable->http_ = real_http_client();
  timetable->alerts_ = std::make_unique<AlertCaller>(
      *timetable->http_, [table = timetable.get()](const RunAlert& alert, const std::string& text, bool problem) {
        table->log(alert.run, text, problem);
        table->room_.tell(alert.run.flow, text, problem);
      });
  TRY_STATUS(timetable->resume());
  return timetable;
}

Timetable::~Timetable() { stop(); }

// The flows of a plan stand behind those that they come after.
void Timetable::add_flows(const PipelinePlan& pipeline, std::vector<ScheduledFlow>& flows) {
  const auto is_waited_for = [&](const FlowPlan& flow) {
    return std::any_of(pipeline.flows.begin(), pipeline.flows.end(), [&](const FlowPlan& other) {
      const auto& after = other.timing.after;
      return std::find(after.begin(), after.end(), flow.name) != after.end();
    });
  };
  for (const FlowPlan& flow : pipeline.flows) {
    if (!flow.timing.scheduled() && !is_waited_for(flow)) continue;
    ScheduledFlow scheduled{.name = pipeline.id_of(flow), .timing = flow.timing};
    for (std::string& other : scheduled.timing.after) other = id_of_name(pipeline, other);
    flows_[scheduled.name] = {.pipeline = &pipeline, .plan = &flow};
    flows.push_back(std::move(scheduled));
  }
}

Status Timetable::resume() {
  TRY(open, history_->open_runs());
  TRY(places, history_->places());
  for (const auto& [name, flow] : flows_) {
    TRY_STATUS(history_->keep_flow(name, {.timing = flow.plan->timing, .keeper = flow.plan->keeper}));
  }
  schedule_->resume(open, places, now());
  for (const auto& [name, flow] : flows_) schedule_->set_paused(name, true);  // until it is driven
  return {};
}

void Timetable::start() {
  run_once_flows();
  thread_ = std::thread([this] { keep_time(); });
}

void Timetable::run_once_flows() {
  const std::lock_guard lock(mutex_);
  const int64_t instant_us = room_.clock.wall_us() / kSecondUs * kSecondUs;
  for (const auto& [name, flow] : flows_) {
    if (flow.plan->timing.scheduled()) continue;
    ScheduledRun run =
        make_run({.name = name, .timing = flow.plan->timing}, instant_us, RunCause::kTrigger, room_.clock.wall_us());
    if (!schedule_->open_runs(name).empty() || history_->find(name, instant_us)) continue;
    (void)schedule_->add(std::move(run));  // nothing of the flow is open
  }
}

void Timetable::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  alerts_.reset();
  (void)logs_->flush();
}

void Timetable::keep_time() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    do_what_is_due();
    const auto idle = std::chrono::microseconds(schedule_->idle_us(now()));
    const std::chrono::microseconds most = attempts_.empty() ? kLookMost : kLookWhileBusy;
    lock.unlock();
    (void)logs_->flush();  // what cannot be written now is tried again
    lock.lock();
    changed_.wait_for(lock, std::min(idle, most));
  }
}

void Timetable::do_what_is_due() {
  halt_what_is_to();
  carry_out(schedule_->tick(now()));
}

// A flow that is halted halts its attempts, and begins none.
void Timetable::halt_what_is_to() {
  for (auto& [key, attempt] : attempts_) {
    if (attempt.flow->halted()) attempt.stop->store(true);
  }
  for (const auto& [name, flow] : flows_) {
    if (flow.up != nullptr && flow.up->halted()) schedule_->set_paused(name, true);
  }
}

// First what has been decided is made durable, however long that takes.
void Timetable::carry_out(ScheduleOrders orders) {
  note_books(orders);
  for (bool told = false;; told = true) {
    const Status status = history_->write(orders.changed, orders.places);
    if (status.ok()) break;
    if (!told) room_.tell("", fmt::format("runs wait: {}", status.error().message()), true);
    std::this_thread::sleep_for(kWaitForDisk);
  }
  for (const ScheduledRun& run : orders.changed) {
    if (!has_ended(run.state)) continue;
    const auto flow = flows_.find(run.flow);
    if (flow == flows_.end()) continue;
    const bool good = run.state == RunState::kSucceeded;
    flow->second.last_failure =
        good ? "" : fmt::format("run of {} {}: {}", instant_text(run.instant_us), run_state_name(run.state), run.error);
    if (run.attempt == 0) log(run, fmt::format("{}: {}", run_state_name(run.state), run.error));
  }
  for (ScheduledRun& run : orders.start) flows_.at(run.flow).to_begin.push_back(std::move(run));
  for (const ScheduledRun& run : orders.stop) {
    const auto attempt = attempts_.find({run.flow, run.instant_us});
    if (attempt != attempts_.end()) attempt->second.stop->store(true);
  }
  for (RunAlert& alert : orders.alerts) {
    const AlertHook& hook = flows_.at(alert.run.flow).plan->timing.alert;
    const std::string text = fmt::format(
        "run {} {}", alert.run.id(), alert.reason == "deadline" ? "has not succeeded by its deadline" : alert.reason);
    log(alert.run, text, true);
    if (alert.reason == "deadline") room_.tell(alert.run.flow, text, true);
    if (!hook.command.empty() || !hook.webhook.empty()) alerts_->call(hook, std::move(alert));
  }
  changed_.notify_all();
}

// What a run has done is what the flow's books have more at its end than before its first attempt.
void Timetable::note_books(ScheduleOrders& orders) {
  for (ScheduledRun& run : orders.changed) {
    if (run.state != RunState::kRunning || run.books_before) continue;
    const DrivenFlow& flow = flows_.at(run.flow);
    const auto beginning = beginning_now(room_.home, *flow.pipeline, *flow.plan);
    if (!beginning) continue;  // the attempt will say why, where there should be some
    run.books_before = beginning->books;
    run.began_at = beginning->at;
    schedule_->keep_beginning(run.flow, run.instant_us, beginning->books, beginning->at);
    for (ScheduledRun& begun : orders.start) {
      if (begun.flow == run.flow && begun.instant_us == run.instant_us) begun = run;
    }
  }
}

void Timetable::drive(FlowUp& flow) {
  const std::string name = flow.name();
  {
    const std::lock_guard lock(mutex_);
    flows_.at(name).up = &flow;
    schedule_->set_paused(name, false);
  }
  changed_.notify_all();
  std::vector<std::thread> beside;
  for (int64_t i = 1; i < flow.plan().timing.at_once; ++i) beside.emplace_back([&] { work(flow); });
  work(flow);
  for (std::thread& one : beside) one.join();
  give_back(name);
}

void Timetable::work(FlowUp& flow) {
  const std::string name = flow.name();
  while (!flow.halted()) {
    if (const auto run = take(name)) {
      attempt(flow, *run);
    } else {
      show_idle(flow);
    }
  }
}

// The next attempt that is to begin; nullopt: none for now.
std::optional<ScheduledRun> Timetable::take(const std::string& flow) {
  std::unique_lock lock(mutex_);
  std::deque<ScheduledRun>& to_begin = flows_.at(flow).to_begin;
  if (to_begin.empty()) changed_.wait_for(lock, kLookWhileBusy);
  if (to_begin.empty()) return std::nullopt;
  const ScheduledRun run = std::move(to_begin.front());
  to_begin.pop_front();
  return run;
}

// The flow is halted: what was to begin waits, and nothing more begins.
void Timetable::give_back(const std::string& flow) {
  const std::lock_guard lock(mutex_);
  DrivenFlow& driven = flows_.at(flow);
  driven.up = nullptr;
  schedule_->set_paused(flow, true);
  for (const ScheduledRun& run : std::exchange(driven.to_begin, {})) {
    carry_out(schedule_->attempt_ended(flow, run.instant_us, {.kind = AttemptEnd::Kind::kInterrupted}, now()));
  }
}

void Timetable::attempt(FlowUp& flow, const ScheduledRun& run) {
  const auto stop = std::make_shared<std::atomic<bool>>(false);
  {
    const std::lock_guard lock(mutex_);
    attempts_[{run.flow, run.instant_us}] = {.flow = &flow, .stop = stop};
  }
  changed_.notify_all();  // from here on the halt of the flow is looked at more often
  log(run, fmt::format("attempt {} begins; the run is for {} to {}", run.attempt, instant_text(run.window.start_us),
                       instant_text(run.window.end_us)));
  flow.set_state(FlowState::kRunning, run.attempt == 1 ? "" : fmt::format("attempt {}", run.attempt));
  const FlowReport report = flow.run({.run_id = run.runner_id(),
                                      .identified = true,
                                      .window_start_us = run.window.start_us,
                                      .window_end_us = run.window.end_us,
                                      .stop = stop.get()});
  for (const std::string& note : report.notes) log(run, note);
  for (size_t i = 0; i < report.first_faults.size(); ++i) {
    const RecordFault& fault = report.first_faults[i];
    log(run, fmt::format("{}: {}: {}", report.first_places[i], fault.rule, fault.reason), true);
  }
  const AttemptEnd end = attempt_end_of(room_.home, flow.pipeline(), flow.plan(), run, report);
  const std::lock_guard lock(mutex_);
  attempts_.erase({run.flow, run.instant_us});
  ScheduleOrders orders = schedule_->attempt_ended(run.flow, run.instant_us, end, now());
  const auto ended = std::find_if(orders.changed.begin(), orders.changed.end(), [&](const ScheduledRun& one) {
    return one.flow == run.flow && one.instant_us == run.instant_us;
  });
  tell_end(*ended, end, report.seconds);
  carry_out(std::move(orders));
}

void Timetable::tell_end(const ScheduledRun& run, const AttemptEnd& end, double seconds) {
  const bool problem = end.kind == AttemptEnd::Kind::kFailed;
  const std::string text = fmt::format("{}{}{}: {} in {:.1f} s", run_state_name(run.state),
                                       end.error.empty() ? "" : ": ", end.error, end.ledger.text(), seconds);
  log(run, text, problem);
  room_.tell(run.flow, fmt::format("run of {} {}", instant_text(run.instant_us), text), problem);
}

void Timetable::show_idle(FlowUp& flow) {
  std::optional<int64_t> next_us;
  std::string why;
  bool retrying = false;
  {
    const std::lock_guard lock(mutex_);
    const std::string name = flow.name();
    next_us = schedule_->next_instant(name, now());
    why = flows_.at(name).last_failure;
    for (const ScheduledRun& run : schedule_->open_runs(name)) {
      if (run.state == RunState::kRunning) return;  // another thread shows it, or it is about to begin
      if (run.state != RunState::kRetrying) continue;
      retrying = true;
      why = run.error;
    }
  }
  flow.set_state(retrying ? FlowState::kRetrying : FlowState::kIdle, why, next_us);
}

Status Timetable::add(const std::vector<ScheduledRun>& runs) {
  const std::lock_guard lock(mutex_);
  for (const ScheduledRun& run : runs) TRY_STATUS(schedule_->may_add(run));
  for (const ScheduledRun& run : runs) TRY_STATUS(schedule_->add(run));
  do_what_is_due();
  return {};
}

Status Timetable::cancel(const RunName& run) {
  const std::lock_guard lock(mutex_);
  TRY_STATUS(schedule_->cancel(run.flow, run.instant_us));
  do_what_is_due();
  return {};
}

void Timetable::log(const ScheduledRun& run, std::string text, bool problem) {
  logs_->add({.flow = run.flow, .run = run.id(), .attempt = run.attempt, .problem = problem, .text = std::move(text)});
}

}  // namespace millrace
