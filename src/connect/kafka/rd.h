#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "connect/kafka/partitions.h"

// Owners of librdkafka's objects, for the .cc files of this folder alone.
namespace millrace {

template <auto Destroy>
struct RdDeleter {
  template <typename T>
  void operator()(T* object) const {
    Destroy(object);
  }
};

using RdError = std::unique_ptr<rd_kafka_error_t, RdDeleter<rd_kafka_error_destroy>>;
using RdMessage = std::unique_ptr<rd_kafka_message_t, RdDeleter<rd_kafka_message_destroy>>;
using RdPartitions = std::unique_ptr<rd_kafka_topic_partition_list_t, RdDeleter<rd_kafka_topic_partition_list_destroy>>;
using RdQueue = std::unique_ptr<rd_kafka_queue_t, RdDeleter<rd_kafka_queue_destroy>>;
using RdEvent = std::unique_ptr<rd_kafka_event_t, RdDeleter<rd_kafka_event_destroy>>;
using RdTopic = std::unique_ptr<rd_kafka_topic_t, RdDeleter<rd_kafka_topic_destroy>>;
using RdOptions = std::unique_ptr<rd_kafka_AdminOptions_t, RdDeleter<rd_kafka_AdminOptions_destroy>>;

RdPartitions list_of(const std::vector<KafkaPartition>& partitions);
// What librdkafka has put into a list of partitions.
Result<std::vector<KafkaCommitted>> committed_in(const KafkaClient& client,
                                                 const rd_kafka_topic_partition_list_t& list);

inline constexpr int kRdAskMs = 30'000;

// Asks, and waits for the answer.
template <typename Ask>
Result<RdEvent> answer_to(const KafkaClient& client, rd_kafka_admin_op_t what, std::string_view action, Ask ask) {
  const RdQueue queue(rd_kafka_queue_new(client.handle()));
  const RdOptions options(rd_kafka_AdminOptions_new(client.handle(), what));
  std::array<char, 256> why{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kRdAskMs, why.data(), why.size());
  ask(options.get(), queue.get());
  RdEvent event(rd_kafka_queue_poll(queue.get(), kRdAskMs + 1'000));
  if (event == nullptr) return client.error(RD_KAFKA_RESP_ERR__TIMED_OUT, action);
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return client.error(code, action);
  }
  return event;
}

}  // namespace millrace
