#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/kafka/member.h"
#include "connect/kafka/producer.h"
#include "connect/kafka/topics.h"
#include "connect/topics/topic_rows.h"
#include "flow/connector.h"
#include "flow/transaction.h"
#include "store/topics/record_batch.h"

struct rd_kafka_topic_s;

namespace millrace {

// Records for one topic, ready to be sent: they own or share the bytes that they point to.
struct KafkaRecords final : EncodedRows {
  struct Record {
    std::optional<std::string_view> key;
    std::string_view value;
    int32_t partition = 0;
  };
  std::vector<Record> records;
  int64_t timestamp_ms = 0;
  TopicValues values;
  TopicKeys keys;
  std::vector<Column> columns;  // of the batch, where texts lie
};

// What a flow commits in a Kafka cluster, as one transaction of its producer: records, quarantined records, and how far
// it has got. For a flow that reads the cluster's topics that is the offsets of its group, with the books in their
// metadata (OffsetNote); for any other a record of the topic millrace.checkpoints. What is sent is kept until it is
// committed, so that a transaction which had to be aborted is sent again.
class KafkaTransaction final : public Transaction {
 public:
  // The flow reads what the group has assigned to this worker.
  static Result<std::unique_ptr<KafkaTransaction>> begin_as_member(std::string flow, KafkaProducer& producer,
                                                                   std::shared_ptr<KafkaMember> member);
  // The flow reads something else.
  static Result<std::unique_ptr<KafkaTransaction>> begin_alone(std::string flow, KafkaProducer& producer,
                                                               const KafkaAccess& access);
  ~KafkaTransaction() override;

  const Checkpoint& resumed_from() const override { return resumed_from_; }
  Status commit(const Checkpoint& checkpoint) override;
  Status begin_commit(const Checkpoint& checkpoint) override;
  bool has_landed() const override;
  Status land() override;
  Status sync() override { return land(); }
  bool is_over() const override { return over_; }

  // nullptr: the flow reads something else.
  KafkaMember* member() const { return member_.get(); }
  const KafkaAssignment& assignment() const { return assignment_; }

  // Records for a topic: part of the next commit. Waits while too many are on their way, as long as `run` goes on.
  Status append(const std::string& topic, TopicCompression compression, std::unique_ptr<KafkaRecords> records,
                const RunContext& run);

 private:
  KafkaTransaction(std::string flow, KafkaProducer& producer, std::shared_ptr<KafkaClient> client)
      : flow_(std::move(flow)), producer_(producer), client_(std::move(client)) {}
  struct Sent {
    rd_kafka_topic_s* topic = nullptr;
    std::unique_ptr<KafkaRecords> records;
  };
  enum class Stage { kNone, kSending, kSent, kCommitting };

  Result<rd_kafka_topic_s*> topic(const std::string& name, TopicCompression compression);
  void fly();
  Status put(Sent sent, const std::function<bool()>& stopping);
  Status commit_now(const Checkpoint& checkpoint);
  Status start();
  Status send(const Sent& sent, const std::function<bool()>& stopping);
  Status send_offsets(const Checkpoint& checkpoint);
  Status send_checkpoint(const Checkpoint& checkpoint);
  Status judge(const rd_kafka_error_s& failure, std::string_view action);
  Status send_all(const Checkpoint& checkpoint);
  void abort();
  void drop();

  const std::string flow_;
  KafkaProducer& producer_;
  std::shared_ptr<KafkaClient> client_;  // the producer's
  std::shared_ptr<KafkaMember> member_;
  KafkaAssignment assignment_;
  Checkpoint resumed_from_;
  Position committed_;           // by part, as its offset is kept
  std::vector<bool> has_books_;  // per partition of the assignment: its note has some

  // What a commit on its way touches: its thread's until it has landed.
  Stage stage_ = Stage::kNone;
  std::map<std::string, rd_kafka_topic_s*> topics_;
  std::vector<Sent> sent_;  // since the last commit
  Sent checkpoint_;         // of a flow that reads something else

  std::atomic<bool> over_ = false;
  // The commit that is on its way, and what has been put in since. Without a flight there is none; one that has failed
  // has no outcome to wait for.
  std::optional<Checkpoint> flight_;
  std::future<Status> outcome_;
  std::vector<Sent> next_;
};

inline constexpr std::string_view kCheckpointsTopic = "millrace.checkpoints";
inline constexpr int32_t kCheckpointPartitions = 16;

// How that topic is made: only the last record of each flow matters.
KafkaTopicWanted checkpoints_topic();
// The last checkpoint of a flow in that topic; the empty one when there is none.
Result<Checkpoint> read_checkpoint(const KafkaAccess& access, const std::string& flow);

}  // namespace millrace
