#include "flow/run/runner.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

// Of a flow that has committed all of a run.
class EndedTransaction final : public Transaction {
 public:
  explicit EndedTransaction(std::string run_id) { checkpoint_ = {.run_id = std::move(run_id), .run_done = true}; }
  const Checkpoint& resumed_from() const override { return checkpoint_; }
  Status commit(const Checkpoint&) override { return Error(ErrorCode::kFailed, "nothing is to be committed"); }
  Status sync() override { return {}; }

 private:
  Checkpoint checkpoint_;
};

TEST(RunFlow, adds_nothing_when_the_run_is_complete_already) {
  const FlowPlan plan{.name = "ingest"};
  const ManualClock clock(0);
  EndedTransaction transaction("ingest@2026-01-02T00:00:00Z");
  const FlowReport report = run_flow(
      plan,
      {.run_id = "ingest@2026-01-02T00:00:00Z", .identified = true, .clock = &clock, .transaction = &transaction});
  EXPECT_FALSE(report.error.has_value());
  EXPECT_EQ(report.ledger.read, 0U);
  EXPECT_EQ(report.notes,
            std::vector<std::string>{"run ingest@2026-01-02T00:00:00Z is complete already: there was nothing to do"});
}

}  // namespace
}  // namespace millrace
