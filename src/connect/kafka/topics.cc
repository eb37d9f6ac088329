#include "connect/kafka/topics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "connect/kafka/rd.h"

namespace millrace {
namespace {

constexpr int kReachMs = 10'000;
constexpr int kSeenMs = 10'000;
constexpr int kLookAgainMs = 50;
constexpr int64_t kQuarantineBytesMax = int64_t{32}
                                        << 20;  // of a record: more than what it was in the topic it came from
constexpr int64_t kUsualBytesMax = 1'048'588;   // Kafka's own default of max.message.bytes

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, RdDeleter<rd_kafka_NewTopic_destroy>>;
using Resource = std::unique_ptr<rd_kafka_ConfigResource_t, RdDeleter<rd_kafka_ConfigResource_destroy>>;

template <typename Owner>
auto borrowed(const std::vector<Owner>& owners) {
  std::vector<typename Owner::pointer> all;
  for (const Owner& owner : owners) all.push_back(owner.get());
  return all;
}

}  // namespace

KafkaTopicWanted wanted_topic(const TopicDeclaration& declared) {
  const TopicConfig& config = declared.config;
  KafkaTopicWanted wanted{.name = declared.name, .partitions = config.partitions};
  wanted.settings.emplace_back("retention.ms", std::to_string(config.retention_ms.value_or(-1)));
  if (config.retention_bytes) wanted.settings.emplace_back("retention.bytes", std::to_string(*config.retention_bytes));
  if (declared.name.ends_with(".quarantine")) {
    wanted.settings.emplace_back("max.message.bytes", std::to_string(kQuarantineBytesMax));
  }
  return wanted;
}

Result<std::map<std::string, int32_t>> topics_there(const KafkaClient& client) {
  TRY_STATUS(client.reach(kReachMs));
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(client.handle(), 1, nullptr, &metadata, kReachMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return client.error(code, "list topics");
  std::map<std::string, int32_t> there;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (metadata->topics[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      there[metadata->topics[i].topic] = metadata->topics[i].partition_cnt;
    }
  }
  rd_kafka_metadata_destroy(metadata);
  return there;
}

Result<std::vector<KafkaPartition>> partitions_of(const KafkaClient& client, const std::vector<std::string>& topics) {
  TRY(there, topics_there(client));
  std::vector<KafkaPartition> partitions;
  for (const std::string& topic : topics) {
    const auto found = there.find(topic);
    if (found == there.end()) {
      return Error(ErrorCode::kNotFound, fmt::format("system {}: there is no topic {}", client.system(), topic));
    }
    for (int32_t p = 0; p < found->second; ++p) partitions.push_back({topic, p});
  }
  return partitions;
}

Result<std::shared_ptr<KafkaClient>> KafkaTopics::client() {
  const std::lock_guard lock(mutex_);
  if (client_ == nullptr) {
    TRY(client, KafkaClient::open(access_, KafkaClient::Role::kProducer, {}, {}));
    client_ = std::move(client);
  }
  return client_;
}

Result<KafkaTopicFacts> KafkaTopics::facts(const std::string& topic) const {
  const std::lock_guard lock(mutex_);
  const auto known = facts_.find(topic);
  MILLRACE_ASSERT(known != facts_.end(), "topics are prepared before they are written");
  return known->second;
}

Status KafkaTopics::prepare(const std::vector<KafkaTopicWanted>& wanted) {
  const std::lock_guard preparing(prepare_mutex_);
  std::vector<KafkaTopicWanted> unknown;
  {
    const std::lock_guard lock(mutex_);
    for (const KafkaTopicWanted& topic : wanted) {
      if (!facts_.contains(topic.name)) unknown.push_back(topic);
    }
  }
  if (unknown.empty()) return {};
  TRY(asked, client());
  TRY(there, topics_there(*asked));
  std::vector<KafkaTopicWanted> missing;
  for (const KafkaTopicWanted& topic : unknown) {
    const auto found = there.find(topic.name);
    if (found == there.end()) {
      missing.push_back(topic);
    } else if (found->second < topic.partitions) {
      return Error(
          ErrorCode::kInvalidArgument,
          fmt::format("topic {} has {} partitions in {}, and is declared with {}: declare `partitions: {}`, or "
                      "add partitions to it with Kafka's own tools",
                      topic.name, found->second, asked->system(), topic.partitions, found->second));
    }
  }
  if (!missing.empty()) TRY_STATUS(make(*asked, missing));
  return look(*asked, unknown);
}

Status KafkaTopics::make(const KafkaClient& client, const std::vector<KafkaTopicWanted>& wanted) {
  std::vector<NewTopic> topics;
  for (const KafkaTopicWanted& topic : wanted) {
    std::array<char, 256> why{};
    NewTopic made(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, replication_, why.data(), why.size()));
    if (made == nullptr) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("topic {}: {}", topic.name, why.data()));
    }
    for (const auto& [name, value] : topic.settings) {
      rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str());
    }
    topics.push_back(std::move(made));
  }
  auto all = borrowed(topics);
  TRY(event, answer_to(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, "make topics", [&](auto* options, auto* queue) {
        rd_kafka_CreateTopics(client.handle(), all.data(), all.size(), options, queue);
      }));
  size_t count = 0;
  const rd_kafka_topic_result_t** const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[i]);
    // Another worker has been faster.
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* const why = rd_kafka_topic_result_error_string(results[i]);
    return Error(kafka_error_code(code), fmt::format("make topic {} in {}: {}", rd_kafka_topic_result_name(results[i]),
                                                     client.system(), why != nullptr ? why : rd_kafka_err2str(code)));
  }
  return {};
}

