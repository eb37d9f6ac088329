#pragma once

#include "base/result.h"
#include "connect/changes/changes.h"

namespace millrace {

// Removes from the data directory what has gone from the files, with all that is there of it; durable when it returns.
// A flow's quarantine is a topic of its own, and stays. What was removed in part goes on being removed.
Status remove_gone(Home& home, const Change& change);

}  // namespace millrace
