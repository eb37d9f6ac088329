#include "connect/kafka/partitions.h"

#include <utility>

#include <fmt/format.h>

#include "connect/kafka/rd.h"

namespace millrace {
namespace {

constexpr int kBoundsMs = 10'000;
constexpr int kCommittedMs = 15'000;

}  // namespace

std::string KafkaPartition::part() const { return fmt::format("{}[{}]", topic, partition); }

Result<KafkaBounds> bounds_of(const KafkaClient& client, const KafkaPartition& partition) {
  KafkaBounds bounds;
  const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
      client.handle(), partition.topic.c_str(), partition.partition, &bounds.begin, &bounds.end, kBoundsMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return client.error(code, fmt::format("look at {}", partition.part()));
  return bounds;
}

RdPartitions list_of(const std::vector<KafkaPartition>& partitions) {
  RdPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const KafkaPartition& partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition);
  }
  return list;
}

Result<std::vector<KafkaCommitted>> committed_in(const KafkaClient& client,
                                                 const rd_kafka_topic_partition_list_t& list) {
  std::vector<KafkaCommitted> committed;
  for (int i = 0; i < list.cnt; ++i) {
    const rd_kafka_topic_partition_t& found = list.elems[i];
    KafkaCommitted one{.partition = {found.topic, found.partition}};
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return client.error(found.err, fmt::format("read the committed offset of {}", one.partition.part()));
    }
    if (found.offset >= 0) one.next = found.offset;
    auto note = OffsetNote::from_text({static_cast<const char*>(found.metadata), found.metadata_size});
    if (!note.ok()) return note.error().with_context(one.partition.part());
    one.note = *std::move(note);
    committed.push_back(std::move(one));
  }
  return committed;
}

Result<std::vector<KafkaCommitted>> committed_of(const KafkaClient& consumer,
                                                 const std::vector<KafkaPartition>& partitions) {
  if (partitions.empty()) return std::vector<KafkaCommitted>();
  const RdPartitions list = list_of(partitions);
  const rd_kafka_resp_err_t code = rd_kafka_committed(consumer.handle(), list.get(), kCommittedMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return consumer.error(code, "read the flow's committed offsets");
  return committed_in(consumer, *list);
}

Checkpoint checkpoint_of(const std::vector<KafkaCommitted>& committed) {
  Checkpoint checkpoint;
  for (const KafkaCommitted& one : committed) {
    if (!one.next) continue;
    checkpoint.position[one.partition.part()] = {.next = static_cast<uint64_t>(*one.next),
                                                 .stamp_us = one.note.stamp_us};
    if (one.note.books) add_books(checkpoint, *one.note.books);
  }
  return checkpoint;
}

}  // namespace millrace
