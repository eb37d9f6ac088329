#include "connect/topics/avro_values.h"

#include <cstring>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/big_endian.h"
#include "data/formats/avro/columns.h"
#include "data/formats/avro/reader.h"
#include "data/formats/avro/writer.h"
#include "data/formats/json_reader.h"
#include "data/formats/json_writer.h"

namespace millrace {
namespace {

// Of one reader; beyond it they are asked for again.
constexpr size_t kSchemasMax = 1000;

class AvroValueWriter final : public TopicValueWriter {
 public:
  AvroValueWriter(std::vector<WriteColumn> columns, int32_t schema_id)
      : writer_(std::move(columns)), header_(avro_value_header(schema_id)) {}

  TopicValues write(const Batch& batch, const Rows& rows) const override {
    AvroWriter::Written written = writer_.write(batch, rows, header_);
    TopicValues values{.bytes = std::move(written.bytes)};
    values.rows.reserve(written.ends.size());
    size_t begin = 0;
    for (const size_t end : written.ends) {
      values.rows.emplace_back(values.bytes.as<char>() + begin, end - begin);
      begin = end;
    }
    return values;
  }
  size_t value_bytes_at_most(const Batch& batch) const override {
    return kAvroHeaderBytes + writer_.record_bytes_at_most(batch);
  }

 private:
  AvroWriter writer_;
  std::string header_;
};

class AvroValueReader final : public RecordReader {
 public:
  AvroValueReader(std::vector<ReadColumn> columns, SchemaRegistry& schemas, std::shared_ptr<const AvroSchema> reader)
      : schemas_(schemas), reader_(std::move(reader)), rows_(std::move(columns)) {}

  ReadOutcome read(const Origin& origin) override {
    forget();
    std::optional<Error> away;
    rows_.begin(origin.records(), origin.bytes.size());
    for (size_t row = 0; row < origin.records(); ++row) {
      const std::string_view value = origin.record_bytes(row);
      const auto id = avro_schema_id(value);
      if (!id || away) {
        rows_.add_broken("not Avro: it does not begin with a zero byte and the id of a schema");
        continue;
      }
      const auto writer = find(*id);
      if (!writer.ok()) {
        away = writer.error();
        rows_.add_broken(writer.error().message());
      } else if (const Writer& known = **writer; known.decoder == nullptr) {
        rows_.add_broken(known.problem);
      } else {
        rows_.add(*known.decoder, value.substr(kAvroHeaderBytes));
      }
    }
    ReadOutcome outcome = rows_.finish();
    outcome.stopped = std::move(away);
    return outcome;
  }

 private:
  struct Writer {
    std::unique_ptr<AvroDecoder> decoder;  // nullptr: records of it cannot be read
    std::string problem;
    bool lasting = true;  // else it may be there the next time
  };

  void forget() {
    if (writers_.size() > kSchemasMax) writers_.clear();
    std::erase_if(writers_, [](const auto& known) { return !known.second.lasting; });
    last_ = nullptr;
  }

  Result<const Writer*> find(int32_t id) {
    if (last_ != nullptr && last_id_ == id) return last_;
    auto known = writers_.find(id);
    if (known == writers_.end()) {
      TRY(writer, look_up(id));
      known = writers_.emplace(id, std::move(writer)).first;
    }
    last_id_ = id;
    last_ = &known->second;
    return last_;
  }

  // An error: the registry is away.
  Result<Writer> look_up(int32_t id) {
    const auto text = schemas_.find(id);
    if (!text.ok() && is_retryable(text.error().code())) return text.error();
    if (!text.ok()) return Writer{.problem = "not Avro: " + text.error().message(), .lasting = false};
    auto schema = AvroSchema::parse(*text);
    if (!schema.ok()) return Writer{.problem = fmt::format("schema {}: {}", id, schema.error().message())};
    auto decoder = AvroDecoder::make(*std::move(schema), rows_.columns(), reader_.get());
    if (!decoder.ok()) return Writer{.problem = fmt::format("schema {}: {}", id, decoder.error().message())};
    return Writer{.decoder = *std::move(decoder)};
  }

