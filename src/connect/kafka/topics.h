#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "connect/kafka/client.h"
#include "connect/kafka/partitions.h"
#include "flow/declarations.h"

namespace millrace {

// What millrace has to know of a topic that is there.
struct KafkaTopicFacts {
  int32_t partitions = 0;
  int64_t record_bytes_max = 0;  // of a batch, as the topic's max.message.bytes has it
};

// How a topic is made that is not there.
struct KafkaTopicWanted {
  std::string name;
  int32_t partitions = 1;
  std::vector<std::pair<std::string, std::string>> settings;  // Kafka's own names
};

// The topics of a cluster: makes those that are not there, looks at those that are. Thread-safe.
class KafkaTopics {
 public:
  KafkaTopics(KafkaAccess access, int32_t replication) : access_(std::move(access)), replication_(replication) {}

  // What has been found right once is not asked for again.
  Status prepare(const std::vector<KafkaTopicWanted>& wanted);
  // Of one that has been prepared.
  Result<KafkaTopicFacts> facts(const std::string& topic) const;
  // The client that questions are asked with.
  Result<std::shared_ptr<KafkaClient>> client();

 private:
  Status make(const KafkaClient& client, const std::vector<KafkaTopicWanted>& wanted);
  static Result<std::map<std::string, int32_t>> topics_seen(const KafkaClient& client,
                                                            const std::vector<KafkaTopicWanted>& wanted);
  Status look(const KafkaClient& client, const std::vector<KafkaTopicWanted>& wanted);

  const KafkaAccess access_;
  const int32_t replication_;  // -1: as the brokers have it
  std::mutex prepare_mutex_;

  mutable std::mutex mutex_;
  std::shared_ptr<KafkaClient> client_;           // guarded by mutex_
  std::map<std::string, KafkaTopicFacts> facts_;  // guarded by mutex_
};

// As a pipeline file declares it.
KafkaTopicWanted wanted_topic(const TopicDeclaration& declared);
// How many partitions each topic of the cluster has.
Result<std::map<std::string, int32_t>> topics_there(const KafkaClient& client);
// All of these topics; kNotFound names one that is not there.
Result<std::vector<KafkaPartition>> partitions_of(const KafkaClient& client, const std::vector<std::string>& topics);

}  // namespace millrace
