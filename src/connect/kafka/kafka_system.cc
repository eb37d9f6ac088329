#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "connect/kafka/group.h"
#include "connect/kafka/kafka.h"
#include "connect/kafka/settings.h"
#include "connect/kafka/sink.h"
#include "connect/kafka/source.h"
#include "connect/kafka/topics.h"
#include "connect/kafka/transaction.h"

namespace millrace {
namespace {

// What a flow of this process has in the cluster, from run to run. One run at a time.
struct FlowInKafka {
  explicit FlowInKafka(KafkaProducer of) : producer(std::move(of)) {}
  std::mutex mutex;
  KafkaProducer producer;               // guarded by mutex until a transaction has it
  std::vector<std::string> reads;       // guarded by mutex
  std::shared_ptr<KafkaMember> member;  // guarded by mutex; of flows that read topics of the cluster
};

class KafkaSystem final : public System, public TopicSystem {
 public:
  explicit KafkaSystem(KafkaSettings settings)
      : settings_(std::move(settings)),
        topics_(std::make_shared<KafkaTopics>(settings_.access, settings_.replication)) {}

  TopicSystem* topics() override { return this; }

  Result<std::string> reach() override {
    TRY(client, topics_->client());
    return describe_cluster(*client);
  }

  std::unique_ptr<SourcePlan> topic_source(const std::vector<TopicDeclaration>& topics, bool latest,
                                           SourceSchema schema) override {
    KafkaSourceOptions options{
        .format = TopicFormat::of(topics.front()), .latest = latest, .schema = std::move(schema)};
    for (const TopicDeclaration& topic : topics) options.topics.push_back(topic.name);
    return make_kafka_source(settings_.access, std::move(options));
  }

  std::unique_ptr<SinkPlan> topic_sink(const TopicDeclaration& topic, std::optional<std::string> key) override {
    return make_kafka_sink(topics_, {.system = settings_.access.name,
                                     .format = TopicFormat::of(topic),
                                     .compression = topic.config.compression,
                                     .key = std::move(key)});
  }

  Status prepare(const std::vector<TopicDeclaration>& topics) override {
    std::vector<KafkaTopicWanted> wanted;
    for (const TopicDeclaration& topic : topics) wanted.push_back(wanted_topic(topic));
    return topics_->prepare(wanted);
  }

  Result<std::unique_ptr<Transaction>> begin(const SystemFlow& flow, const Clock& /*clock*/) override {
    FlowInKafka& mine = of_flow(flow);
    const std::lock_guard lock(mine.mutex);
    if (flow.reads.empty()) {
      TRY_STATUS(topics_->prepare({checkpoints_topic()}));
      TRY(transaction, KafkaTransaction::begin_alone(flow.name, mine.producer, settings_.access));
      return std::unique_ptr<Transaction>(std::move(transaction));
    }
    if (mine.member != nullptr && (mine.reads != flow.reads || mine.member->is_stuck())) mine.member.reset();
    if (mine.member == nullptr) {
      TRY(member, KafkaMember::open(settings_.access, {.group = group_of(flow.name), .topics = flow.reads}));
      mine.member = std::move(member);
      mine.reads = flow.reads;
    }
    TRY(transaction, KafkaTransaction::begin_as_member(flow.name, mine.producer, mine.member));
    return std::unique_ptr<Transaction>(std::move(transaction));
  }

  Result<Checkpoint> checkpoint(const std::string& flow, const std::vector<std::string>& reads) override {
    TRY(client, topics_->client());
    TRY(there, topics_there(*client));
    if (reads.empty()) {
      if (!there.contains(std::string(kCheckpointsTopic))) return Checkpoint{};
      return read_checkpoint(settings_.access, flow);
    }
    std::vector<KafkaPartition> partitions;
    for (const std::string& topic : reads) {
      for (int32_t p = 0; p < there[topic]; ++p) partitions.push_back({topic, p});
    }
    TRY(committed, committed_of_group(*client, group_of(flow), partitions));
    return checkpoint_of(committed);
  }

 private:
  std::string group_of(const std::string& flow) const { return settings_.group_prefix + flow; }

  // A flow that reads no topic of the cluster has one worker: whoever begins last.
  FlowInKafka& of_flow(const SystemFlow& flow) {
    const std::lock_guard lock(mutex_);
    auto& known = flows_[flow.name];
    if (known == nullptr) {
      std::string id = group_of(flow.name);
      if (!flow.reads.empty()) id += '.' + flow.worker;
      known = std::make_unique<FlowInKafka>(KafkaProducer(settings_.access, std::move(id)));
    }
    return *known;
  }

  const KafkaSettings settings_;
  const std::shared_ptr<KafkaTopics> topics_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<FlowInKafka>> flows_;  // guarded by mutex_
};

std::shared_ptr<System> make_kafka(const std::string& name, const Settings& settings, Diagnostics& diagnostics) {
  auto read = read_kafka_settings(name, settings, diagnostics);
  return read ? std::make_shared<KafkaSystem>(*std::move(read)) : nullptr;
}

}  // namespace

const SystemComponent kKafkaSystem = {.about = kKafkaComponent, .make = make_kafka};

}  // namespace millrace
