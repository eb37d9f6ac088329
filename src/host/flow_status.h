#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flow/passage.h"

namespace millrace {

enum class FlowState {
  kStarting,
  kRunning,
  kWaiting,   // for a disk, a peer: it goes on by itself
  kRetrying,  // it has failed, and will be tried again
  kIdle,      // until its next run
  kPaused,    // by somebody, until resumed
  kEnded,     // its source has no more
  kFailed,    // for good: until resumed
};
std::string_view flow_state_name(FlowState state);  // "running"

// What is not read yet of one partition.
struct PartitionLag {
  std::string topic;
  int32_t partition = 0;
  int64_t position = 0;
  int64_t end = 0;
  int64_t records() const { return end - position; }
};

// What can be said of a flow while it is up.
struct FlowStatus {
  std::string pipeline;
  std::string flow;
  std::string from;
  std::vector<std::string> to;
  std::string quarantine;
  FlowState state = FlowState::kStarting;
  std::string why;             // it waits, is tried again, has failed
  int64_t state_since_us = 0;  // wall time
  std::optional<int64_t> next_run_us;
  std::string run_id;       // of the last one
  uint64_t generation = 1;  // of the books
  Ledger ledger;            // committed, since the books began
  std::vector<CheckCounts> checks;
  std::vector<std::string> check_names;
  std::vector<PartitionLag> lag;
  std::string name() const { return pipeline + "." + flow; }
};

}  // namespace millrace
