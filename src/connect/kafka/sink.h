#pragma once

#include <memory>
#include <optional>
#include <string>

#include "connect/kafka/topics.h"
#include "connect/topics/topic_values.h"
#include "flow/connector.h"
#include "store/topics/record_batch.h"

namespace millrace {

struct KafkaSinkOptions {
  std::string system;  // for people
  TopicFormat format;
  TopicCompression compression = TopicCompression::kNone;
  std::optional<std::string> key;  // the column that has it
};

// Writes to a topic of Kafka, in runs whose transaction is a KafkaTransaction.
std::unique_ptr<SinkPlan> make_kafka_sink(std::shared_ptr<KafkaTopics> topics, KafkaSinkOptions options);

}  // namespace millrace
