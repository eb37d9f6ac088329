#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/home/home.h"
#include "connect/home/offset_set.h"
#include "flow/connector.h"

namespace millrace {

// A record in the quarantine of a flow, with all that it came with.
struct QuarantinedRecord {
  int64_t at = 0;  // its offset in the quarantine: its name
  std::string flow;
  std::string run;
  std::string source;
  uint64_t line = 0;
  uint64_t offset = 0;
  std::optional<int32_t> element;
  std::string step;
  struct Fault {
    std::string rule;
    std::string reason;
  };
  std::vector<Fault> faults;
  int64_t ingested_at_us = 0;
  std::optional<std::string> key;
  std::string format;
  std::vector<std::string> header;
  std::string bytes;  // as they came

  // What a topic holds, and back.
  static Result<QuarantinedRecord> parse(int64_t at, std::string_view json);
};

// The topic of a flow's quarantine, and what has left it.
struct Quarantine {
  std::string flow;  // several may share the topic
  std::string topic;
  OffsetSet left;

  // kInvalidArgument: it is in a file, or in several partitions.
  static Result<Quarantine> of(Home& home, const PipelinePlan& pipeline, const FlowPlan& flow);
  // Of a flow whose pipeline is not at hand, by its name ("users.store") and how far it has got; kNotFound: it has none
  // of the usual name.
  static Result<Quarantine> of(Home& home, std::string_view flow, const Checkpoint& checkpoint);
};

// The records that are in there, in their order, until `take` says no.
Status for_each_quarantined(const TopicStore& topics, const Quarantine& quarantine,
                            const std::function<bool(QuarantinedRecord record)>& take);

// The records as what the flow reads: decoded as its own source decodes them, each with its own place and times.
Result<std::unique_ptr<Source>> open_retried(const FlowPlan& flow, std::vector<QuarantinedRecord> records,
                                             const RunContext& run);

}  // namespace millrace
