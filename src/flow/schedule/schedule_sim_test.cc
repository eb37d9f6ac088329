// Seeded lives of a schedule over days of virtual time: attempts that fail or hang, crashes before and behind what is
// made durable, a wall clock that is set back and forward; judged by a walk over every second and by rules of its own.
// MILLRACE_SIM_SEED=n runs one seed, MILLRACE_SIM_SEEDS=n that many.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "data/expr/parse.h"
#include "flow/schedule/schedule.h"

namespace millrace {
namespace {

constexpr uint64_t kSeeds = 60;
constexpr int kStepsPerSeed = 400;
constexpr int kQuietStepsMax = 20'000;
constexpr int64_t kSecondUs = 1'000'000;

using Key = std::pair<std::string, int64_t>;

class Life : public EndedRuns {
 public:
  explicit Life(uint64_t seed) : random_(seed) {
    const int64_t begin_us = *parse_timestamp_us("2026-11-21T10:00:00Z") + below(3'600) * kSecondUs;
    now_ = {.wall_us = begin_us, .monotonic_us = 0};
    flows_ = {{"a", timing(60 + below(10) * 60)},
              {"b", timing(90)},
              {"c", {.after = {"a"}}},
              {"d", {.after = {"a", "c"}}},
              {"e", timing(120)}};
    flows_[4].timing.after = {"b"};
    flows_[1].timing.at_once = 1 + below(3);
    for (ScheduledFlow& flow : flows_) {
      flow.timing.retry = {.attempts = 1 + below(4), .backoff_us = kSecondUs, .backoff_max_us = 60 * kSecondUs};
      if (below(2) == 0) flow.timing.timeout_us = 300 * kSecondUs;
      if (below(2) == 0) flow.timing.deadline_us = 200 * kSecondUs;
    }
    restart();
  }

  void run() {
    for (int i = 0; i < kStepsPerSeed && !testing::Test::HasFailure(); ++i) step();
    // At last nothing goes wrong any more, and no new instant comes.
    for (ScheduledFlow& flow : flows_) flow.timing.end_us = now_.wall_us + kSecondUs;
    restart();
    for (int i = 0; !settled() && !testing::Test::HasFailure(); ++i) {
      ASSERT_LT(i, kQuietStepsMax) << "it never comes to rest";
      pass(10 * kSecondUs);
      while (!running_.empty()) end_one(AttemptEnd::Kind::kSucceeded, false);
    }
    judge();
  }

  std::optional<ScheduledRun> find(std::string_view flow, int64_t instant_us) const override {
    const auto run = history_.find({std::string(flow), instant_us});
    return run == history_.end() ? std::nullopt : std::optional(run->second);
  }

 private:
  int64_t below(uint64_t bound) { return static_cast<int64_t>(random_.below(bound)); }

  Timing timing(int64_t every_s) {
    return {.every_us = every_s * kSecondUs, .zone = find_zone("UTC"), .catch_up = below(2) == 0};
  }

  void step() {
    switch (below(24)) {
      case 0: return restart();
      case 1: crash_ = below(2) == 0 ? Crash::kBefore : Crash::kBehind; break;
      case 2: now_.wall_us -= below(3'600) * kSecondUs; break;
      case 3: now_.wall_us += below(3'600) * kSecondUs; break;
      default: break;
    }
    if (below(2) == 0 && !running_.empty()) {
      const auto kind = below(3) == 0 ? AttemptEnd::Kind::kFailed : AttemptEnd::Kind::kSucceeded;
      end_one(kind, below(4) != 0);
    }
    pass(below(60) * kSecondUs);
  }

  void restart() {
    crash_ = Crash::kNone;
    running_.clear();
    schedule_ = std::make_unique<Schedule>(flows_, *this, random_.next());
    std::vector<ScheduledRun> open;
    for (const auto& [key, run] : history_) {
      if (!has_ended(run.state)) open.push_back(run);
    }
    schedule_->resume(open, places_, now_);
  }

  void pass(int64_t us) {
    now_.wall_us += us;
    now_.monotonic_us += us;
    ASSERT_GE(schedule_->idle_us(now_), 0);
    if (take(schedule_->tick(now_))) expect_the_latest();
  }

  void end_one(AttemptEnd::Kind kind, bool retryable) {
    auto one = running_.begin();
    std::advance(one, below(running_.size()));
    const Key key = *one;
    running_.erase(one);
    const ScheduledRun before = history_.at(key);
    take(schedule_->attempt_ended(key.first, key.second, {.kind = kind, .retryable = retryable, .error = "x"}, now_));
    if (history_.at(key).state == RunState::kSucceeded && before.state != RunState::kSucceeded) {
      EXPECT_EQ(++successes_[key], 1) << "run twice: " << run_id_text(key.first, key.second);
    }
  }

  // False: the process died over it.
  bool take(const ScheduleOrders& orders) {
    if (crash_ == Crash::kBefore) return restart(), false;
    for (const ScheduledRun& run : orders.changed) history_[{run.flow, run.instant_us}] = run;
    for (const auto& [flow, place] : orders.places) places_[flow] = place;
    for (const RunAlert& alert : orders.alerts) {
      if (alert.reason != "deadline") continue;
      EXPECT_TRUE(late_.insert({alert.run.flow, alert.run.instant_us}).second) << "told twice: " << alert.run.id();
    }
    if (crash_ == Crash::kBehind) return restart(), false;
    for (const ScheduledRun& run : orders.start) begin(run);
    return true;
  }

  void begin(const ScheduledRun& run) {
    EXPECT_TRUE(running_.insert({run.flow, run.instant_us}).second) << run.id() << " runs already";
    EXPECT_EQ(history_.at({run.flow, run.instant_us}).state, RunState::kRunning);
    const ScheduledFlow& flow = about(run.flow);
    const auto beside =
        std::count_if(running_.begin(), running_.end(), [&](const Key& one) { return one.first == run.flow; });
    EXPECT_LE(beside, flow.timing.at_once) << run.id();
    EXPECT_LE(run.failures, flow.timing.retry.attempts - 1) << run.id();
    for (const std::string& other : flow.timing.after) {
      const auto upstream = find(other, run.instant_us);
      EXPECT_TRUE(upstream && upstream->state == RunState::kSucceeded) << run.id() << " came before " << other;
    }
  }

  const ScheduledFlow& about(const std::string& flow) const {
    return *std::find_if(flows_.begin(), flows_.end(), [&](const ScheduledFlow& one) { return one.name == flow; });
  }
  bool is_instant(const ScheduledFlow& flow, int64_t us) const {
    return us % kSecondUs == 0 && (us / kSecondUs) % (*flow.timing.every_us / kSecondUs) == 0;
  }

  // Whatever the clock shows, and has it been set: the instant that it shows last has its run.
  void expect_the_latest() {
    for (const ScheduledFlow& flow : flows_) {
      if (!flow.timing.has_instants()) continue;
      int64_t us = now_.wall_us / kSecondUs * kSecondUs;
      while (!is_instant(flow, us)) us -= kSecondUs;
      if (flow.timing.end_us && us >= *flow.timing.end_us) continue;
      EXPECT_TRUE(history_.contains({flow.name, us})) << "lost: " << run_id_text(flow.name, us);
    }
  }

  bool settled() const {
    return std::all_of(history_.begin(), history_.end(), [](const auto& one) { return has_ended(one.second.state); });
  }

  void judge() const {
    for (const ScheduledFlow& flow : flows_) {
      std::set<int64_t> instants;
      for (const auto& [key, run] : history_) {
        if (key.first == flow.name) instants.insert(key.second);
      }
      if (!flow.timing.has_instants()) {
        judge_follower(flow);
        continue;
      }
      ASSERT_FALSE(instants.empty());
      for (int64_t us = *instants.begin(); us <= *instants.rbegin(); us += kSecondUs) {
        EXPECT_FALSE(instants.contains(us) && !is_instant(flow, us)) << run_id_text(flow.name, us);
        // What the clock shows no more, since it has been set back, is still to come.
        if (flow.timing.catch_up && is_instant(flow, us) && us < *flow.timing.end_us) {
          EXPECT_TRUE(instants.contains(us)) << "lost: " << run_id_text(flow.name, us);
        }
      }
    }
  }

  // It has a run wherever all in front of it have a successful one, and has begun none elsewhere.
  void judge_follower(const ScheduledFlow& flow) const {
    for (const auto& [key, run] : history_) {
      const bool all = std::all_of(flow.timing.after.begin(), flow.timing.after.end(), [&](const std::string& other) {
        const auto upstream = find(other, key.second);
        return upstream && upstream->state == RunState::kSucceeded;
      });
      const auto own = find(flow.name, key.second);
      EXPECT_EQ(own && own->attempt > 0, all) << run_id_text(flow.name, key.second);
    }
  }

  enum class Crash { kNone, kBefore, kBehind };

  Random random_;
  ScheduleTime now_;
  std::vector<ScheduledFlow> flows_;
  std::unique_ptr<Schedule> schedule_;
  Crash crash_ = Crash::kNone;
  std::set<Key> running_, late_;
  std::map<Key, int> successes_;
  // What is durable.
  std::map<Key, ScheduledRun> history_;
  std::map<std::string, SchedulePlace> places_;
};

uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(ScheduleSim, NoInstantIsLostOrRunTwiceWhateverHappens) {
  const uint64_t one = number_from("MILLRACE_SIM_SEED", 0);
  const uint64_t last = one != 0 ? one : number_from("MILLRACE_SIM_SEEDS", kSeeds);
  for (uint64_t seed = one != 0 ? one : 1; seed <= last; ++seed) {
    SCOPED_TRACE(fmt::format("MILLRACE_SIM_SEED={}", seed));
    Life(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace millrace
