#include "connect/topics/topic_values.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "connect/topics/avro_values.h"
#include "data/formats/avro/columns.h"
#include "data/formats/json_reader.h"
#include "data/formats/json_writer.h"
#include "data/formats/text_reader.h"
#include "flow/system.h"

namespace millrace {
namespace {

std::vector<WriteColumn> written(const std::vector<VisibleColumn>& columns) {
  std::vector<WriteColumn> out;
  for (const VisibleColumn& column : columns) {
    out.push_back({column.name, column.type, static_cast<size_t>(column.slot)});
  }
  return out;
}

class JsonValueWriter final : public TopicValueWriter {
 public:
  explicit JsonValueWriter(const std::vector<WriteColumn>& columns) : writer_(columns) {}

  TopicValues write(const Batch& batch, const Rows& rows) const override {
    TopicValues values{.bytes = writer_.write(batch, rows)};
    values.rows.reserve(rows.count());
    const char* at = values.bytes.as<char>();
    const char* const end = at + values.bytes.size();
    while (at < end) {  // JSON has its line breaks escaped
      const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      values.rows.emplace_back(at, static_cast<size_t>(newline - at));
      at = newline + 1;
    }
    return values;
  }
  size_t value_bytes_at_most(const Batch& batch) const override { return writer_.record_bytes_at_most(batch); }

 private:
  JsonWriter writer_;
};

// The one string column there is.
class TextValueWriter final : public TopicValueWriter {
 public:
  explicit TextValueWriter(const WriteColumn& column) : column_(column) {}

  TopicValues write(const Batch& batch, const Rows& rows) const override {
    TopicValues values;
    values.rows.reserve(rows.count());
    const StringReader texts(batch.columns[column_.index]);
    rows.for_each([&](size_t row) { values.rows.push_back(texts[row]); });
    return values;
  }
  size_t value_bytes_at_most(const Batch& batch) const override {
    const Column& column = batch.columns[column_.index];
    return column.values == nullptr ? 0 : column.values->size();
  }
  bool may_refuse() const override { return true; }
  // A text that is null would come out again as an empty one.
  std::optional<Fault> refuse(const Batch& batch, size_t row) const override {
    if (!batch.columns[column_.index].is_null(row)) return std::nullopt;
    return Fault{.row = static_cast<uint32_t>(row),
                 .rule = "topic " + column_.name,
                 .reason = fmt::format("{} is null, and a topic of text holds no nulls", column_.name)};
  }

 private:
  WriteColumn column_;
};

SchemaRegistry& registry_of(const TopicFormat& format, const RunContext& run) {
  SchemaRegistry* const schemas = format.schemas == nullptr ? run.schemas : format.schemas->schemas();
  MILLRACE_ASSERT(schemas != nullptr, "Avro has a place for its schemas");
  return *schemas;
}

}  // namespace

TopicFormat TopicFormat::of(const TopicDeclaration& topic) {
  return {.topic = topic.name,
          .value = topic.value,
          .record = topic.record,
          .schema = topic.schema,
          .schemas = topic.schemas};
}

bool find_avro_columns(TopicDeclaration& topic, Place place, Diagnostics& diagnostics) {
  if (topic.value != ValueFormat::kAvro || topic.columns) return true;
  const auto unknown = [&](const std::string& why) {
    diagnostics.error(place, fmt::format("nobody says the columns of topic '{}', which holds Avro{}", topic.name, why),
                      "declare its `columns:`, or have a flow write it");
    return false;
  };
  if (topic.schemas == nullptr) return unknown("");
  SchemaRegistry& schemas = *topic.schemas->schemas();
  const auto latest = schemas.latest(schemas.subject_of(topic.name, topic.record));
  if (!latest.ok()) return unknown(": " + latest.error().message());
  auto schema = AvroSchema::parse(latest->schema);
  if (!schema.ok()) return unknown(": " + schema.error().message());
  auto found = avro_columns_of(*schema);
  if (!found.ok()) return unknown(": " + found.error().message());
  for (const std::string& left_out : found->left_out) {
    diagnostics.warning(place, fmt::format("topic '{}' has a field that no column can hold: {}", topic.name, left_out),
                        "the others are read");
  }
  topic.columns = std::move(found->columns);
  topic.schema = std::make_shared<const AvroSchema>(*std::move(schema));
  return true;
}

Result<std::unique_ptr<TopicValueWriter>> make_topic_value_writer(const TopicFormat& format,
                                                                  const std::vector<VisibleColumn>& columns,
                                                                  const RunContext& run) {
  switch (format.value) {
    case ValueFormat::kJson:
      return std::unique_ptr<TopicValueWriter>(std::make_unique<JsonValueWriter>(written(columns)));
    case ValueFormat::kText:
      return std::unique_ptr<TopicValueWriter>(std::make_unique<TextValueWriter>(written(columns)[0]));
    case ValueFormat::kAvro: return make_avro_value_writer(format, written(columns), registry_of(format, run));
  }
  MILLRACE_UNREACHABLE("a format of values");
}

std::unique_ptr<RecordReader> make_topic_value_reader(const TopicFormat& format, std::vector<ReadColumn> columns,
                                                      const RunContext& run) {
  switch (format.value) {
    case ValueFormat::kJson: return std::make_unique<JsonReader>(std::move(columns));
    case ValueFormat::kText: return std::make_unique<TextReader>(std::move(columns));
    case ValueFormat::kAvro: return make_avro_value_reader(std::move(columns), registry_of(format, run), format.schema);
  }
  MILLRACE_UNREACHABLE("a format of values");
}

}  // namespace millrace
