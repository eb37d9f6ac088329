#include "connect/kafka/sink.h"

#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "connect/kafka/transaction.h"
#include "connect/topics/topic_rows.h"

namespace millrace {
namespace {

// Of a topic's max.message.bytes: what a batch of one record has around it, and then some.
constexpr int64_t kAroundRecordBytes = 512;

class KafkaSink final : public Sink {
 public:
  KafkaSink(const KafkaSinkOptions& options, int32_t partitions, TopicRows rows, KafkaTransaction& transaction,
            RunContext run)
      : options_(options),
        partitions_(partitions),
        rows_(std::move(rows)),
        transaction_(transaction),
        run_(std::move(run)) {}

  std::vector<Fault> refuse(const Batch& batch, const Rows& rows) const override { return rows_.refuse(batch, rows); }

  std::unique_ptr<EncodedRows> encode(const Batch& batch, const Rows& rows) const override {
    auto out = std::make_unique<KafkaRecords>();
    out->columns = batch.columns;
    out->values = rows_.values(batch, rows);
    out->keys = rows_.keys(batch, rows);
    out->timestamp_ms = batch.origin->ingested_at_us / 1000;
    out->records.reserve(rows.count());
    const Partitioner partitioner(partitions_);
    rows.for_each([&](size_t row) {
      const size_t at = out->records.size();
      const auto& key = out->keys.rows[at];
      out->records.push_back({.key = key,
                              .value = out->values.rows[at],
                              .partition = TopicRows::partition_of(partitioner, key, batch, row)});
    });
    return out;
  }

  Status append(std::unique_ptr<EncodedRows> encoded, size_t) override {
    std::unique_ptr<KafkaRecords> records(static_cast<KafkaRecords*>(encoded.release()));
    return transaction_.append(options_.format.topic, options_.compression, std::move(records), run_);
  }

  Status commit() override { return {}; }  // the transaction does
  bool abandon() override { return true; }

 private:
  const KafkaSinkOptions& options_;
  int32_t partitions_;
  TopicRows rows_;
  KafkaTransaction& transaction_;
  RunContext run_;
};

class KafkaSinkPlan final : public SinkPlan {
 public:
  KafkaSinkPlan(std::shared_ptr<KafkaTopics> topics, KafkaSinkOptions options)
      : topics_(std::move(topics)), options_(std::move(options)) {}

  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>& columns, const RunContext& run) const override {
    auto* const transaction = dynamic_cast<KafkaTransaction*>(run.transaction);
    MILLRACE_ASSERT(transaction != nullptr, "a topic of Kafka is written in a transaction of Kafka");
    TRY(topic, topics_->facts(options_.format.topic));
    TopicRows::Options rows{.format = options_.format,
                            .record_bytes_max = static_cast<size_t>(topic.record_bytes_max - kAroundRecordBytes)};
    if (options_.key) rows.key = *find_column(columns, *options_.key);
    TRY(values, make_topic_value_writer(options_.format, columns, run));
    return std::unique_ptr<Sink>(std::make_unique<KafkaSink>(
        options_, topic.partitions, TopicRows(std::move(rows), std::move(values)), *transaction, run));
  }
  std::string place() const override { return fmt::format("topic {} in {}", options_.format.topic, options_.system); }
  Keeper keeper() const override { return Keeper::kSystem; }
  std::string topic() const override { return options_.format.topic; }

 private:
  std::shared_ptr<KafkaTopics> topics_;
  KafkaSinkOptions options_;
};

}  // namespace

std::unique_ptr<SinkPlan> make_kafka_sink(std::shared_ptr<KafkaTopics> topics, KafkaSinkOptions options) {
  return std::make_unique<KafkaSinkPlan>(std::move(topics), std::move(options));
}

}  // namespace millrace
