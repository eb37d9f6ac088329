#include "connect/home/run_history.h"

#include <gtest/gtest.h>

#include "data/expr/parse.h"
#include "flow/query/select.h"
#include "store/tables/tables_testing.h"

namespace millrace {
namespace {

int64_t at(std::string_view time) { return *parse_timestamp_us("2026-11-21T" + std::string(time) + "Z"); }

class RunHistoryTest : public ::testing::Test {
 protected:
  RunHistoryTest() : clock_(at("10:00:00")) { reopen(); }

  void reopen() {
    history_.reset();
    store_.reset();
    store_ = testing::open_store(folder_.path() + "/tables", clock_);
    auto history = RunHistory::open(*store_, clock_);
    ASSERT_TRUE(history.ok()) << history.error().message();
    history_ = std::move(*history);
  }
  void write(const ScheduledRun& run) {
    const Status status = history_->write(std::array{run});
    ASSERT_TRUE(status.ok()) << status.error().message();
  }
  std::string listed(const RunQuery& query) const {
    const auto runs = history_->list(query);
    EXPECT_TRUE(runs.ok());
    std::string all;
    for (const ScheduledRun& run : *runs) {
      all += run.flow + "@" + instant_text(run.instant_us).substr(11, 5) + " " +
             std::string(run_state_name(run.state)) + "\n";
    }
    return all;
  }

