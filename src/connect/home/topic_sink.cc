#include <array>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/spelling.h"
#include "connect/home/home_transaction.h"
#include "connect/home/topic.h"
#include "connect/topics/topic_rows.h"
#include "flow/system.h"

namespace millrace {
namespace {

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "name",
     .kind = FieldKind::kText,
     .summary = "The topic to write to, one of those under `topics:`.",
     .example = "users_created",
     .required = true},
    {.name = "key",
     .kind = FieldKind::kColumn,
     .summary = "The column whose value is the record's key: records of one key stay in order, in one partition. "
                "Without it, records are spread over the partitions.",
     .example = "id"},
});

// Of one record, key and value. Half of what a batch can hold, so that one that is read again still fits into a
// quarantine, which keeps it as base64 and more with it.
constexpr size_t kTopicRecordBytesMax = kBatchBytesMax / 2;

// In front of each partition's batches in what encode() gives.
struct PartHeader {
  int32_t partition;
  uint64_t bytes;
};

struct EncodedBatches final : EncodedRows {
  Buffer bytes;
  Status fits;  // else a record is longer than a batch can be
};

class TopicSink final : public Sink {
 public:
  struct Options {
    std::string topic;
    int32_t partitions = 1;
    TopicCompression compression = TopicCompression::kNone;
  };
  TopicSink(Options options, TopicRows rows, HomeTransaction& transaction)
      : options_(std::move(options)), rows_(std::move(rows)), transaction_(transaction) {}

  std::vector<Fault> refuse(const Batch& batch, const Rows& rows) const override { return rows_.refuse(batch, rows); }

  std::unique_ptr<EncodedRows> encode(const Batch& batch, const Rows& rows) const override {
    const TopicValues values = rows_.values(batch, rows);
    const TopicKeys keys = rows_.keys(batch, rows);
    // Entries by partition, in the order of the rows.
    std::vector<std::vector<uint32_t>> parts(static_cast<size_t>(options_.partitions));
    const Partitioner partitioner(options_.partitions);
    uint32_t at = 0;
    rows.for_each([&](size_t row) {
      parts[static_cast<size_t>(TopicRows::partition_of(partitioner, keys.rows[at], batch, row))].push_back(at);
      ++at;
    });
    auto encoded = std::make_unique<EncodedBatches>();
    Buffer& out = encoded->bytes;
    out.reserve(values.bytes.size() + rows.count() * kRecordOverheadBytes);
    std::unique_ptr<RecordBatchEncoder> encoder = take_encoder();
    for (size_t partition = 0; partition < parts.size(); ++partition) {
      if (parts[partition].empty()) continue;
      const size_t header_at = out.size();
      out.resize(header_at + sizeof(PartHeader));
      const int64_t timestamp_ms = batch.origin->ingested_at_us / 1000;
      encoded->fits = put_batches(*encoder, parts[partition], values, keys, timestamp_ms, out);
      if (!encoded->fits.ok()) break;
      const PartHeader header{.partition = static_cast<int32_t>(partition),
                              .bytes = out.size() - header_at - sizeof(PartHeader)};
      std::memcpy(out.bytes() + header_at, &header, sizeof header);
    }
    give_back(std::move(encoder));
    return encoded;
  }

  Status append(std::unique_ptr<EncodedRows> encoded, size_t) override {
    const auto& batches = static_cast<const EncodedBatches&>(*encoded);
    if (!batches.fits.ok()) return batches.fits.error().with_context("topic " + options_.topic);
    std::string_view parts(batches.bytes.as<char>(), batches.bytes.size());
    while (!parts.empty()) {
      PartHeader header;
      std::memcpy(&header, parts.data(), sizeof header);
      parts.remove_prefix(sizeof header);
      transaction_.append(options_.topic, header.partition, RecordBatches::of_encoded(parts.substr(0, header.bytes)));
      parts.remove_prefix(header.bytes);
    }
    return {};
  }

  Status commit() override { return {}; }  // the transaction does
  bool abandon() override { return true; }

 private:
  static Status put_batches(RecordBatchEncoder& encoder, const std::vector<uint32_t>& entries,
                            const TopicValues& values, const TopicKeys& keys, int64_t timestamp_ms, Buffer& out) {
    const auto finish = [&]() -> Status {
      TRY(batches, encoder.finish());
      const std::string_view bytes = batches.bytes();
      const size_t at = out.size();
      out.resize(at + bytes.size());
      std::memcpy(out.bytes() + at, bytes.data(), bytes.size());
      encoder.begin();
      return {};
    };
    encoder.begin();
    for (const uint32_t entry : entries) {
      const std::string_view value = values.rows[entry];
      if (encoder.records() > 0 && encoder.uncompressed_bytes() + value.size() > kBatchBytes) TRY_STATUS(finish());
      encoder.add({.key = keys.rows[entry], .value = value, .timestamp_ms = timestamp_ms});
    }
    return finish();
  }

