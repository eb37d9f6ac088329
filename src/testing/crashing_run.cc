#include "testing/crashing_run.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

// What a sink was given since the last commit, in front of the real sink, which lives through the crashes.
struct Held {
  std::unique_ptr<Sink> sink;
  std::vector<std::pair<std::unique_ptr<EncodedRows>, size_t>> pending;  // with the number of rows
};

class HeldSink final : public Sink {
 public:
  explicit HeldSink(Held& held) : held_(held) { held_.pending.clear(); }

  std::unique_ptr<EncodedRows> encode(const Batch& batch, const Rows& rows) const override {
    return held_.sink->encode(batch, rows);
  }
  Status append(std::unique_ptr<EncodedRows> encoded, size_t rows) override {
    held_.pending.emplace_back(std::move(encoded), rows);
    return {};
  }
  Status commit() override { return {}; }
  bool abandon() override { return true; }
  std::string result() const override { return held_.sink->result(); }

 private:
  Held& held_;
};

class HeldSinkPlan final : public SinkPlan {
 public:
  HeldSinkPlan(std::unique_ptr<SinkPlan> plan, Held& held) : plan_(std::move(plan)), held_(held) {}

  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>& columns, const RunContext& run) const override {
    if (held_.sink == nullptr) {
      TRY(sink, plan_->open(columns, run));
      held_.sink = std::move(sink);
    }
    return std::unique_ptr<Sink>(std::make_unique<HeldSink>(held_));
  }
  std::string place() const override { return plan_->place(); }
  bool is_stdout() const override { return plan_->is_stdout(); }

 private:
  std::unique_ptr<SinkPlan> plan_;
  Held& held_;
};

// What steps remember: what was put since the last commit, in front of what is durable.
class HeldStates final : public StateKeeper {
 public:
  using Durable = std::map<std::string, std::map<std::string, std::string>>;  // by step
  explicit HeldStates(Durable& durable) : durable_(durable) {}

  std::unique_ptr<StepState> open(const std::string& step) override { return std::make_unique<State>(*this, step); }
  void put(const std::string& step, const StateChanges& changes) override { pending_.emplace_back(step, changes); }
  void commit() {
    const std::lock_guard lock(mutex_);
    for (const auto& [step, changes] : pending_) {
      for (size_t i = 0; i < changes.size(); ++i) {
        const StateChanges::Change change = changes.at(i);
        if (change.kind == StateChanges::Kind::kPut) durable_[step][std::string(change.key)] = change.value;
      }
    }
    for (const auto& [step, changes] : pending_) {
      auto& state = durable_[step];
      for (size_t i = 0; i < changes.size(); ++i) {
        const StateChanges::Change change = changes.at(i);
        if (change.kind != StateChanges::Kind::kRemoveRange) continue;
        state.erase(state.lower_bound(std::string(change.key)), state.lower_bound(std::string(change.value)));
      }
      committed_[step] += changes.size();
    }
    pending_.clear();
  }

 private:
  class State final : public StepState {
   public:
    State(HeldStates& of, std::string step) : of_(of), step_(std::move(step)) {}
    Result<std::optional<std::string>> get(std::string_view key) const override {
      const std::lock_guard lock(of_.mutex_);
      const auto& state = of_.durable_[step_];
      const auto found = state.find(std::string(key));
      return found == state.end() ? std::nullopt : std::optional(found->second);
    }
    Result<std::vector<Entry>> next_entries(std::string_view after) const override {
      const std::lock_guard lock(of_.mutex_);
      const auto& state = of_.durable_[step_];
      const auto next = after.empty() ? state.begin() : state.upper_bound(std::string(after));
      std::vector<Entry> one;
      if (next != state.end()) one.push_back({next->first, next->second});
      return one;
    }
    uint64_t committed() const override {
      const std::lock_guard lock(of_.mutex_);
      return of_.committed_[step_];
    }
    uint64_t generation() const override { return 1; }

   private:
    HeldStates& of_;
    const std::string step_;
  };

  std::vector<std::pair<std::string, StateChanges>> pending_;  // touched in the commit turn only
  std::mutex mutex_;
  Durable& durable_;                           // guarded by mutex_
  std::map<std::string, uint64_t> committed_;  // guarded by mutex_
};

class CrashingTransaction final : public Transaction {
 public:
  CrashingTransaction(std::vector<std::unique_ptr<Held>>& held, Checkpoint& durable, HeldStates::Durable& states)
      : held_(held), durable_(durable), resumed_from_(durable), states_(states) {}

  const Checkpoint& resumed_from() const override { return resumed_from_; }
  StateKeeper* states() override { return &states_; }
  Status commit(const Checkpoint& checkpoint) override {
    if (std::exchange(committed_, true)) {
      crashed_ = true;
      return Error(ErrorCode::kFailed, "crashed");
    }
    for (const auto& held : held_) {
      for (auto& [encoded, rows] : held->pending) TRY_STATUS(held->sink->append(std::move(encoded), rows));
      held->pending.clear();
    }
    states_.commit();
    durable_ = checkpoint;
    return {};
  }
  Status sync() override { return {}; }
  bool crashed() const { return crashed_; }

 private:
  std::vector<std::unique_ptr<Held>>& held_;
  Checkpoint& durable_;
  Checkpoint resumed_from_;
  HeldStates states_;
  bool committed_ = false;
  bool crashed_ = false;
};

}  // namespace

bool survives_crashes(const FlowPlan& plan) {
  const bool remembers = std::any_of(plan.steps.begin(), plan.steps.end(), [](const auto& step) {
    const auto* ordered = dynamic_cast<const OrderedStep*>(step.get());
    return ordered != nullptr && ordered->state_name().empty();
  });
  const bool limited =
      std::any_of(plan.checks.begin(), plan.checks.end(), [](const CheckInfo& check) { return check.at_most; });
  return !remembers && !limited;
}

FlowReport run_crashing(FlowPlan& plan, RunOptions options) {
  std::vector<std::unique_ptr<Held>> all_held;
  const auto take_over = [&](std::unique_ptr<SinkPlan>& sink) {
    if (sink == nullptr) return;
    all_held.push_back(std::make_unique<Held>());
    sink = std::make_unique<HeldSinkPlan>(std::move(sink), *all_held.back());
  };
  for (PlannedSink& sink : plan.sinks) take_over(sink.plan);
  take_over(plan.quarantine);

  Checkpoint durable;
  HeldStates::Durable states;
  while (true) {
    CrashingTransaction transaction(all_held, durable, states);
    options.transaction = &transaction;
    options.commit_bytes = 1;
    FlowReport report = run_flow(plan, options);
    if (transaction.crashed()) continue;
    report.ledger = durable.ledger;
    for (const auto& held : all_held) {
      if (report.error) break;
      if (auto status = held->sink->commit(); !status.ok()) report.error = status.error();
    }
    return report;
  }
}

}  // namespace millrace