// Brokers learn of topics one after another.
Result<std::map<std::string, int32_t>> KafkaTopics::topics_seen(const KafkaClient& client,
                                                                const std::vector<KafkaTopicWanted>& wanted) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kSeenMs);
  while (true) {
    TRY(there, topics_there(client));
    const auto unseen = std::find_if(wanted.begin(), wanted.end(),
                                     [&](const KafkaTopicWanted& topic) { return !there.contains(topic.name); });
    if (unseen == wanted.end()) return there;
    if (std::chrono::steady_clock::now() > until) {
      return Error(ErrorCode::kUnavailable,
                   fmt::format("topic {} has been made in {}, and is not there yet", unseen->name, client.system()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(kLookAgainMs));
  }
}

Status KafkaTopics::look(const KafkaClient& client, const std::vector<KafkaTopicWanted>& wanted) {
  TRY(there, topics_seen(client, wanted));
  std::vector<Resource> resources;
  for (const KafkaTopicWanted& topic : wanted) {
    resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.name.c_str()));
  }
  auto all = borrowed(resources);
  std::map<std::string, int64_t> bytes_max;
  auto event = answer_to(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "look at topics", [&](auto* options, auto* queue) {
    rd_kafka_DescribeConfigs(client.handle(), all.data(), all.size(), options, queue);
  });
  if (!event.ok()) return event.error();
  size_t count = 0;
  const rd_kafka_ConfigResource_t** const described =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (size_t i = 0; i < count; ++i) {  // those that may not be described are as usual
    size_t entries = 0;
    const rd_kafka_ConfigEntry_t** const entry = rd_kafka_ConfigResource_configs(described[i], &entries);
    for (size_t e = 0; e < entries; ++e) {
      const std::string_view name = rd_kafka_ConfigEntry_name(entry[e]);
      const char* const value = rd_kafka_ConfigEntry_value(entry[e]);
      if (name != "max.message.bytes" || value == nullptr) continue;
      const std::string_view text = value;
      int64_t bytes = kUsualBytesMax;
      std::from_chars(text.data(), text.data() + text.size(), bytes);
      bytes_max[rd_kafka_ConfigResource_name(described[i])] = bytes;
    }
  }
  const std::lock_guard lock(mutex_);
  for (const KafkaTopicWanted& topic : wanted) {
    const auto bytes = bytes_max.find(topic.name);
    facts_[topic.name] = {.partitions = there[topic.name],
                          .record_bytes_max = bytes == bytes_max.end() ? kUsualBytesMax : bytes->second};
  }
  return {};
}

}  // namespace millrace