  SchemaRegistry& schemas_;
  std::shared_ptr<const AvroSchema> reader_;
  AvroReader rows_;
  std::map<int32_t, Writer> writers_;
  int32_t last_id_ = 0;
  const Writer* last_ = nullptr;
};

std::vector<ReadColumn> read_columns(const std::vector<Field>& fields) {
  std::vector<ReadColumn> columns;
  for (const Field& field : fields) columns.push_back({{field.name}, field.type});
  return columns;
}

std::vector<WriteColumn> write_columns(const std::vector<Field>& fields) {
  std::vector<WriteColumn> columns;
  for (size_t i = 0; i < fields.size(); ++i) columns.push_back({fields[i].name, fields[i].type, i});
  return columns;
}

// One record, in bytes that may be read behind it.
Origin origin_of(std::string_view bytes) {
  Origin origin;
  origin.bytes = Buffer::zeroed(bytes.size());
  if (!bytes.empty()) std::memcpy(origin.bytes.bytes(), bytes.data(), bytes.size());
  origin.begin = {0};
  origin.end = {static_cast<uint32_t>(bytes.size())};
  return origin;
}

Result<Batch> one_row(ReadOutcome read) {
  if (read.stopped) return *read.stopped;
  if (!read.faults.empty()) return Error(ErrorCode::kInvalidArgument, read.faults[0].reason);
  Batch batch;
  batch.rows = 1;
  batch.columns = std::move(read.columns);
  return batch;
}

}  // namespace

std::string avro_value_header(int32_t schema_id) {
  std::string header(kAvroHeaderBytes, '\0');
  store_big(header.data() + 1, schema_id);
  return header;
}

std::optional<int32_t> avro_schema_id(std::string_view value) {
  if (value.size() < kAvroHeaderBytes || value[0] != '\0') return std::nullopt;
  return load_big<int32_t>(value.data() + 1);
}

Result<std::unique_ptr<TopicValueWriter>> make_avro_value_writer(const TopicFormat& format,
                                                                 std::vector<WriteColumn> columns,
                                                                 SchemaRegistry& schemas) {
  std::vector<Field> fields;
  for (const WriteColumn& column : columns) fields.push_back({column.name, column.type});
  const AvroSchema schema = avro_schema_of(fields, format.record);
  const auto id = schemas.enroll(schemas.subject_of(format.topic, format.record), schema.text());
  if (!id.ok()) return id.error().with_context("topic " + format.topic);
  return std::unique_ptr<TopicValueWriter>(std::make_unique<AvroValueWriter>(std::move(columns), *id));
}

std::unique_ptr<RecordReader> make_avro_value_reader(std::vector<ReadColumn> columns, SchemaRegistry& schemas,
                                                     std::shared_ptr<const AvroSchema> reader) {
  return std::make_unique<AvroValueReader>(std::move(columns), schemas, std::move(reader));
}

Result<std::string> avro_value_as_json(std::string_view value, SchemaRegistry& schemas) {
  const auto id = avro_schema_id(value);
  if (!id) return Error(ErrorCode::kInvalidArgument, "not Avro: it does not begin with the id of a schema");
  TRY(text, schemas.find(*id));
  TRY(schema, AvroSchema::parse(text));
  TRY(found, avro_columns_of(schema));
  AvroValueReader reader(read_columns(found.columns), schemas, std::make_shared<const AvroSchema>(std::move(schema)));
  TRY(batch, one_row(reader.read(origin_of(value))));
  const Buffer json = JsonWriter(write_columns(found.columns)).write(batch, Rows::all(1));
  return std::string(json.as<char>(), json.size() - 1);  // without the line break
}

Result<std::string> avro_value_of_json(std::string_view json, const std::string& topic, SchemaRegistry& schemas) {
  TRY(latest, schemas.latest(schemas.subject_of(topic, "")));
  TRY(schema, AvroSchema::parse(latest.schema));
  TRY(found, avro_columns_of(schema));
  if (avro_schema_of(found.columns, schema.root().name).text() != schema.text()) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("version {} of {} was not made from columns, so JSON cannot be written by it",
                             latest.version, latest.subject));
  }
  JsonReader reader(read_columns(found.columns));
  TRY(batch, one_row(reader.read(origin_of(json))));
  const auto written =
      AvroWriter(write_columns(found.columns)).write(batch, Rows::all(1), avro_value_header(latest.id));
  return std::string(written.bytes.as<char>(), written.bytes.size());
}

}  // namespace millrace
