#include "connect/topics/topic_values.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "data/formats/json_reader.h"
#include "data/formats/json_writer.h"
#include "data/formats/text_reader.h"

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

}  // namespace

Result<std::unique_ptr<TopicValueWriter>> make_topic_value_writer(const TopicFormat& format,
                                                                  const std::vector<VisibleColumn>& columns,
                                                                  const RunContext& /*run*/) {
  switch (format.value) {
    case ValueFormat::kJson:
      return std::unique_ptr<TopicValueWriter>(std::make_unique<JsonValueWriter>(written(columns)));
    case ValueFormat::kText:
      return std::unique_ptr<TopicValueWriter>(std::make_unique<TextValueWriter>(written(columns)[0]));
  }
  MILLRACE_UNREACHABLE("a format of values");
}

std::unique_ptr<RecordReader> make_topic_value_reader(const TopicFormat& format, std::vector<ReadColumn> columns,
                                                      const RunContext& /*run*/) {
  switch (format.value) {
    case ValueFormat::kJson: return std::make_unique<JsonReader>(std::move(columns));
    case ValueFormat::kText: return std::make_unique<TextReader>(std::move(columns));
  }
  MILLRACE_UNREACHABLE("a format of values");
}

}  // namespace millrace
