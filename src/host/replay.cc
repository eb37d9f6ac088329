#include "host/replay.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "flow/schedule/instants.h"

namespace millrace {
namespace {

constexpr int64_t kSecondUs = 1'000'000;

class ReplayRun {
 public:
  ReplayRun(const ReplayRoom& room, const PipelinePlan& pipeline, const FlowPlan& flow, const ReplayOrder& order)
      : room_(room), pipeline_(pipeline), flow_(flow), order_(order), name_(pipeline.id_of(flow)) {}

  Result<ReplayEnd> run() {
    TRY(transaction, room_.home.begin(pipeline_, flow_));
    TRY(done_already, choose(transaction->resumed_from()));
    if (done_already) return ReplayEnd{.run = run_, .done_already = true, .report = FlowReport::empty(flow_)};
    TRY_STATUS(begin());
    FlowReport report = run_through(*transaction);
    transaction.reset();
    TRY_STATUS(end(report));
    if (report.error) return *report.error;
    return ReplayEnd{.run = run_, .report = std::move(report)};
  }

 private:
  // What is to be done: the rest of one that was interrupted, or all. True: that was done, and only not told.
  Result<bool> choose(const Checkpoint& flow) {
    rereadings_ = flow.rereadings;
    if (flow.replay) {
      const Replay& last = *flow.replay;
      const bool same = last.what == order_.what;
      if (!last.done && same && !order_.anew) {
        replay_ = last;
        TRY_STATUS(take_up());
        return false;
      }
      if (!last.done && !order_.anew) {
        return Error(ErrorCode::kAlreadyExists,
                     fmt::format("flow {} has a replay that was interrupted: {}; ask for the same to go on with it, or "
                                 "say --anew to leave it where it is",
                                 name_, last.what));
      }
      TRY(untold, tell(last));
      if (untold && last.done && same) return true;
    }
    TRY_STATUS(cancel_others());
    ++rereadings_;
    replay_ = {.what = order_.what, .position = order_.from, .until = order_.until};
    run_ = {.flow = name_, .instant_us = free_instant(), .cause = RunCause::kReplay, .due_us = room_.clock.wall_us()};
    replay_.run_id = run_.id();
    return false;
  }

  // The run of a replay that goes on.
  Status take_up() {
    const auto name = parse_run_id(replay_.run_id);
    MILLRACE_ASSERT(name.has_value(), "a replay is called as runs are");
    run_ = room_.history.find(name->flow, name->instant_us)
               .value_or(ScheduledRun{.flow = name_, .instant_us = name->instant_us, .cause = RunCause::kReplay});
    run_.ended_us = 0;
    return {};
  }

  // Has the history say what became of the last one. False: it knew.
  Result<bool> tell(const Replay& last) {
    const auto name = parse_run_id(last.run_id);
    const auto known = name ? room_.history.find(name->flow, name->instant_us) : std::nullopt;
    if (!known || has_ended(known->state)) return false;
    run_ = *known;
    run_.state = last.done ? RunState::kSucceeded : RunState::kCancelled;
    run_.ledger = last.ledger;
    run_.ended_us = room_.clock.wall_us();
    TRY_STATUS(room_.history.write(std::array{run_}));
    return true;
  }

  // Those that were killed before they had committed anything.
  Status cancel_others() {
    TRY(open, room_.history.open_replays(name_));
    for (ScheduledRun& run : open) {
      run.state = RunState::kCancelled;
      run.ended_us = room_.clock.wall_us();
    }
    return room_.history.write(open);
  }

  // A second that has no run, and will have none by the schedule.
  int64_t free_instant() const {
    const Instants instants(flow_.timing);
    int64_t instant_us = room_.clock.wall_us() / kSecondUs * kSecondUs;
    while (room_.history.find(name_, instant_us) || (flow_.timing.has_instants() && instants.has(instant_us))) {
      instant_us += kSecondUs;
    }
    return instant_us;
  }

  Status begin() {
    ++run_.attempt;
    run_.state = RunState::kRunning;
    run_.error.clear();
    if (run_.started_us == 0) run_.started_us = room_.clock.wall_us();
    return room_.history.write(std::array{run_});
  }

  FlowReport run_through(Transaction& transaction) {
    const Ledger before = replay_.ledger;
    const OtherRecords records{
        .open = [&](const RunContext& run) { return order_.open(replay_.position, replay_.until, run); },
        .begin = replay_.position,
        .rereadings = rereadings_,
        .note =
            [&](Checkpoint& checkpoint, const Ledger& run, const Position& reached, bool complete) {
              Replay now = replay_;
              now.position = reached;
              now.ledger = before;
              now.ledger += run;
              now.done = complete;
              checkpoint.replay = std::move(now);
              checkpoint.rereadings = rereadings_;
            }};
    return run_flow(flow_, {.workers = room_.workers,
                            .run_id = replay_.run_id,
                            .directory = pipeline_.directory,
                            .clock = &room_.clock,
                            .files = &room_.files,
                            .stop = &room_.stop,
                            .transaction = &transaction,
                            .others = &records,
                            .topics = &room_.home.topics(),
                            .schemas = &room_.home.schemas()});
  }

  Status end(const FlowReport& report) {
    TRY(checkpoint, room_.home.checkpoint(pipeline_.name, flow_));
    if (checkpoint.replay && checkpoint.replay->run_id == replay_.run_id) run_.ledger = checkpoint.replay->ledger;
    if (!report.error) {
      run_.state = RunState::kSucceeded;
    } else {
      const bool interrupted = report.error->code() == ErrorCode::kCancelled;
      run_.state = interrupted ? RunState::kDue : RunState::kFailed;
      run_.failures += interrupted ? 0 : 1;
      run_.error = report.error->message();
    }
    if (has_ended(run_.state)) run_.ended_us = room_.clock.wall_us();
    return room_.history.write(std::array{run_});
  }

  const ReplayRoom& room_;
  const PipelinePlan& pipeline_;
  const FlowPlan& flow_;
  const ReplayOrder& order_;
  const std::string name_;
  uint64_t rereadings_ = 0;
  Replay replay_;
  ScheduledRun run_;
};

}  // namespace

Result<ReplayEnd> replay_records(const ReplayRoom& room, const PipelinePlan& pipeline, const FlowPlan& flow,
                                 const ReplayOrder& order) {
  return ReplayRun(room, pipeline, flow, order).run();
}

}  // namespace millrace
