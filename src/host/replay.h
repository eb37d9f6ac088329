#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "connect/home/home.h"
#include "connect/home/run_history.h"
#include "flow/run/runner.h"

namespace millrace {

// What is to go through a flow once more, as it is today.
struct ReplayOrder {
  std::string what;  // as it was asked for: the same text means the same records
  Position from;     // with the stamps in front of it
  Position until;
  // The records behind `reached`.
  std::function<Result<std::unique_ptr<Source>>(const Position& reached, const Position& until, const RunContext& run)>
      open;
  bool anew = false;  // instead of going on with one that was interrupted
};

struct ReplayRoom {
  Home& home;
  RunHistory& history;
  const Clock& clock;
  FileSystem& files;
  const std::atomic<bool>& stop;
  size_t workers = 1;
};

struct ReplayEnd {
  ScheduledRun run;           // as the history has it; its ledger is that of all attempts
  bool done_already = false;  // by an attempt that was killed before it could say so
  FlowReport report;          // of this attempt
};

// Runs them, as a run of its own in the history: the flow's position stays, its books count the records as read once
// more. Committed on the way, with how far it has got: one that was interrupted or killed goes on behind that when the
// same is asked for again. Nothing of the flow may run meanwhile. kAlreadyExists: another replay was interrupted.
Result<ReplayEnd> replay_records(const ReplayRoom& room, const PipelinePlan& pipeline, const FlowPlan& flow,
                                 const ReplayOrder& order);

}  // namespace millrace
