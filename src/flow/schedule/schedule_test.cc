#include "flow/schedule/schedule.h"

#include <gtest/gtest.h>

#include "data/expr/parse.h"

namespace millrace {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kMinuteUs = 60 * kSecondUs;

int64_t at(std::string_view time) { return *parse_timestamp_us("2026-11-21T" + std::string(time) + "Z"); }

Timing every_minute() { return {.every_us = kMinuteUs, .zone = find_zone("UTC")}; }

// A history in memory, and somebody who does what the orders say.
class Driven : public EndedRuns {
 public:
  explicit Driven(std::vector<ScheduledFlow> flows, std::string_view time = "10:00:00") : flows_(std::move(flows)) {
    now_ = {.wall_us = at(time), .monotonic_us = 0};
    restart();
  }

  std::optional<ScheduledRun> find(std::string_view flow, int64_t instant_us) const override {
    const auto run = history.find({std::string(flow), instant_us});
    return run == history.end() ? std::nullopt : std::optional(run->second);
  }

  void restart() {
    schedule = std::make_unique<Schedule>(flows_, *this, 7);
    std::vector<ScheduledRun> open;
    for (const auto& [key, run] : history) {
      if (!has_ended(run.state)) open.push_back(run);
    }
    schedule->resume(open, places_, now_);
  }
  // Time passes, and what is due is done.
  void pass(int64_t us) {
    now_.wall_us += us;
    now_.monotonic_us += us;
    take(schedule->tick(now_));
  }
  void set_clock(std::string_view time) {
    now_.wall_us = at(time);
    take(schedule->tick(now_));
  }
  void tick() { pass(0); }
  void end(std::string_view flow, std::string_view time, const AttemptEnd& how = {}) {
    take(schedule->attempt_ended(flow, at(time), how, now_));
  }
  ScheduleTime now() const { return now_; }
  // "f@10:00 running" and so on, in their order.
  std::string states() const {
    std::string all;
    for (const auto& [key, run] : history) {
      all += (all.empty() ? "" : ", ") + key.first + "@" + instant_text(key.second).substr(11, 5) + " " +
             std::string(run_state_name(run.state));
    }
    return all;
  }
  const ScheduledRun& run(std::string_view flow, std::string_view time) const {
    return history.at({std::string(flow), at(time)});
  }

  std::unique_ptr<Schedule> schedule;
  std::map<std::pair<std::string, int64_t>, ScheduledRun> history;
  std::vector<std::string> started, stopped, alerts;

 private:
  void take(const ScheduleOrders& orders) {
    for (const ScheduledRun& run : orders.changed) history[{run.flow, run.instant_us}] = run;
    for (const auto& [flow, place] : orders.places) places_[flow] = place;
    for (const ScheduledRun& run : orders.start) started.push_back(run.id().substr(0, run.id().size() - 4));
    for (const ScheduledRun& run : orders.stop) stopped.push_back(run.id());
    for (const RunAlert& alert : orders.alerts) alerts.push_back(alert.reason + " " + alert.run.id());
  }

