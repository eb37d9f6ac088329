#include "connect/kafka/group.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "connect/kafka/rd.h"

namespace millrace {
namespace {

constexpr int kReachMs = 5'000;

using GroupQuestion =
    std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t, RdDeleter<rd_kafka_ListConsumerGroupOffsets_destroy>>;
using Resource = std::unique_ptr<rd_kafka_ConfigResource_t, RdDeleter<rd_kafka_ConfigResource_destroy>>;

// Settings of one broker by name; those that may not be told are not there.
Result<std::map<std::string, std::string>> settings_of_broker(const KafkaClient& client, int32_t broker) {
  const Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, std::to_string(broker).c_str()));
  rd_kafka_ConfigResource_t* one = resource.get();
  TRY(event, answer_to(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "look at a broker", [&](auto* options, auto* queue) {
        rd_kafka_DescribeConfigs(client.handle(), &one, 1, options, queue);
      }));
  size_t count = 0;
  const rd_kafka_ConfigResource_t** const described =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  std::map<std::string, std::string> settings;
  size_t entries = 0;
  const rd_kafka_ConfigEntry_t** const entry =
      count == 0 ? nullptr : rd_kafka_ConfigResource_configs(described[0], &entries);
  for (size_t e = 0; e < entries; ++e) {
    const char* const value = rd_kafka_ConfigEntry_value(entry[e]);
    if (value != nullptr) settings[rd_kafka_ConfigEntry_name(entry[e])] = value;
  }
  return settings;
}

}  // namespace

Result<std::vector<KafkaCommitted>> committed_of_group(const KafkaClient& client, const std::string& group,
                                                       const std::vector<KafkaPartition>& partitions) {
  if (partitions.empty()) return std::vector<KafkaCommitted>();
  TRY_STATUS(client.reach(kReachMs));
  const RdPartitions list = list_of(partitions);
  const GroupQuestion question(rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), list.get()));
  rd_kafka_ListConsumerGroupOffsets_t* one = question.get();
  const std::string action = fmt::format("read the offsets of group {}", group);
  TRY(event, answer_to(client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, action, [&](auto* options, auto* queue) {
        rd_kafka_ListConsumerGroupOffsets(client.handle(), &one, 1, options, queue);
      }));
  size_t count = 0;
  const rd_kafka_group_result_t** const groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &count);
  if (count == 0) return std::vector<KafkaCommitted>();
  if (const rd_kafka_error_t* failure = rd_kafka_group_result_error(groups[0])) return client.error(*failure, action);
  return committed_in(client, *rd_kafka_group_result_partitions(groups[0]));
}

Result<std::string> describe_cluster(const KafkaClient& client) {
  TRY_STATUS(client.reach(kReachMs));
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(client.handle(), 0, nullptr, &metadata, kReachMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return client.error(code, "look at the cluster");
  const int brokers = metadata->broker_cnt;
  const int32_t first = brokers > 0 ? metadata->brokers[0].id : -1;
  rd_kafka_metadata_destroy(metadata);
  std::string text = fmt::format("Kafka, {} broker{}", brokers, brokers == 1 ? "" : "s");
  auto settings = settings_of_broker(client, first);
  if (!settings.ok()) return text + ", which may not be looked at closer";
  text += (*settings)["process.roles"].empty() ? " with ZooKeeper" : " with a KRaft controller";
  return text;
}

}  // namespace millrace