  testing::TempFolder folder_;
  ManualClock clock_;
  std::unique_ptr<TableStore> store_;
  std::unique_ptr<RunHistory> history_;
};

ScheduledRun run_at(std::string_view time, RunState state, std::string flow = "users.ingest") {
  return {.flow = std::move(flow), .instant_us = at(time), .state = state};
}

TEST_F(RunHistoryTest, KeepsAllOfARunOverARestart) {
  const ScheduledRun run{.flow = "users.ingest",
                         .instant_us = at("10:05:00"),
                         .window = {at("10:04:00"), at("10:05:00")},
                         .cause = RunCause::kBackfill,
                         .state = RunState::kRetrying,
                         .generation = 2,
                         .attempt = 3,
                         .failures = 1,
                         .due_us = at("10:05:01"),
                         .started_us = at("10:05:02"),
                         .ended_us = at("10:05:03"),
                         .missed = 4,
                         .late = true,
                         .ledger = {.read = 10, .written = 7, .quarantined = 3},
                         .error = "the API is away",
                         .books_before = Ledger{.read = 100, .written = 100},
                         .began_at = "somewhere"};
  write(run);
  reopen();
  const auto open = history_->open_runs();
  ASSERT_TRUE(open.ok());
  ASSERT_EQ(open->size(), 1U);
  const ScheduledRun& back = open->front();
  EXPECT_EQ(back.id(), run.id());
  EXPECT_EQ(back.window.start_us, run.window.start_us);
  EXPECT_EQ(back.window.end_us, run.window.end_us);
  EXPECT_EQ(back.cause, run.cause);
  EXPECT_EQ(back.state, run.state);
  EXPECT_EQ(back.runner_id(), run.runner_id());
  EXPECT_EQ(back.attempt, 3);
  EXPECT_EQ(back.failures, 1);
  EXPECT_EQ(back.due_us, run.due_us);
  EXPECT_EQ(back.started_us, run.started_us);
  EXPECT_EQ(back.ended_us, run.ended_us);
  EXPECT_EQ(back.missed, 4);
  EXPECT_TRUE(back.late);
  EXPECT_EQ(back.ledger.text(), run.ledger.text());
  EXPECT_EQ(back.error, run.error);
  ASSERT_TRUE(back.books_before.has_value());
  EXPECT_EQ(back.books_before->text(), "read 100 = written 100");
  EXPECT_EQ(back.began_at, "somewhere");
}

TEST_F(RunHistoryTest, ARunThatHasEndedIsOpenNoMore) {
  write(run_at("10:05:00", RunState::kRunning));
  write(run_at("10:05:00", RunState::kSucceeded));
  EXPECT_TRUE(history_->open_runs()->empty());
  EXPECT_EQ(history_->find("users.ingest", at("10:05:00"))->state, RunState::kSucceeded);
  EXPECT_FALSE(history_->find("users.ingest", at("10:06:00")).has_value());
}

TEST_F(RunHistoryTest, WhatIsWrittenLaterWinsAlsoWhenTheClockWasSetBack) {
  write(run_at("10:05:00", RunState::kRunning));
  reopen();
  ManualClock early(at("09:00:00"));
  auto history = RunHistory::open(*store_, early);
  ASSERT_TRUE((*history)->write(std::array{run_at("10:05:00", RunState::kFailed)}).ok());
  EXPECT_EQ(history_->find("users.ingest", at("10:05:00"))->state, RunState::kFailed);
}

TEST_F(RunHistoryTest, PlacesAreThereWithTheRunsOfTheSameWrite) {
  const std::array places = {std::pair<std::string, SchedulePlace>("users.ingest", {at("10:00:00"), at("10:05:00")})};
  ASSERT_TRUE(history_->write(std::array{run_at("10:05:00", RunState::kDue)}, places).ok());
  reopen();
  EXPECT_EQ(history_->places()->at("users.ingest"), places[0].second);
}

TEST_F(RunHistoryTest, ListsTheNewestFirstAndWhatWasAskedFor) {
  for (const std::string_view time : {"10:01:00", "10:02:00", "10:03:00"}) write(run_at(time, RunState::kSucceeded));
  write(run_at("10:02:00", RunState::kFailed, "users.store"));
  EXPECT_EQ(listed({.limit = 2}), "users.ingest@10:03 succeeded\nusers.ingest@10:02 succeeded\n");
  EXPECT_EQ(listed({.flow = "store"}), "users.store@10:02 failed\n");
  EXPECT_EQ(listed({.state = RunState::kFailed}), "users.store@10:02 failed\n");
  EXPECT_EQ(listed({.flow = "users.ingest", .from_us = at("10:02:00"), .to_us = at("10:02:30")}),
            "users.ingest@10:02 succeeded\n");
  EXPECT_EQ(listed({.flow = "gest"}), "");
}

TEST_F(RunHistoryTest, RemembersWhatFlowsAreScheduled) {
  std::vector<CronMistake> mistakes;
  const KnownFlow nightly{.timing = {.cron = Cron::parse("0 3 * * *", mistakes),
                                     .zone = find_zone("Europe/Berlin"),
                                     .start_us = at("10:00:00"),
                                     .after = {"users.ingest"}},
                          .keeper = Keeper::kTables};
  ASSERT_TRUE(history_->keep_flow("users.store", nightly).ok());
  reopen();
  const auto flows = history_->known_flows();
  ASSERT_TRUE(flows.ok());
  const KnownFlow& back = flows->at("users.store");
  EXPECT_EQ(back.timing.cron->text(), "0 3 * * *");
  EXPECT_EQ(back.timing.zone->id(), "Europe/Berlin");
  EXPECT_EQ(back.timing.start_us, at("10:00:00"));
  EXPECT_EQ(back.timing.after, (std::vector<std::string>{"users.ingest"}));
  EXPECT_EQ(back.keeper, Keeper::kTables);

  EXPECT_FALSE(KnownFlow::of_text("{}").ok());
  EXPECT_FALSE(KnownFlow::of_text("{\"version\":\"1\"}").ok());
  EXPECT_FALSE(KnownFlow::of_text("{\"version\":1}").ok());
}

TEST_F(RunHistoryTest, GetsTheColumnsThatAnEarlierVersionDidNotHave) {
  ASSERT_TRUE(store_->alter_table(kHistoryKeyspace, kHistoryTable, DropColumn{"began_at"}).ok());
  reopen();
  ScheduledRun run = run_at("10:05:00", RunState::kSucceeded);
  run.began_at = "somewhere";
  write(run);
  EXPECT_EQ(history_->find("users.ingest", at("10:05:00"))->began_at, "somewhere");
}

TEST_F(RunHistoryTest, IsATableLikeAnyOther) {
  write(run_at("10:05:00", RunState::kSucceeded));
  std::string shown;
  const auto status = run_select(*store_, "SELECT run, state FROM millrace.runs WHERE flow = 'users.ingest'",
                                 [&](const Batch& batch) -> Status {
                                   for (const std::string& line : testing::lines(batch)) shown += line;
                                   return {};
                                 });
  ASSERT_TRUE(status.ok()) << status.error().message();
  EXPECT_EQ(shown, "users.ingest@2026-11-21T10:05:00Z|succeeded");
}

}  // namespace
}  // namespace millrace
