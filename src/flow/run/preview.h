#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "flow/plan.h"
#include "flow/run/runner.h"

namespace millrace {

struct PreviewColumn {
  enum class Mark { kSame, kAdded, kChanged };
  std::string name;
  Type type;
  Mark mark = Mark::kSame;  // against the step before
};

// One record behind a step, or one that left in it.
struct PreviewRecord {
  std::string place;                // "users.jsonl:3"
  std::vector<std::string> values;  // one per column; empty where the step has none
  std::vector<std::string> before;  // where not empty: the value in front of the step, one per column
  std::string outcome;              // empty: it goes on; else filtered, dropped, duplicate, quarantined
  std::vector<std::string> faults;  // "email email: 'x' is not an email address"
};

struct PreviewStep {
  std::string name;
  std::vector<PreviewColumn> columns;  // behind the step
  std::vector<std::string> gone;       // columns that there were in front of it
  std::vector<PreviewRecord> records;  // in the order of the source
  std::vector<CheckInfo> checks;
  std::vector<CheckCounts> check_counts;
};

// The first records of a flow in front of and behind every step. steps[0] is reading.
struct Preview {
  std::string flow;
  std::vector<PreviewStep> steps;
};

// Runs the steps over the first `records` records of the flow's source, one step after another, and keeps what each
// did. No sink is opened. The run's error, when the source cannot be read.
Result<Preview> preview_flow(const FlowPlan& plan, const RunOptions& options, size_t records);

}  // namespace millrace
