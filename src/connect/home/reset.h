#pragma once

#include <cstdint>

#include "base/result.h"
#include "connect/home/home.h"

namespace millrace {

// Where a flow is to go on.
struct ResetTo {
  enum class Kind { kEarliest, kLatest, kOffset, kTime };
  Kind kind = Kind::kEarliest;
  int64_t value = 0;  // kOffset: in every partition; kTime: microseconds since 1970-01-01 UTC

  // "earliest", "latest", "offset:120", "2026-01-02T03:04:05Z".
  static Result<ResetTo> parse(std::string_view text);
};

// Moves the position of a flow that does not run, and begins new books. Gives what is durable then. kExpired,
// kInvalidArgument: an offset that is not there, a source that has no such place; nothing was changed.
Result<Checkpoint> reset_flow(Home& home, const PipelinePlan& pipeline, const FlowPlan& flow, const ResetTo& to);

// Moves it to where it has been before, with new books; `flow`: "users.store", which nothing runs. What it then reads
// it reads again. kExpired: retention has taken what was there.
Status set_back(Home& home, const std::string& flow, Keeper keeper, Position position);

// Where that is in a partition; the same errors.
Result<int64_t> offset_of(const TopicStore& topics, const std::string& topic, int32_t partition, const ResetTo& to);

}  // namespace millrace
