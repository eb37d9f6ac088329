#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/topics/record_batch.h"

namespace millrace {

inline constexpr size_t kTopicNameBytesMax = 249;
inline constexpr int32_t kPartitionsMax = 1024;  // of one topic
inline constexpr int64_t kSegmentBytesMin = 1 << 10;
inline constexpr int64_t kSegmentBytesMax = int64_t{1} << 30;
inline constexpr int64_t kDefaultRetentionMs = int64_t{7} * 24 * 60 * 60 * 1000;

// The store's own topic: one batch per commit.
inline constexpr std::string_view kCommitsTopic = "millrace.commits";

// What can be said about a topic. Sizes are of one partition, as Kafka's are.
struct TopicConfig {
  int32_t partitions = 1;
  std::optional<int64_t> retention_ms = kDefaultRetentionMs;  // nullopt: for ever
  std::optional<int64_t> retention_bytes;                     // nullopt: whatever the size
  TopicCompression compression = TopicCompression::kNone;     // what its writers are to use
  int64_t segment_bytes = int64_t{128} << 20;                 // a new segment file begins where one would grow beyond
  // What retention would have taken but for a pin may be as large as this; beyond it, appends are refused with
  // kResource until the pin moves. nullopt: no limit.
  std::optional<int64_t> pinned_bytes_max;

  bool operator==(const TopicConfig&) const = default;
};

struct PartitionDescription {
  int64_t log_start = 0;        // the oldest offset that is there
  int64_t high_water_mark = 0;  // one beyond the newest that readers see
  int64_t bytes = 0;
  int32_t segments = 0;
  std::optional<int64_t> pinned_at;  // the lowest pin
  std::string alarm;                 // what is wrong and what to do; empty: nothing
};

struct TopicDescription {
  std::string name;
  TopicConfig config;
  std::vector<PartitionDescription> partitions;
};

// As Kafka has it: 1 to 249 of a-z A-Z 0-9 . _ -, and neither "." nor "..". kInvalidArgument says what is wrong with
// it.
Status check_topic_name(std::string_view name);
// Every value within its limits; kInvalidArgument names the one that is not.
Status check_topic_config(const TopicConfig& config);

}  // namespace millrace
