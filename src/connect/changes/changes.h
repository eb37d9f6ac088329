#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "connect/home/home.h"
#include "flow/plan.h"

namespace millrace {

// What becomes of what is in the data directory.
enum class Consequence {
  kNone,
  kLoss,        // some of it is gone, or can be read no more: only when somebody says so
  kImpossible,  // it cannot be done
};

// One thing that is other than it was.
struct ChangeDetail {
  char sign = '~';  // + ~ -, or a blank for what stays
  std::string text;
  Consequence consequence = Consequence::kNone;
};

// A flow, a topic, a table or a column of one, between what the data directory knows and what the files say.
struct Change {
  enum class What { kSame, kNew, kChanged, kGone };
  std::string kind;  // "flow"
  std::string name;  // "users.store"
  What what = What::kSame;
  std::vector<ChangeDetail> details;

  std::string id() const { return kind + ":" + name; }  // what to call it on the command line
  bool has(Consequence consequence) const;
};

// What starting these pipelines would change, in the order of the files: flows, topics, tables. `home`: nullptr where
// there is no data directory so far. Changes nothing.
Result<std::vector<Change>> changes_of(Home* home, std::span<const PipelinePlan* const> plans, const Clock& clock);

}  // namespace millrace
