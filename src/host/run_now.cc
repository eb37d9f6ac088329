#include "host/run_now.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace millrace {
namespace {

constexpr int64_t kSecondUs = 1'000'000;

Ledger difference(Ledger now, const Ledger& before) {
  for (const LedgerField& field : ledger_fields()) {
    uint64_t& count = now.*field.count;
    count -= std::min(count, before.*field.count);
  }
  return now;
}

}  // namespace

std::optional<RunBeginning> beginning_now(const Home& home, const PipelinePlan& pipeline, const FlowPlan& plan) {
  if (plan.keeper == Keeper::kItself) return std::nullopt;
  const auto checkpoint = home.checkpoint(pipeline.name, plan);
  if (!checkpoint.ok()) return std::nullopt;
  return RunBeginning{.books = checkpoint->ledger, .at = Checkpoint{.position = checkpoint->position}.to_bytes()};
}

AttemptEnd attempt_end_of(const Home& home, const PipelinePlan& pipeline, const FlowPlan& plan, const ScheduledRun& run,
                          const FlowReport& report) {
  AttemptEnd end{.ledger = report.ledger};
  if (const auto now = beginning_now(home, pipeline, plan)) {
    end.ledger = difference(now->books, run.books_before.value_or(Ledger{}));
  }
  if (!report.error) return end;
  end.error = report.error->message();
  end.retryable = is_retryable(report.error->code());
  end.kind = report.error->code() == ErrorCode::kCancelled ? AttemptEnd::Kind::kInterrupted : AttemptEnd::Kind::kFailed;
  return end;
}

Result<std::unique_ptr<RunNow>> RunNow::begin(Home& home, const Clock& clock, const PipelinePlan& pipeline,
                                              const FlowPlan& plan) {
  std::unique_ptr<RunNow> now(new RunNow(home, clock, pipeline, plan));
  TRY(history, RunHistory::open(home.tables(), clock));
  now->history_ = std::move(history);
  TRY_STATUS(now->history_->keep_flow(pipeline.id_of(plan), {.timing = plan.timing, .keeper = plan.keeper}));
  TRY_STATUS(now->choose(pipeline.id_of(plan)));
  ScheduledRun& run = now->run_;
  ++run.attempt;
  run.state = RunState::kRunning;
  if (run.started_us == 0) run.started_us = clock.wall_us();
  if (auto beginning = run.books_before ? std::nullopt : beginning_now(home, pipeline, plan)) {
    run.books_before = beginning->books;
    run.began_at = std::move(beginning->at);
  }
  TRY_STATUS(now->history_->write(std::array{run}));
  return now;
}

// What has begun goes on before anything else begins: the flow has one position.
Status RunNow::choose(const std::string& flow) {
  TRY(open, history_->open_runs());
  for (const ScheduledRun& run : open) {
    if (run.flow != flow || run.attempt == 0) continue;
    run_ = run;
    return {};
  }
  int64_t instant_us = clock_.wall_us() / kSecondUs * kSecondUs;
  while (history_->find(flow, instant_us)) instant_us += kSecondUs;
  run_ = make_run({.name = flow, .timing = plan_.timing}, instant_us, RunCause::kTrigger, clock_.wall_us());
  return {};
}

Status RunNow::end(const FlowReport& report) {
  const AttemptEnd end = attempt_end_of(home_, pipeline_, plan_, run_, report);
  run_.ledger = end.ledger;
  run_.error = end.error;
  switch (end.kind) {
    case AttemptEnd::Kind::kSucceeded: run_.state = RunState::kSucceeded; break;
    case AttemptEnd::Kind::kInterrupted: run_.state = RunState::kDue; break;
    case AttemptEnd::Kind::kFailed:
      ++run_.failures;
      run_.state =
          end.retryable && run_.failures < plan_.timing.retry.attempts ? RunState::kRetrying : RunState::kFailed;
      break;
  }
  if (has_ended(run_.state)) run_.ended_us = clock_.wall_us();
  return history_->write(std::array{run_});
}

}  // namespace millrace