  std::vector<ScheduledFlow> flows_;
  std::map<std::string, SchedulePlace> places_;
  ScheduleTime now_;
};

const AttemptEnd kAway{.kind = AttemptEnd::Kind::kFailed, .retryable = true, .error = "the API is away"};
const AttemptEnd kWrong{.kind = AttemptEnd::Kind::kFailed, .retryable = false, .error = "a check said stop"};
const AttemptEnd kInterrupted{.kind = AttemptEnd::Kind::kInterrupted};

TEST(Schedule, AFlowWithEveryRunsAtOnceAndThenAtEachInstant) {
  Driven driven({{"f", every_minute()}}, "10:00:30");
  driven.tick();
  EXPECT_EQ(driven.states(), "f@10:00 running");
  EXPECT_EQ(driven.run("f", "10:00:00").window.start_us, at("09:59:00"));
  EXPECT_EQ(driven.schedule->idle_us(driven.now()), 30 * kSecondUs);
  driven.end("f", "10:00:00");
  driven.pass(29 * kSecondUs);
  EXPECT_EQ(driven.states(), "f@10:00 succeeded");
  driven.pass(kSecondUs);
  EXPECT_EQ(driven.states(), "f@10:00 succeeded, f@10:01 running");
}

TEST(Schedule, ATimeOfDayWaitsUntilItComesAlsoOverARestart) {
  std::vector<CronMistake> mistakes;
  Driven driven({{"f", {.cron = Cron::parse("0 11 * * *", mistakes), .zone = find_zone("UTC")}}});
  driven.tick();
  EXPECT_EQ(driven.states(), "");
  driven.set_clock("11:30:00");  // nothing ran when its time came
  driven.restart();
  driven.tick();
  EXPECT_EQ(driven.states(), "f@11:00 running");
}

TEST(Schedule, OnlyTheLatestMissedInstantRuns) {
  Driven driven({{"f", every_minute()}});
  driven.tick();
  driven.end("f", "10:00:00");
  driven.pass(5 * kMinuteUs);
  EXPECT_EQ(driven.states(), "f@10:00 succeeded, f@10:05 running");
  EXPECT_EQ(driven.run("f", "10:05:00").missed, 4);
}

TEST(Schedule, CatchingUpRunsThemAllOneBehindTheOther) {
  Timing timing = every_minute();
  timing.catch_up = true;
  Driven driven({{"f", timing}});
  driven.tick();
  driven.end("f", "10:00:00");
  driven.pass(3 * kMinuteUs);
  EXPECT_EQ(driven.states(), "f@10:00 succeeded, f@10:01 running, f@10:02 due, f@10:03 due");
  driven.end("f", "10:01:00");
  driven.tick();
  EXPECT_EQ(driven.states(), "f@10:00 succeeded, f@10:01 succeeded, f@10:02 running, f@10:03 due");
}

TEST(Schedule, CatchingUpBeginsAtTheStart) {
  Timing timing = every_minute();
  timing.catch_up = true;
  timing.start_us = at("09:58:00");
  Driven driven({{"f", timing}});
  driven.tick();
  EXPECT_EQ(driven.states(), "f@09:58 running, f@09:59 due, f@10:00 due");
}

TEST(Schedule, ARunThatTakesLongIsOvertakenByTheLatest) {
  Driven driven({{"f", every_minute()}});
  driven.tick();
  driven.pass(kMinuteUs);
  driven.pass(kMinuteUs);
  EXPECT_EQ(driven.states(), "f@10:00 running, f@10:01 skipped, f@10:02 due");
  EXPECT_EQ(driven.run("f", "10:01:00").error, "a later run was due before this one could begin");
  EXPECT_TRUE(driven.alerts.empty());
}

TEST(Schedule, SeveralRunsMayGoSideBySide) {
  Timing timing = every_minute();
  timing.at_once = 2;
  Driven driven({{"f", timing}});
  driven.tick();
  driven.pass(kMinuteUs);
  driven.pass(kMinuteUs);
  EXPECT_EQ(driven.states(), "f@10:00 running, f@10:01 running, f@10:02 due");
}

TEST(Schedule, WhatMayPassIsTriedAgainAfterLongerAndLongerWaits) {
  Timing timing = every_minute();
  timing.retry = {.attempts = 4, .backoff_us = 2 * kSecondUs, .backoff_max_us = 5 * kSecondUs};
  Driven driven({{"f", timing}});
  driven.tick();
  for (const int64_t wait_us : {2 * kSecondUs, 4 * kSecondUs, 5 * kSecondUs}) {
    driven.end("f", "10:00:00", kAway);
    EXPECT_EQ(driven.run("f", "10:00:00").state, RunState::kRetrying);
    const int64_t idle_us = driven.schedule->idle_us(driven.now());
    EXPECT_GE(idle_us, wait_us / 2);
    EXPECT_LE(idle_us, wait_us);
    driven.pass(idle_us - 1);
    EXPECT_EQ(driven.run("f", "10:00:00").state, RunState::kRetrying);
    driven.pass(1);
    EXPECT_EQ(driven.run("f", "10:00:00").state, RunState::kRunning);
  }
  driven.end("f", "10:00:00", kAway);
  EXPECT_EQ(driven.run("f", "10:00:00").state, RunState::kFailed);
  EXPECT_EQ(driven.run("f", "10:00:00").attempt, 4);
  EXPECT_EQ(driven.run("f", "10:00:00").error, "the API is away");
  EXPECT_EQ(driven.alerts, (std::vector<std::string>{"failed f@2026-11-21T10:00:00Z"}));
}

TEST(Schedule, WhatStaysWrongIsNotTriedAgain) {
  Driven driven({{"f", every_minute()}});
  driven.tick();
  driven.end("f", "10:00:00", kWrong);
  EXPECT_EQ(driven.states(), "f@10:00 failed");
}

TEST(Schedule, ARunThatWaitsToBeTriedAgainKeepsItsPlace) {
  Timing timing = every_minute();
  timing.retry = {.attempts = 3, .backoff_us = 10 * kMinuteUs, .backoff_max_us = 10 * kMinuteUs};
  Driven driven({{"f", timing}});
  driven.tick();
  driven.end("f", "10:00:00", kAway);
  driven.pass(kMinuteUs);
  EXPECT_EQ(driven.states(), "f@10:00 retrying, f@10:01 due");
}

TEST(Schedule, ARunThatWasUnderWayWhenTheProcessDiedGoesOnFirst) {
  Driven driven({{"f", every_minute()}});
  driven.tick();
  driven.set_clock("10:07:00");
  driven.restart();
  driven.tick();
  EXPECT_EQ(driven.run("f", "10:00:00").state, RunState::kRunning);
  EXPECT_EQ(driven.run("f", "10:00:00").attempt, 2);
  EXPECT_EQ(driven.run("f", "10:07:00").state, RunState::kDue);
  EXPECT_EQ(driven.started, (std::vector<std::string>{"f@2026-11-21T10:00", "f@2026-11-21T10:00"}));
}

TEST(Schedule, AnInterruptedRunGoesOnAndHasNotFailed) {
  Timing timing = every_minute();
  timing.retry.attempts = 1;
  Driven driven({{"f", timing}});
  driven.tick();
  driven.end("f", "10:00:00", kInterrupted);
  EXPECT_EQ(driven.states(), "f@10:00 due");
  driven.restart();
  driven.tick();
  EXPECT_EQ(driven.states(), "f@10:00 running");
  driven.end("f", "10:00:00");
  EXPECT_EQ(driven.states(), "f@10:00 succeeded");
}

TEST(Schedule, ARunThatTakesTooLongIsStoppedAndHasTimedOut) {
  Timing timing = every_minute();
  timing.timeout_us = 90 * kSecondUs;
  Driven driven({{"f", timing}});
  driven.tick();
  driven.pass(89 * kSecondUs);
  EXPECT_TRUE(driven.stopped.empty());
  driven.pass(kSecondUs);
  EXPECT_EQ(driven.stopped, (std::vector<std::string>{"f@2026-11-21T10:00:00Z"}));
  driven.pass(kSecondUs);
  EXPECT_EQ(driven.stopped.size(), 1U);
  driven.end("f", "10:00:00", kInterrupted);
  EXPECT_EQ(driven.run("f", "10:00:00").state, RunState::kTimedOut);
  EXPECT_EQ(driven.run("f", "10:00:00").error, "it took longer than its timeout");
  EXPECT_EQ(driven.alerts, (std::vector<std::string>{"timed_out f@2026-11-21T10:00:00Z"}));
}

TEST(Schedule, ADeadlineIsToldOnceAndTheRunGoesOnAlsoOverARestart) {
  Timing timing = every_minute();
  timing.deadline_us = 30 * kSecondUs;
  Driven driven({{"f", timing}});
  driven.tick();
  driven.pass(29 * kSecondUs);
  EXPECT_TRUE(driven.alerts.empty());
  driven.pass(kSecondUs);
  driven.pass(kSecondUs);
  driven.restart();
  driven.tick();
  EXPECT_EQ(driven.alerts, (std::vector<std::string>{"deadline f@2026-11-21T10:00:00Z"}));
  driven.end("f", "10:00:00");
  EXPECT_EQ(driven.states(), "f@10:00 succeeded");
}

TEST(Schedule, AFlowAfterOthersRunsOncePerInstantWhenTheyHaveSucceeded) {
  Driven driven({{"a", every_minute()}, {"b", every_minute()}, {"c", {.after = {"a", "b"}}}});
  driven.tick();
  driven.end("a", "10:00:00");
  EXPECT_EQ(driven.states(), "a@10:00 succeeded, b@10:00 running");
  driven.end("b", "10:00:00");
  driven.tick();
  EXPECT_EQ(driven.states(), "a@10:00 succeeded, b@10:00 succeeded, c@10:00 running");
  EXPECT_EQ(driven.run("c", "10:00:00").window.start_us, at("09:59:00"));
}

TEST(Schedule, WhatComesAfterAFailureIsSkippedUntilThatIsMadeGood) {
  Driven driven({{"a", every_minute()}, {"b", {.after = {"a"}}}, {"c", {.after = {"b"}}}});
  driven.tick();
  driven.end("a", "10:00:00", kWrong);
  EXPECT_EQ(driven.states(), "a@10:00 failed, b@10:00 skipped, c@10:00 skipped");
  EXPECT_EQ(driven.run("b", "10:00:00").error, "flow a has no successful run of this time");
  EXPECT_EQ(driven.alerts.size(), 3U);
  ASSERT_TRUE(driven.schedule->add(cleared_run(driven.run("a", "10:00:00"), driven.now().wall_us)).ok());
  driven.tick();
  EXPECT_EQ(driven.run("a", "10:00:00").runner_id(), "a@2026-11-21T10:00:00Z#2");
  driven.end("a", "10:00:00");
  driven.tick();
  EXPECT_EQ(driven.states(), "a@10:00 succeeded, b@10:00 running, c@10:00 skipped");
  driven.end("b", "10:00:00");
  driven.tick();
  EXPECT_EQ(driven.states(), "a@10:00 succeeded, b@10:00 succeeded, c@10:00 running");
}

TEST(Schedule, AFlowWithTimesOfItsOwnWaitsForTheOthersAndSkipsWhatTheyNeverRun) {
  Timing late = every_minute();
  late.after = {"a"};
  Timing rare = {.every_us = 2 * kMinuteUs, .zone = find_zone("UTC")};
  Driven driven({{"a", rare}, {"b", late}});
  driven.tick();
  EXPECT_EQ(driven.states(), "a@10:00 running, b@10:00 due");
  driven.pass(kMinuteUs);
  EXPECT_EQ(driven.states(), "a@10:00 running, b@10:00 due, b@10:01 skipped");
  driven.end("a", "10:00:00");
  driven.tick();
  EXPECT_EQ(driven.run("b", "10:00:00").state, RunState::kRunning);
}

TEST(Schedule, AClockThatIsSetBackDoublesNothing) {
  Driven driven({{"f", every_minute()}});
  driven.tick();
  driven.end("f", "10:00:00");
  driven.pass(kMinuteUs);
  driven.end("f", "10:01:00");
  driven.set_clock("10:00:00");
  driven.set_clock("10:00:01");
  driven.set_clock("10:01:30");
  EXPECT_EQ(driven.states(), "f@10:00 succeeded, f@10:01 succeeded");
  driven.set_clock("10:02:00");
  EXPECT_EQ(driven.states(), "f@10:00 succeeded, f@10:01 succeeded, f@10:02 running");
}

TEST(Schedule, AClockThatIsSetBackBehindTheBeginningBeginsAgain) {
  Driven driven({{"f", every_minute()}});
  driven.tick();
  driven.end("f", "10:00:00");
  driven.set_clock("08:00:30");
  EXPECT_EQ(driven.states(), "f@08:00 running, f@10:00 succeeded");
}

TEST(Schedule, AClockThatWasWrongForAWhileStopsNoFlow) {
  for (const bool catch_up : {false, true}) {
    Timing timing = every_minute();
    timing.catch_up = catch_up;
    Driven driven({{"f", timing}});
    driven.tick();
    driven.end("f", "10:00:00");
    driven.set_clock("18:00:00");
    for (const ScheduledRun& run : driven.schedule->open_runs("f")) {
      driven.tick();
      driven.end("f", instant_text(run.instant_us).substr(11, 8));
    }
    const size_t runs = driven.history.size();
    EXPECT_EQ(runs, catch_up ? 481U : 2U);
    driven.set_clock("10:03:10");
    EXPECT_EQ(driven.history.size(), catch_up ? runs : runs + 1);
    EXPECT_TRUE(driven.history.contains({"f", at("10:03:00")}));
    driven.restart();
    driven.tick();
    EXPECT_EQ(driven.history.size(), catch_up ? runs : runs + 1);
  }
}

TEST(Schedule, RunsThatSomebodyAskedForAreNotOvertakenAndWaitForNobody) {
  Timing timing = every_minute();
  timing.after = {"a"};
  Driven driven({{"a", every_minute()}, {"f", timing}});
  driven.tick();
  const ScheduledFlow flow{"f", timing};
  for (const std::string_view time : {"08:00:00", "08:01:00"}) {
    ASSERT_TRUE(driven.schedule->add(make_run(flow, at(time), RunCause::kBackfill, driven.now().wall_us)).ok());
  }
  const Status again = driven.schedule->add(make_run(flow, at("08:00:00"), RunCause::kTrigger, 0));
  EXPECT_EQ(again.error().message(), "run f@2026-11-21T08:00:00Z is due already");
  EXPECT_EQ(driven.schedule->add({.flow = "g"}).error().message(), "there is no scheduled flow g");
  driven.tick();
  EXPECT_EQ(driven.states(), "a@10:00 running, f@08:00 running, f@08:01 due, f@10:00 due");
}

TEST(Schedule, WhatIsCancelledIsStoppedFirst) {
  Driven driven({{"f", every_minute()}});
  driven.tick();
  driven.pass(kMinuteUs);
  ASSERT_TRUE(driven.schedule->cancel("f", at("10:00:00")).ok());
  ASSERT_TRUE(driven.schedule->cancel("f", at("10:01:00")).ok());
  driven.tick();
  EXPECT_EQ(driven.stopped.size(), 1U);
  EXPECT_EQ(driven.states(), "f@10:00 running, f@10:01 cancelled");
  driven.end("f", "10:00:00", kInterrupted);
  EXPECT_EQ(driven.states(), "f@10:00 cancelled, f@10:01 cancelled");
  EXPECT_EQ(driven.schedule->cancel("f", at("10:00:00")).error().message(),
            "run f@2026-11-21T10:00:00Z is not due and not under way");
}

TEST(Schedule, APausedFlowBeginsNothingAndThenItsLatestRun) {
  Driven driven({{"f", every_minute()}});
  driven.tick();
  driven.end("f", "10:00:00");
  driven.schedule->set_paused("f", true);
  ASSERT_TRUE(driven.schedule->add(make_run({"f", every_minute()}, at("08:00:00"), RunCause::kTrigger, 0)).ok());
  driven.pass(3 * kMinuteUs);
  EXPECT_EQ(driven.states(), "f@08:00 due, f@10:00 succeeded");
  driven.schedule->set_paused("f", false);
  driven.tick();
  EXPECT_EQ(driven.states(), "f@08:00 running, f@10:00 succeeded, f@10:03 due");
  EXPECT_EQ(driven.run("f", "10:03:00").missed, 2);
}

TEST(Schedule, APausedFlowThatCatchesUpForgetsNone) {
  Timing timing = every_minute();
  timing.catch_up = true;
  Driven driven({{"f", timing}});
  driven.schedule->set_paused("f", true);
  driven.tick();
  driven.pass(kMinuteUs);
  EXPECT_EQ(driven.states(), "f@10:00 due, f@10:01 due");
}

TEST(Schedule, WhatComesAfterAFastFlowHasALimitToo) {
  Timing fast = {.every_us = kSecondUs, .zone = find_zone("UTC")};
  Driven driven({{"a", fast}, {"b", {.after = {"a"}}}});
  driven.schedule->set_paused("b", true);
  driven.tick();
  for (size_t i = 0; i <= kOpenRunsMax; ++i) {
    driven.end("a", instant_text(driven.now().wall_us).substr(11, 8));
    driven.pass(kSecondUs);
  }
  EXPECT_EQ(driven.schedule->open_runs("b").size(), kOpenRunsMax);
  const ScheduledRun last = *driven.find("b", driven.now().wall_us - kSecondUs);
  EXPECT_EQ(last.state, RunState::kSkipped);
  EXPECT_EQ(last.error, "1000 runs of the flow wait already");
}

TEST(Schedule, OpenRunsHaveALimitAndTheInstantsBehindItWait) {
  Timing timing = {.every_us = kSecondUs, .zone = find_zone("UTC"), .catch_up = true};
  Driven driven({{"f", timing}});
  driven.tick();
  driven.end("f", "10:00:00");
  driven.pass(2'000 * kSecondUs);
  EXPECT_EQ(driven.schedule->open_runs("f").size(), kOpenRunsMax);
  const int64_t first_us = at("10:00:00");
  for (int64_t i = 1; i <= 2'000; ++i) {
    driven.end("f", instant_text(first_us + i * kSecondUs).substr(11, 8));
    driven.tick();
  }
  EXPECT_EQ(driven.history.size(), 2'001U);
  EXPECT_TRUE(driven.schedule->open_runs("f").empty());
}

}  // namespace
}  // namespace millrace