  std::unique_ptr<RecordBatchEncoder> take_encoder() const {
    const std::lock_guard lock(mutex_);
    if (encoders_.empty()) return std::make_unique<RecordBatchEncoder>(options_.compression);
    auto encoder = std::move(encoders_.back());
    encoders_.pop_back();
    return encoder;
  }
  void give_back(std::unique_ptr<RecordBatchEncoder> encoder) const {
    const std::lock_guard lock(mutex_);
    encoders_.push_back(std::move(encoder));
  }

  static constexpr size_t kBatchBytes = size_t{1} << 20;  // a batch is full when it has this many, uncompressed
  static constexpr size_t kRecordOverheadBytes = 64;      // about, key included

  Options options_;
  TopicRows rows_;
  HomeTransaction& transaction_;

  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<RecordBatchEncoder>> encoders_;  // guarded by mutex_
};

class TopicSinkPlan final : public SinkPlan {
 public:
  TopicSinkPlan(const TopicDeclaration& topic, std::optional<std::string> key)
      : format_(TopicFormat::of(topic)), key_(std::move(key)) {
    options_.topic = topic.name;
    options_.partitions = topic.config.partitions;
    options_.compression = topic.config.compression;
  }

  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>& columns, const RunContext& run) const override {
    auto* transaction = dynamic_cast<HomeTransaction*>(run.transaction);
    MILLRACE_ASSERT(transaction != nullptr, "a topic is written in a transaction of its store");
    TopicRows::Options rows{.format = format_, .record_bytes_max = kTopicRecordBytesMax};
    if (key_) rows.key = *find_column(columns, *key_);
    TRY(values, make_topic_value_writer(format_, columns, run));
    return std::unique_ptr<Sink>(
        std::make_unique<TopicSink>(options_, TopicRows(std::move(rows), std::move(values)), *transaction));
  }
  std::string place() const override { return "topic " + options_.topic; }
  Keeper keeper() const override { return Keeper::kTopics; }
  std::string topic() const override { return options_.topic; }

 private:
  TopicFormat format_;
  TopicSink::Options options_;
  std::optional<std::string> key_;
};

// Columns of several flows that write one topic have to be the same.
bool fits_topic(TopicDeclaration& topic, const std::vector<VisibleColumn>& columns, Place place,
                Diagnostics& diagnostics) {
  std::vector<Field> fields;
  for (const VisibleColumn& column : columns) fields.push_back({column.name, column.type});
  if (topic.value == ValueFormat::kText && (fields.size() != 1 || !fields[0].type.is(TypeKind::kString))) {
    diagnostics.error(place, fmt::format("topic '{}' holds text, so it takes records of one string column", topic.name),
                      "select just that one, or declare `value: json`");
    return false;
  }
  if (!check_value_columns(topic, fields, place, diagnostics)) return false;
  if (topic.columns && *topic.columns != fields) {
    diagnostics.error(place, fmt::format("topic '{}' has other columns than this flow writes", topic.name),
                      fmt::format("it has {}; this flow has {}", Type::structure(*topic.columns).text(),
                                  Type::structure(fields).text()));
    return false;
  }
  topic.columns = std::move(fields);
  return true;
}

std::unique_ptr<SinkPlan> make_topic_sink(const Settings& settings, const std::vector<VisibleColumn>& columns,
                                          Declarations& declarations, Diagnostics& diagnostics) {
  const Node& name = settings.node("name");
  TopicDeclaration* topic = declarations.topic(name.text, name.place, diagnostics);
  if (topic == nullptr || !fits_topic(*topic, columns, name.place, diagnostics)) return nullptr;
  std::optional<std::string> key;
  if (settings.has("key")) {
    key = settings.text("key");
    if (find_column(columns, *key) == nullptr) {
      std::vector<std::string_view> names;
      for (const VisibleColumn& column : columns) names.push_back(column.name);
      const auto near = nearest_spelling(*key, names);
      diagnostics.error(
          settings.node("key").place, fmt::format("there is no column '{}' to be the key", *key),
          near ? fmt::format("did you mean '{}'?", *near) : "the key is one of the columns at the flow's end");
      return nullptr;
    }
  }
  topic->key = topic->key.value_or(key.value_or("")) == key.value_or("") ? key.value_or("") : "";
  if (topic->system != nullptr) return topic->system->topics()->topic_sink(*topic, std::move(key));
  return std::make_unique<TopicSinkPlan>(*topic, std::move(key));
}

}  // namespace

const SinkComponent kTopicSink = {
    .about =
        {.kind = ComponentKind::kSink,
         .name = "topic",
         .summary = "Writes records to a topic.",
         .details =
             "Records, quarantined ones, the flow's position and its books are committed together: a run that "
             "is killed goes on where it stopped, and adds nothing twice. A record of more than 32 MiB is a fault.",
         .shorthand = "name",
         .fields = kFields,
         .example = "topic: users_created"},
    .make = make_topic_sink};

}  // namespace millrace
