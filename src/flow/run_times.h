#pragma once

#include <cstdint>
#include <string>

#include "flow/node.h"

namespace millrace {

// The time that a run is for: what ${run.start} and ${run.end} stand for.
struct RunTimes {
  int64_t start_us = 0;
  int64_t end_us = 0;
  bool operator==(const RunTimes&) const = default;
};

// "2026-01-02T03:04:05Z": how these times are written.
std::string instant_text(int64_t us);

// Whether any text below the node has a time of the run in it; the first such text, or nullptr.
const Node* find_run_time(const Node& node);

// The node with the times of a run in the place of those of when the file was read.
Node with_run_times(Node node, const RunTimes& times);

}  // namespace millrace
