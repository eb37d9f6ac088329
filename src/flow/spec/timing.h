#pragma once

#include "flow/diagnostic.h"
#include "flow/node.h"

namespace millrace {

// Validates when a flow runs: every, cron, retry; and raw and id. What `after` names is checked with all flows at hand.
void check_timing(const Node& flow, Diagnostics& diagnostics);

}  // namespace millrace
