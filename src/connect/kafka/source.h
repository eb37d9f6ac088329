#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connect/kafka/client.h"
#include "connect/topics/topic_values.h"
#include "flow/connector.h"

namespace millrace {

// What a source of Kafka's topics is told.
struct KafkaSourceOptions {
  std::vector<std::string> topics;
  TopicFormat format;
  bool latest = false;  // where a flow begins that has no position yet
  SourceSchema schema;
};

// Reads what the group has assigned, in a run whose transaction is a KafkaTransaction; in any other all partitions.
std::unique_ptr<SourcePlan> make_kafka_source(const KafkaAccess& access, KafkaSourceOptions options);

}  // namespace millrace
