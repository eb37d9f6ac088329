#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connect/kafka/client.h"
#include "connect/kafka/offset_note.h"

namespace millrace {

struct KafkaPartition {
  std::string topic;
  int32_t partition = 0;
  auto operator<=>(const KafkaPartition&) const = default;
  std::string part() const;  // of a position: "users[3]"
};

// What a partition has for readers of committed records.
struct KafkaBounds {
  int64_t begin = 0;  // retention has taken what was in front
  int64_t end = 0;
};

// What a flow has committed for one partition.
struct KafkaCommitted {
  KafkaPartition partition;
  std::optional<int64_t> next;  // nullopt: nothing
  OffsetNote note;
};

Result<KafkaBounds> bounds_of(const KafkaClient& client, const KafkaPartition& partition);
// Of the consumer's own group. What a transaction is about to commit is waited for.
Result<std::vector<KafkaCommitted>> committed_of(const KafkaClient& consumer,
                                                 const std::vector<KafkaPartition>& partitions);
// How far a flow has got, from what is committed for its partitions.
Checkpoint checkpoint_of(const std::vector<KafkaCommitted>& committed);

}  // namespace millrace
