#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "connect/kafka/client.h"
#include "connect/kafka/partitions.h"

struct rd_kafka_consumer_group_metadata_s;
struct rd_kafka_message_s;
struct rd_kafka_queue_s;

namespace millrace {

// The partitions that the group has given to a worker, and as which member of it the worker commits.
struct KafkaAssignment {
  std::vector<KafkaPartition> partitions;  // ascending
  std::shared_ptr<rd_kafka_consumer_group_metadata_s> group;
};

// Where a partition is to be read from.
struct KafkaStart {
  KafkaPartition partition;
  int64_t offset = 0;
};

// A consumer whose records come through one queue. With a group it is a member of it, for as long as it lives: a run
// serves one assignment, from hold() to release(), and when the group wants to give partitions to others, they are
// given up once the run is through. A thread of its own answers the group meanwhile. Without a group it reads what it
// is told to.
class KafkaMember {
 public:
  struct Options {
    std::string group;                // empty: none
    std::vector<std::string> topics;  // of the group
  };
  static Result<std::shared_ptr<KafkaMember>> open(const KafkaAccess& access, Options options);
  ~KafkaMember();

  // Waits until there is an assignment; partitions stay until release(). One at a time.
  Result<KafkaAssignment> hold(int64_t timeout_us);
  void release();
  // No assignment for longer than groups take: a new member may fare better.
  bool is_stuck() const;

  // What has become of the assignment that is held. kWanted: nothing new is to be begun, what is through may be
  // committed. kLost: others have it already.
  enum class Standing { kHeld, kWanted, kLost };
  Standing standing() const { return standing_; }

  // From here on records of these partitions come, from these offsets on.
  Status read_from(const std::vector<KafkaStart>& starts);
  // Hands over what has come, for at most that time; `take` says whether it wants more. One thread at a time.
  using Take = std::function<bool(const rd_kafka_message_s&)>;
  void receive(int timeout_ms, const Take& take);

  const KafkaClient& client() const { return *client_; }

 private:
  explicit KafkaMember(Options options) : options_(std::move(options)) {}
  void serve();
  void rebalance(rd_kafka_s* handle, bool given, rd_kafka_topic_partition_list_s* partitions);
  void take_over(rd_kafka_s* handle, rd_kafka_topic_partition_list_s* partitions);
  void give_up(rd_kafka_s* handle);
  void forward(const KafkaPartition& partition);
  Status seek(rd_kafka_topic_partition_list_s& list);

  const Options options_;
  std::unique_ptr<KafkaClient> client_;
  rd_kafka_queue_s* queue_ = nullptr;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool assigned_ = false;  // guarded by mutex_, as what follows
  bool held_ = false;
  KafkaAssignment assignment_;
  int64_t unassigned_since_us_ = 0;
  std::optional<Error> problem_;  // why there is no assignment, as far as the brokers say

  std::atomic<Standing> standing_ = Standing::kHeld;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace millrace
