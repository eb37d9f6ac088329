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
#include "data/formats/json_writer.h"
#include "store/topics/partitioner.h"

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

// In front of each partition's batches in what encode() gives.
struct PartHeader {
  int32_t partition;
  uint64_t bytes;
};

// The values of rows as they are written, one behind the other, and where each begins.
struct Values {
  Buffer bytes;
  std::vector<std::string_view> rows;
};

class TopicSink final : public Sink {
 public:
  struct Options {
    std::string topic;
    int32_t partitions = 1;
    TopicCompression compression = TopicCompression::kNone;
    ValueFormat value = ValueFormat::kJson;
    std::optional<VisibleColumn> key;
  };
  TopicSink(Options options, const std::vector<VisibleColumn>& columns, HomeTransaction& transaction)
      : options_(std::move(options)), columns_(columns), transaction_(transaction), writer_(written(columns)) {}

  // A text that is null would come out again as an empty one.
  std::vector<Fault> refuse(const Batch& batch, const Rows& rows) const override {
    std::vector<Fault> faults;
    if (options_.value != ValueFormat::kText) return faults;
    const Column& texts = batch.columns[static_cast<size_t>(columns_[0].slot)];
    rows.for_each([&](size_t row) {
      if (!texts.is_null(row)) return;
      faults.push_back({.row = static_cast<uint32_t>(row),
                        .rule = "topic " + columns_[0].name,
                        .reason = fmt::format("{} is null, and a topic of text holds no nulls", columns_[0].name)});
    });
    return faults;
  }

  std::unique_ptr<EncodedRows> encode(const Batch& batch, const Rows& rows) const override {
    const Values values = write(batch, rows);
    std::vector<std::vector<Entry>> parts(static_cast<size_t>(options_.partitions));
    const Partitioner partitioner(options_.partitions);
    size_t at = 0;
    rows.for_each([&](size_t row) {
      Entry entry{.value = at++, .key = key_of(batch, row)};
      parts[static_cast<size_t>(partition_of(partitioner, entry, batch, row))].push_back(std::move(entry));
    });
    Buffer out;
    std::unique_ptr<RecordBatchEncoder> encoder = take_encoder();
    for (size_t partition = 0; partition < parts.size(); ++partition) {
      if (parts[partition].empty()) continue;
      put(out, static_cast<int32_t>(partition), batches_of(*encoder, parts[partition], values, *batch.origin));
    }
    give_back(std::move(encoder));
    return std::make_unique<EncodedBytes>(std::move(out));
  }

  Status append(std::unique_ptr<EncodedRows> encoded, size_t) override {
    std::string_view parts = static_cast<const EncodedBytes&>(*encoded).view();
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
  struct Entry {
    size_t value;  // index
    std::optional<std::string> key;
  };

  static std::vector<WriteColumn> written(const std::vector<VisibleColumn>& columns) {
    std::vector<WriteColumn> out;
    for (const VisibleColumn& column : columns) {
      out.push_back({column.name, column.type, static_cast<size_t>(column.slot)});
    }
    return out;
  }

  Values write(const Batch& batch, const Rows& rows) const {
    Values values;
    if (options_.value == ValueFormat::kText) {
      const StringReader texts(batch.columns[static_cast<size_t>(columns_[0].slot)]);
      rows.for_each([&](size_t row) { values.rows.push_back(texts[row]); });
      return values;
    }
    values.bytes = writer_.write(batch, rows);
    const char* at = values.bytes.as<char>();
    const char* const end = at + values.bytes.size();
    while (at < end) {  // JSON has its line breaks escaped
      const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      values.rows.emplace_back(at, static_cast<size_t>(newline - at));
      at = newline + 1;
    }
    return values;
  }

  std::optional<std::string> key_of(const Batch& batch, size_t row) const {
    if (!options_.key) return std::nullopt;
    const Column& column = batch.columns[static_cast<size_t>(options_.key->slot)];
    if (column.is_null(row)) return std::nullopt;
    return column.type.is(TypeKind::kString) ? std::string(column.string_at(row)) : format_value(column, row);
  }

  // What has no key goes by its place in the source, so that a replay and other sizes of batches put it there again.
  int32_t partition_of(const Partitioner& partitioner, const Entry& entry, const Batch& batch, size_t row) const {
    if (entry.key) return partitioner.partition_of(*entry.key);
    const size_t record = batch.record_of(row);
    const uint64_t place = batch.origin->offset.empty() ? record : batch.origin->offset[record];
    char bytes[sizeof place];
    std::memcpy(bytes, &place, sizeof place);
    return partitioner.partition_of(std::string_view(bytes, sizeof place));
  }

  static std::string batches_of(RecordBatchEncoder& encoder, const std::vector<Entry>& entries, const Values& values,
                                const Origin& origin) {
    std::string out;
    const auto finish = [&] {
      const auto batches = encoder.finish();
      MILLRACE_ASSERT(batches.ok(), "a batch within its limit was refused");
      out += batches->bytes();
      encoder.begin();
    };
    encoder.begin();
    for (const Entry& entry : entries) {
      const std::string_view value = values.rows[entry.value];
      if (encoder.records() > 0 && encoder.uncompressed_bytes() + value.size() > kBatchBytes) finish();
      encoder.add({.key = entry.key, .value = value, .timestamp_ms = origin.ingested_at_us / 1000});
    }
    finish();
    return out;
  }

  static void put(Buffer& out, int32_t partition, const std::string& batches) {
    const PartHeader header{.partition = partition, .bytes = batches.size()};
    const size_t at = out.size();
    out.resize(at + sizeof header + batches.size());
    std::memcpy(out.bytes() + at, &header, sizeof header);
    std::memcpy(out.bytes() + at + sizeof header, batches.data(), batches.size());
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

  Options options_;
  std::vector<VisibleColumn> columns_;
  HomeTransaction& transaction_;
  JsonWriter writer_;

  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<RecordBatchEncoder>> encoders_;  // guarded by mutex_
};

class TopicSinkPlan final : public SinkPlan {
 public:
  TopicSinkPlan(const TopicDeclaration& topic, std::optional<std::string> key) : key_(std::move(key)) {
    options_.topic = topic.name;
    options_.partitions = topic.config.partitions;
    options_.compression = topic.config.compression;
    options_.value = topic.value;
  }

  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>& columns, const RunContext& run) const override {
    auto* transaction = dynamic_cast<HomeTransaction*>(run.transaction);
    MILLRACE_ASSERT(transaction != nullptr, "a topic is written in a transaction of its store");
    TopicSink::Options options = options_;
    if (key_) {
      options.key = *find_column(columns, *key_);
    }
    return std::unique_ptr<Sink>(std::make_unique<TopicSink>(std::move(options), columns, *transaction));
  }
  std::string place() const override { return "topic " + options_.topic; }
  Keeper keeper() const override { return Keeper::kTopics; }
  std::string topic() const override { return options_.topic; }

 private:
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
  return std::make_unique<TopicSinkPlan>(*topic, std::move(key));
}

}  // namespace

const SinkComponent kTopicSink = {
    .about = {.kind = ComponentKind::kSink,
              .name = "topic",
              .summary = "Writes records to a topic.",
              .details =
                  "Records, quarantined ones, the flow's position and its books are committed together: a run that "
                  "is killed goes on where it stopped, and adds nothing twice.",
              .shorthand = "name",
              .fields = kFields,
              .example = "topic: users_created"},
    .make = make_topic_sink};

}  // namespace millrace
