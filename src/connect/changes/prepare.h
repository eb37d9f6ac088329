#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "connect/changes/changes.h"

namespace millrace {

// What somebody has agreed to, by Change::id().
struct Agreed {
  bool all_losses = false;
  std::set<std::string> losses;
  std::set<std::string> removals;  // of what is gone from the files: with all that is there of it
};

// Makes the topics and tables that these pipelines declare, changes those that are there to what the files say now, and
// remembers the files for the next time. All of it or nothing: the error lists what would be lost or cannot be done.
Status prepare_home(Home& home, std::span<const PipelinePlan* const> plans, const Clock& clock);

// The same where somebody has looked at `changes`: does what was agreed to, and forgets what steps remember that are
// not there any more. Nothing of these pipelines may run. kInvalidArgument: there is no such change.
Status apply_changes(Home& home, std::span<const PipelinePlan* const> plans, const std::vector<Change>& changes,
                     const Agreed& agreed);

}  // namespace millrace
