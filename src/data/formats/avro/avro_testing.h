#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "data/formats/avro/columns.h"
#include "data/formats/avro/reader.h"
#include "data/formats/avro/writer.h"
#include "data/formats/json_writer.h"

namespace millrace {

inline AvroSchema avro_schema(std::string_view text) {
  auto schema = AvroSchema::parse(text);
  MILLRACE_ASSERT(schema.ok(), schema.error().message());
  return *std::move(schema);
}

inline std::vector<ReadColumn> read_columns(const std::vector<Field>& fields) {
  std::vector<ReadColumn> columns;
  for (const Field& field : fields) columns.push_back({{field.name}, field.type});
  return columns;
}

// Bytes as they lie in an origin: other bytes may be read behind them.
class Padded {
 public:
  explicit Padded(std::string_view bytes) : buffer_(Buffer::zeroed(bytes.size())), size_(bytes.size()) {
    if (size_ > 0) std::memcpy(buffer_.bytes(), bytes.data(), size_);
  }
  std::string_view view() const { return {buffer_.as<char>(), size_}; }

 private:
  Buffer buffer_;
  size_t size_;
};

// A batch of what was read, as JSON, a line each; faults behind them.
inline std::string as_json(ReadOutcome read, const std::vector<ReadColumn>& columns) {
  std::vector<WriteColumn> out;
  for (size_t i = 0; i < columns.size(); ++i) out.push_back({columns[i].path[0], columns[i].type, i});
  Batch batch;
  batch.rows = read.columns.empty() ? 0 : read.columns[0].rows;
  batch.columns = std::move(read.columns);
  const Buffer bytes = JsonWriter(out).write(batch, Rows::all(batch.rows));
  std::string text(bytes.as<char>(), bytes.size());
  for (const Fault& fault : read.faults) text += std::to_string(fault.row) + " " + fault.reason + "\n";
  return text;
}

// Records of one writer's schema, as columns, as JSON.
inline std::string decoded(std::string_view writer, const std::vector<std::string>& records,
                           const std::vector<Field>& fields, std::string_view reader = "") {
  const auto schema = reader.empty() ? nullptr : std::make_unique<AvroSchema>(avro_schema(reader));
  const auto columns = read_columns(fields);
  const auto decoder = AvroDecoder::make(avro_schema(writer), columns, schema.get());
  if (!decoder.ok()) return decoder.error().message();
  std::vector<Padded> padded;
  for (const std::string& record : records) padded.emplace_back(record);
  AvroReader rows(columns);
  rows.begin(records.size(), 0);
  for (const Padded& record : padded) rows.add(**decoder, record.view());
  return as_json(rows.finish(), columns);
}

}  // namespace millrace
