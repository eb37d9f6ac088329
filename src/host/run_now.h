#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "connect/home/home.h"
#include "connect/home/run_history.h"
#include "flow/run/runner.h"
#include "flow/schedule/schedule.h"

namespace millrace {

// How an attempt of a run ended: its ledger is what the flow's books have more than before the first attempt.
AttemptEnd attempt_end_of(const Home& home, const PipelinePlan& pipeline, const FlowPlan& plan, const ScheduledRun& run,
                          const FlowReport& report);
// What a run begins with, for ScheduledRun::books_before and began_at; nullopt: the flow keeps no books, or they cannot
// be read.
struct RunBeginning {
  Ledger books;
  std::string at;
};
std::optional<RunBeginning> beginning_now(const Home& home, const PipelinePlan& pipeline, const FlowPlan& plan);

// One attempt of a scheduled flow while nothing is up, in the history like any other. A run that was under way when its
// process ended goes on; without one, it is a new run, of this moment. Belongs to one thread.
class RunNow {
 public:
  // The history says that it runs when this returns.
  static Result<std::unique_ptr<RunNow>> begin(Home& home, const Clock& clock, const PipelinePlan& pipeline,
                                               const FlowPlan& plan);

  const ScheduledRun& run() const { return run_; }
  // What came of it. A run that may go better later, or was interrupted, is left for the next process.
  Status end(const FlowReport& report);

 private:
  RunNow(Home& home, const Clock& clock, const PipelinePlan& pipeline, const FlowPlan& plan)
      : home_(home), clock_(clock), pipeline_(pipeline), plan_(plan) {}
  Status choose(const std::string& flow);

  Home& home_;
  const Clock& clock_;
  const PipelinePlan& pipeline_;
  const FlowPlan& plan_;
  std::unique_ptr<RunHistory> history_;
  ScheduledRun run_;
};

}  // namespace millrace
