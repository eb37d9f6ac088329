#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connect/home/raw.h"
#include "flow/plan.h"

namespace millrace {

// What was done with payloads. Belongs to the run's reading.
struct PayloadCounts {
  uint64_t read = 0;
  uint64_t refused = 0;  // of these: the source takes no records from such ones
};

// Payloads as what the flow reads: cut and decoded as its own source does today, with their own places, times and
// stamps. The source's one part is the topic's partition. `counts` must outlive it.
Result<std::unique_ptr<Source>> open_payloads(const FlowPlan& flow, PayloadReader payloads, const RunContext& run,
                                              PayloadCounts& counts);

// The one part, of a topic of payloads.
std::string raw_part(const RawTopic& raw);

}  // namespace millrace
