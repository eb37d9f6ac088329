#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "connect/home/home.h"
#include "flow/plan.h"
#include "flow/run/runner.h"

namespace millrace {

// Everything that the runs of one command share.
struct RunRoom {
  const PipelinePlan& plan;
  const Clock& clock;
  FileSystem& files;
  Home* home;  // nullptr: no flow keeps anything
  std::string run_id;
  const std::atomic<bool>& stop;
  int64_t workers = 0;  // 0: as many as there are cores
  bool with_bar = false;
};

// Runs a flow to the end of its source. A scheduled one has this run in its history.
FlowReport run_one(const RunRoom& room, const FlowPlan& flow);

}  // namespace millrace
