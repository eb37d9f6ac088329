#pragma once

#include "flow/plan.h"
#include "flow/run/runner.h"

namespace millrace {

// Whether a flow can be expected to give the same answer through crashes: not when a step remembers records within a
// run alone, or a limit counts them over it.
bool survives_crashes(const FlowPlan& plan);

// Runs a flow that commits behind every batch, and crashes in every second commit: it starts anew from the last commit
// until it has come to its end. Its sinks get only what was committed. Takes over the plan's sinks: run it once. The
// report's ledger is that of all runs together.
FlowReport run_crashing(FlowPlan& plan, RunOptions options);

}  // namespace millrace
