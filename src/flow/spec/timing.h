#pragma once

#include <string_view>
#include <vector>

#include "flow/diagnostic.h"
#include "flow/node.h"
#include "flow/timing.h"

namespace millrace {

// When a flow runs, out of the keys of `flow` that kTimingDeclaration has. What is wrong is told, and then what comes
// back only serves to go on with. What `after` names is checked with all flows at hand.
Timing read_timing(const Node& flow, Diagnostics& diagnostics);

// The keys it reads.
std::vector<std::string_view> timing_keys();

}  // namespace millrace
