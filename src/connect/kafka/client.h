#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

// librdkafka's own types; its header stays within the .cc files of this folder.
struct rd_kafka_s;
struct rd_kafka_error_s;
struct rd_kafka_topic_partition_list_s;

namespace millrace {

// Settings by librdkafka's own names, in order: later ones win.
using KafkaPairs = std::vector<std::pair<std::string, std::string>>;

// How to get at a Kafka cluster.
struct KafkaAccess {
  std::string name;  // what the profile calls it, for messages
  std::string brokers;
  KafkaPairs pairs;  // security, and what the user has set
};

// Whether librdkafka takes a setting; its own words otherwise.
Status check_kafka_setting(const std::string& name, const std::string& value);

// One client of librdkafka: a consumer, or a producer, which serves for questions too. Thread-safe.
class KafkaClient {
 public:
  enum class Role { kConsumer, kProducer };
  // A consumer's partitions are given, or taken away (`given` is false); from the thread that polls.
  using OnRebalance = std::function<void(rd_kafka_s*, bool given, rd_kafka_topic_partition_list_s*)>;

  // Does not connect yet. `first` is set in front of what the user has set, `last` behind it.
  static Result<std::unique_ptr<KafkaClient>> open(const KafkaAccess& access, Role role, const KafkaPairs& first,
                                                   const KafkaPairs& last, OnRebalance on_rebalance = nullptr);
  ~KafkaClient();

  rd_kafka_s* handle() const { return handle_; }
  const std::string& system() const { return name_; }

  // Whether a broker answers: what is wrong otherwise, in the words of what went wrong last.
  Status reach(int timeout_ms) const;
  // Since brokers were last reached: why none can be. Empty: nothing is known to be wrong.
  std::optional<Error> trouble() const;

  // Why the first record since the last call that could not be delivered was not.
  std::optional<Error> take_undelivered() const;

  // From librdkafka's codes; what is known to be wrong with the brokers is said too.
  Error error(int code, std::string_view action) const;
  Error error(const rd_kafka_error_s& failure, std::string_view action) const;

 private:
  KafkaClient(std::string name, std::string brokers, OnRebalance on_rebalance)
      : name_(std::move(name)), brokers_(std::move(brokers)), on_rebalance_(std::move(on_rebalance)) {}
  struct Callbacks;  // librdkafka's

  const std::string name_;
  const std::string brokers_;
  const OnRebalance on_rebalance_;
  rd_kafka_s* handle_ = nullptr;

  mutable std::mutex mutex_;
  mutable std::string reason_;                  // guarded by mutex_; why a broker could not be reached, the last one
  mutable std::optional<ErrorCode> unreached_;  // guarded by mutex_; no broker can be
  mutable std::optional<Error> undelivered_;    // guarded by mutex_
};

// What the caller can do about one of librdkafka's codes.
ErrorCode kafka_error_code(int code);

}  // namespace millrace
