#include "flow/schedule/schedule.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.h"

namespace millrace {

ScheduledRun make_run(const ScheduledFlow& flow, int64_t instant_us, RunCause cause, int64_t wall_us) {
  return {.flow = flow.name,
          .instant_us = instant_us,
          .window = Instants(flow.timing).window(instant_us),
          .cause = cause,
          .due_us = wall_us};
}

ScheduledRun cleared_run(ScheduledRun run, int64_t wall_us) {
  return {.flow = run.flow,
          .instant_us = run.instant_us,
          .window = run.window,
          .cause = RunCause::kClear,
          .generation = run.generation + 1,
          .due_us = wall_us,
          .missed = run.missed};
}

Schedule::Schedule(std::vector<ScheduledFlow> flows, const EndedRuns& ended, uint64_t seed)
    : ended_(ended), random_(seed) {
  for (ScheduledFlow& flow : flows) {
    Instants instants(flow.timing);
    for (const std::string& name : flow.timing.after) {
      Flow* upstream = find(name);
      MILLRACE_ASSERT(upstream != nullptr, "a flow comes after one that is not in front of it: " + name);
      upstream->followers.push_back(flows_.size());
    }
    flows_.push_back({.about = std::move(flow), .instants = std::move(instants)});
  }
}

void Schedule::resume(const std::vector<ScheduledRun>& open, const std::map<std::string, SchedulePlace>& places,
                      ScheduleTime now) {
  for (Flow& flow : flows_) {
    const auto place = places.find(flow.about.name);
    if (place == places.end()) continue;
    flow.place = place->second;
    flow.begun = true;
    places_told_[flow.about.name] = flow.place;
  }
  for (const ScheduledRun& run : open) {
    Flow* flow = find(run.flow);
    if (flow == nullptr || has_ended(run.state)) continue;
    OpenRun& resumed = flow->open[run.instant_us];
    resumed.run = run;
    if (run.state == RunState::kRetrying) {
      resumed.retry_at_us = now.monotonic_us;
    } else {
      resumed.run.state = RunState::kDue;
    }
  }
}

ScheduleOrders Schedule::tick(ScheduleTime now) {
  for (Flow& flow : flows_) plan(flow, now.wall_us);
  for (Flow& flow : flows_) watch(flow, now);
  for (Flow& flow : flows_) start_due(flow, now);
  return give_orders();
}

// Where a flow begins that has never run. One with `every` runs at once; a time of day waits until it comes.
void Schedule::begin(Flow& flow, int64_t wall_us) const {
  const Timing& timing = flow.about.timing;
  int64_t first_us = wall_us;
  if (timing.catch_up && timing.start_us) {
    first_us = std::min(first_us, *timing.start_us - 1);
  } else if (timing.every_us) {
    first_us = flow.instants.latest(wall_us).value_or(wall_us + 1) - 1;
  }
  flow.place = {.first_us = first_us, .planned_us = first_us};
  flow.begun = true;
}

// The wall clock has been set back behind what is planned already. Whatever has a run keeps it and gets no other.
void Schedule::turn_back(Flow& flow, int64_t wall_us) const {
  if (wall_us < flow.place.first_us) return begin(flow, wall_us);
  flow.place.planned_us = wall_us;
  const size_t steps_max = flow.about.timing.catch_up ? kOpenRunsMax : 1;
  for (size_t i = 0; i < steps_max; ++i) {
    const auto latest = flow.instants.latest(flow.place.planned_us);
    if (!latest || *latest <= flow.place.first_us || look_up(flow, *latest)) break;
    flow.place.planned_us = *latest - 1;
  }
}

void Schedule::plan(Flow& flow, int64_t wall_us) {
  if (!flow.about.timing.has_instants()) return;
  // Of a flow that is paused the latest instant is looked for once it goes on.
  if (flow.paused && !flow.about.timing.catch_up) return;
  if (!flow.begun) begin(flow, wall_us);
  if (flow.place.planned_us > wall_us) turn_back(flow, wall_us);
  if (flow.about.timing.catch_up) {
    for (auto at = flow.instants.after(flow.place.planned_us); at && *at <= wall_us; at = flow.instants.after(*at)) {
      if (flow.open.size() >= kOpenRunsMax) return;
      make_due(flow, *at, 0, wall_us);
    }
    return;
  }
  const auto latest = flow.instants.latest(wall_us);
  if (!latest || *latest <= flow.place.planned_us || flow.open.size() >= kOpenRunsMax) return;
  make_due(flow, *latest, flow.instants.count_between(flow.place.planned_us, *latest, kMissedCountMax), wall_us);
}

void Schedule::make_due(Flow& flow, int64_t instant_us, int64_t missed, int64_t wall_us) {
  flow.place.planned_us = instant_us;
  if (look_up(flow, instant_us)) return;
  ScheduledRun run = make_run(flow.about, instant_us, RunCause::kSchedule, wall_us);
  run.missed = missed;
  changed(run);
  flow.open[instant_us].run = std::move(run);
}

// Time-outs, deadlines, and runs that wait for what will not come.
void Schedule::watch(Flow& flow, ScheduleTime now) {
  const Timing& timing = flow.about.timing;
  std::vector<std::pair<int64_t, std::pair<RunState, std::string>>> ends;
  for (auto& [instant_us, open] : flow.open) {
    ScheduledRun& run = open.run;
    const int64_t since_us = run.cause == RunCause::kSchedule ? run.instant_us : run.due_us;
    if (timing.deadline_us && !run.late && now.wall_us - since_us >= *timing.deadline_us) {
      run.late = true;
      changed(run);
      alerts_.push_back({run, "deadline"});
    }
    if (open.timeout_at_us && now.monotonic_us >= *open.timeout_at_us && !open.stopping_as) {
      open.stopping_as = RunState::kTimedOut;
      if (run.state == RunState::kRunning) stopped_.emplace_back(run.flow, instant_us);
    }
    std::string who;
    if (open.stopping_as && run.state != RunState::kRunning) {
      ends.push_back({instant_us, {*open.stopping_as, run.error}});
    } else if (run.cause == RunCause::kSchedule && run.attempt == 0 &&
               prospect_of_all(flow, instant_us, &who) == Prospect::kNever) {
      ends.push_back(
          {instant_us, {RunState::kSkipped, fmt::format("flow {} has no successful run of this time", who)}});
    }
  }
  for (auto& [instant_us, how] : ends) end(flow, instant_us, how.first, std::move(how.second), now.wall_us);
}

void Schedule::start_due(Flow& flow, ScheduleTime now) {
  if (flow.paused) return;
  const Timing& timing = flow.about.timing;
  int64_t under_way = 0;
  std::vector<OpenRun*> ready;
  for (auto& [instant_us, open] : flow.open) {
    const bool begun = open.run.attempt > 0;
    if (open.run.state == RunState::kRunning) {
      ++under_way;
    } else if (begun) {
      ready.push_back(&open);
    }
  }
  // What has begun goes on before anything else begins, and keeps its place while it waits to be tried again.
  std::vector<OpenRun*> fresh;
  for (auto& [instant_us, open] : flow.open) {
    if (open.run.attempt > 0) continue;
    if (open.run.cause != RunCause::kSchedule || prospect_of_all(flow, instant_us, nullptr) == Prospect::kSucceeded) {
      fresh.push_back(&open);
    }
  }
  for (OpenRun* open : ready) {
    if (under_way >= timing.at_once) return;
    ++under_way;
    if (open->run.state == RunState::kDue || now.monotonic_us >= open->retry_at_us) start(flow, *open, now);
  }
  std::vector<int64_t> overtaken;
  if (!timing.catch_up && timing.has_instants()) {
    OpenRun* newest = nullptr;
    for (OpenRun* open : fresh) {
      if (open->run.cause != RunCause::kSchedule) continue;
      if (newest != nullptr) overtaken.push_back(newest->run.instant_us);
      newest = open;
    }
    std::erase_if(fresh, [&](const OpenRun* open) {
      return std::find(overtaken.begin(), overtaken.end(), open->run.instant_us) != overtaken.end();
    });
  }
  for (OpenRun* open : fresh) {
    if (under_way >= timing.at_once) break;
    ++under_way;
    start(flow, *open, now);
  }
  for (const int64_t instant_us : overtaken) {
    end(flow, instant_us, RunState::kSkipped, "a later run was due before this one could begin", now.wall_us);
  }
}

void Schedule::start(Flow& flow, OpenRun& open, ScheduleTime now) {
  ScheduledRun& run = open.run;
  ++run.attempt;
  run.state = RunState::kRunning;
  if (run.started_us == 0) run.started_us = now.wall_us;
  if (flow.about.timing.timeout_us && !open.timeout_at_us) {
    open.timeout_at_us = now.monotonic_us + *flow.about.timing.timeout_us;
  }
  changed(run);
  started_.emplace_back(run.flow, run.instant_us);
}

ScheduleOrders Schedule::attempt_ended(std::string_view flow_name, int64_t instant_us, const AttemptEnd& end_of,
                                       ScheduleTime now) {
  Flow* flow = find(flow_name);
  MILLRACE_ASSERT(flow != nullptr && flow->open.contains(instant_us), "an attempt ended that was none");
  OpenRun& open = flow->open[instant_us];
  MILLRACE_ASSERT(open.run.state == RunState::kRunning, "an attempt ended that did not run");
  open.run.ledger = end_of.ledger;
  open.run.error = end_of.error;
  if (end_of.kind == AttemptEnd::Kind::kSucceeded) {
    end(*flow, instant_us, RunState::kSucceeded, "", now.wall_us);
  } else if (open.stopping_as) {
    end(*flow, instant_us, *open.stopping_as,
        *open.stopping_as == RunState::kTimedOut ? "it took longer than its timeout" : end_of.error, now.wall_us);
  } else if (end_of.kind == AttemptEnd::Kind::kInterrupted) {
    open.run.state = RunState::kDue;
    changed(open.run);
  } else {
    failed_attempt(*flow, open, end_of, now);
  }
  return give_orders();
}

void Schedule::failed_attempt(Flow& flow, OpenRun& open, const AttemptEnd& end_of, ScheduleTime now) {
  ScheduledRun& run = open.run;
  ++run.failures;
  const Retry& retry = flow.about.timing.retry;
  if (!end_of.retryable || run.failures >= retry.attempts) {
    return end(flow, run.instant_us, RunState::kFailed, end_of.error, now.wall_us);
  }
  run.state = RunState::kRetrying;
  open.retry_at_us = now.monotonic_us + retry_wait_us(retry, run.failures, random_);
  changed(run);
}

void Schedule::end(Flow& flow, int64_t instant_us, RunState state, std::string error, int64_t wall_us) {
  ScheduledRun run = std::move(flow.open.at(instant_us).run);
  flow.open.erase(instant_us);
  run.state = state;
  run.error = std::move(error);
  run.ended_us = wall_us;
  changed(run);
  const bool for_want_of_others = state == RunState::kSkipped && !flow.about.timing.after.empty();
  if (state == RunState::kFailed || state == RunState::kTimedOut || for_want_of_others) {
    alerts_.push_back({run, std::string(run_state_name(state))});
  }
  tell_followers(flow, run, wall_us);
}

void Schedule::tell_followers(const Flow& flow, const ScheduledRun& run, int64_t wall_us) {
  for (const size_t follower : flow.followers) follow(flows_[follower], run, wall_us);
}

// Runs that wait are looked at by tick(); here are those that there is none of, and those that were skipped too soon.
void Schedule::follow(Flow& follower, const ScheduledRun& run, int64_t wall_us) {
  const auto known = look_up(follower, run.instant_us);
  if (known && known->state != RunState::kSkipped) return;
  const Prospect prospect = prospect_of_all(follower, run.instant_us, nullptr);
  ScheduledRun next{.flow = follower.about.name,
                    .instant_us = run.instant_us,
                    .window = run.window,
                    .cause = run.cause,
                    .due_us = wall_us};
  if (known) {
    if (prospect != Prospect::kSucceeded) return;
    next.generation = known->generation;
    next.late = known->late;
  } else if (follower.about.timing.has_instants() || prospect == Prospect::kComing) {
    return;
  }
  changed(next);
  follower.open[run.instant_us].run = next;
  if (prospect == Prospect::kNever) {
    end(follower, run.instant_us, RunState::kSkipped,
        fmt::format("flow {} has no successful run of this time", run.flow), wall_us);
  } else if (follower.open.size() > kOpenRunsMax) {
    end(follower, run.instant_us, RunState::kSkipped, fmt::format("{} runs of the flow wait already", kOpenRunsMax),
        wall_us);
  }
}

Schedule::Prospect Schedule::prospect_of_all(const Flow& flow, int64_t instant_us, std::string* who) const {
  Prospect all = Prospect::kSucceeded;
  for (const std::string& name : flow.about.timing.after) {
    const Prospect one = prospect(*find(name), instant_us);
    if (one == Prospect::kNever && who != nullptr) *who = name;
    all = std::max(all, one);
  }
  return all;
}

Schedule::Prospect Schedule::prospect(const Flow& flow, int64_t instant_us) const {
  if (const auto run = look_up(flow, instant_us)) {
    if (!has_ended(run->state)) return Prospect::kComing;
    return run->state == RunState::kSucceeded ? Prospect::kSucceeded : Prospect::kNever;
  }
  if (flow.about.timing.has_instants()) {
    const bool to_come = instant_us > flow.place.planned_us && flow.instants.has(instant_us);
    return to_come ? Prospect::kComing : Prospect::kNever;
  }
  if (flow.about.timing.after.empty()) return Prospect::kNever;
  return prospect_of_all(flow, instant_us, nullptr) == Prospect::kNever ? Prospect::kNever : Prospect::kComing;
}

Status Schedule::may_add(const ScheduledRun& run) const {
  const Flow* flow = find(run.flow);
  if (flow == nullptr) return Error(ErrorCode::kNotFound, fmt::format("there is no scheduled flow {}", run.flow));
  const auto open = flow->open.find(run.instant_us);
  if (open == flow->open.end()) return {};
  return Error(ErrorCode::kAlreadyExists,
               fmt::format("run {} is {} already", run.id(), run_state_name(open->second.run.state)));
}

Status Schedule::add(ScheduledRun run) {
  TRY_STATUS(may_add(run));
  changed(run);
  find(run.flow)->open[run.instant_us].run = std::move(run);
  return {};
}

Status Schedule::cancel(std::string_view flow_name, int64_t instant_us) {
  Flow* flow = find(flow_name);
  if (flow == nullptr || !flow->open.contains(instant_us)) {
    return Error(ErrorCode::kNotFound,
                 fmt::format("run {} is not due and not under way", run_id_text(flow_name, instant_us)));
  }
  OpenRun& open = flow->open.at(instant_us);
  open.stopping_as = RunState::kCancelled;
  if (open.run.state == RunState::kRunning) stopped_.emplace_back(open.run.flow, instant_us);
  return {};
}

void Schedule::keep_beginning(std::string_view flow_name, int64_t instant_us, const Ledger& books,
                              std::string began_at) {
  Flow* flow = find(flow_name);
  MILLRACE_ASSERT(flow != nullptr && flow->open.contains(instant_us), flow_name);
  ScheduledRun& run = flow->open.at(instant_us).run;
  run.books_before = books;
  run.began_at = std::move(began_at);
}

void Schedule::set_paused(std::string_view flow_name, bool paused) {
  Flow* flow = find(flow_name);
  MILLRACE_ASSERT(flow != nullptr, flow_name);
  flow->paused = paused;
}

int64_t Schedule::idle_us(ScheduleTime now) const {
  int64_t idle_us = INT64_MAX;
  const auto until = [&](int64_t at_us, int64_t now_us) { idle_us = std::clamp<int64_t>(at_us - now_us, 0, idle_us); };
  for (const Flow& flow : flows_) {
    if (flow.open.size() < kOpenRunsMax && !flow.paused) {
      if (const auto next = next_instant(flow.about.name, now)) until(*next, now.wall_us);
    }
    const auto& deadline_us = flow.about.timing.deadline_us;
    for (const auto& [instant_us, open] : flow.open) {
      const int64_t since_us = open.run.cause == RunCause::kSchedule ? instant_us : open.run.due_us;
      if (deadline_us && !open.run.late) until(since_us + *deadline_us, now.wall_us);
      if (open.timeout_at_us && !open.stopping_as) until(*open.timeout_at_us, now.monotonic_us);
      if (open.run.state == RunState::kRetrying && !flow.paused) until(open.retry_at_us, now.monotonic_us);
    }
  }
  return idle_us;
}

std::vector<ScheduledRun> Schedule::open_runs(std::string_view flow_name) const {
  std::vector<ScheduledRun> runs;
  const Flow* flow = find(flow_name);
  MILLRACE_ASSERT(flow != nullptr, flow_name);
  for (const auto& [instant_us, open] : flow->open) runs.push_back(open.run);
  return runs;
}

std::optional<int64_t> Schedule::next_instant(std::string_view flow_name, ScheduleTime now) const {
  const Flow* flow = find(flow_name);
  if (flow == nullptr || !flow->about.timing.has_instants()) return std::nullopt;
  return flow->instants.after(flow->begun ? std::min(flow->place.planned_us, now.wall_us) : now.wall_us);
}

Schedule::Flow* Schedule::find(std::string_view flow) {
  const auto found =
      std::find_if(flows_.begin(), flows_.end(), [&](const Flow& one) { return one.about.name == flow; });
  return found == flows_.end() ? nullptr : &*found;
}

const Schedule::Flow* Schedule::find(std::string_view flow) const { return const_cast<Schedule*>(this)->find(flow); }

std::optional<ScheduledRun> Schedule::look_up(const Flow& flow, int64_t instant_us) const {
  if (const auto open = flow.open.find(instant_us); open != flow.open.end()) return open->second.run;
  const auto now = changed_.find({flow.about.name, instant_us});
  return now != changed_.end() ? now->second : ended_.find(flow.about.name, instant_us);
}

void Schedule::changed(const ScheduledRun& run) { changed_[{run.flow, run.instant_us}] = run; }

ScheduleOrders Schedule::give_orders() {
  ScheduleOrders orders{.alerts = std::exchange(alerts_, {})};
  for (auto& [key, run] : std::exchange(changed_, {})) orders.changed.push_back(std::move(run));
  for (const Flow& flow : flows_) {
    if (!flow.begun) continue;
    SchedulePlace& told = places_told_[flow.about.name];
    if (told == flow.place) continue;
    told = flow.place;
    orders.places.emplace_back(flow.about.name, flow.place);
  }
  for (const auto& [flow, instant_us] : std::exchange(started_, {})) {
    orders.start.push_back(find(flow)->open.at(instant_us).run);
  }
  for (const auto& [flow, instant_us] : std::exchange(stopped_, {})) {
    orders.stop.push_back(find(flow)->open.at(instant_us).run);
  }
  return orders;
}

}  // namespace millrace
