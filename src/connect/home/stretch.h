#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "connect/home/home.h"
#include "connect/home/reset.h"

namespace millrace {

// Places of the partitions of a flow's topics, and others behind them; a partition with nothing in between is not in
// it. The stamps of `from` are those of the records in front.
struct Stretch {
  Position from;
  Position until;
};

struct StretchEnds {
  ResetTo from;
  ResetTo to;              // this record is not in it any more
  int32_t partition = -1;  // only this one; -1: all
};

// Never beyond the flow's position: what comes there it has yet to read by itself. kInvalidArgument: the flow reads no
// topic, or such a place is not there; kExpired: not any more.
Result<Stretch> find_stretch(Home& home, const PipelinePlan& pipeline, const FlowPlan& flow, const StretchEnds& ends);

// How a flow that reads a partition from its oldest record stamps the one in front of an offset; 0: there is none.
Result<int64_t> stamp_in_front(const TopicStore& topics, const std::string& topic, int32_t partition, int64_t offset);

}  // namespace millrace
