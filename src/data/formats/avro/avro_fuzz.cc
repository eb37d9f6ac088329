// Whatever the bytes are: a schema that is read prints as one that is read again; a record is well or broken whichever
// columns are read, and what is read well is written and read again as the same values.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "data/formats/avro/avro_testing.h"

namespace millrace {
namespace {

constexpr std::string_view kSchemas[] = {
    R"({"type":"record","name":"R","fields":[{"name":"a","type":["null","string"]},{"name":"b","type":"long"},)"
    R"({"name":"c","type":{"type":"array","items":["int","R","null"]}},{"name":"d","type":{"type":"bytes",)"
    R"("logicalType":"decimal","precision":20,"scale":3}}]})",
    R"({"type":"record","name":"R","fields":[{"name":"m","type":{"type":"map","values":{"type":"array","items":)"
    R"("null"}}},{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},{"name":"f","type":{"type":)"
    R"("fixed","name":"F","size":3}},{"name":"t","type":{"type":"long","logicalType":"timestamp-nanos"}},)"
    R"({"name":"u","type":["float","double","boolean"]}]})"};

void look_at_schema(std::string_view text) {
  const auto schema = AvroSchema::parse(text);
  if (!schema.ok()) return;
  const std::string printed = schema->text();
  MILLRACE_ASSERT(avro_schema(printed).text() == printed, "a schema that prints in two ways");
  const auto columns = avro_columns_of(*schema);
  if (!columns.ok()) return;
  const auto read = read_columns(columns->columns);
  const auto decoder = AvroDecoder::make(*schema, read, &*schema);
  MILLRACE_ASSERT(decoder.ok(), "a schema whose own columns do not fit it");
}

void look_at_record(const AvroSchema& schema, std::string_view bytes) {
  const std::vector<Field> fields = avro_columns_of(schema)->columns;
  const auto columns = read_columns(fields);
  const Padded padded(bytes);
  const auto read = [&](const std::vector<ReadColumn>& wanted) {
    const auto decoder = AvroDecoder::make(schema, wanted, &schema);
    MILLRACE_ASSERT(decoder.ok(), "the schema's own columns");
    AvroReader reader(wanted);
    reader.begin(1, bytes.size());
    reader.add(**decoder, padded.view());
    return reader.finish();
  };
  const auto broken = [](const ReadOutcome& outcome) {
    return !outcome.faults.empty() && outcome.faults[0].reason.starts_with("not Avro");
  };
  ReadOutcome all = read(columns);
  MILLRACE_ASSERT(broken(all) == broken(read({})), "broken for the sake of a column");
  if (!all.faults.empty()) return;
  Batch batch;
  batch.rows = 1;
  batch.columns = all.columns;
  std::vector<WriteColumn> out;
  for (size_t i = 0; i < fields.size(); ++i) out.push_back({fields[i].name, fields[i].type, i});
  const AvroWriter writer(out);
  const auto written = writer.write(batch, Rows::all(1), "");
  MILLRACE_ASSERT(written.bytes.size() <= writer.record_bytes_at_most(batch), "longer than it can be");
  const auto decoder = AvroDecoder::make(avro_schema_of(fields, "R"), columns, nullptr);
  AvroReader reader(columns);
  reader.begin(1, written.bytes.size());
  reader.add(**decoder, {written.bytes.as<char>(), written.bytes.size()});
  const ReadOutcome again = reader.finish();
  MILLRACE_ASSERT(again.faults.empty(), "what is written can be read");
  for (size_t c = 0; c < columns.size(); ++c) {
    MILLRACE_ASSERT(equal_rows(all.columns[c], 0, again.columns[c], 0), "another value");
  }
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 0) {
    millrace::look_at_schema(bytes);
  } else {
    static const millrace::AvroSchema kFirst = millrace::avro_schema(millrace::kSchemas[0]);
    static const millrace::AvroSchema kSecond = millrace::avro_schema(millrace::kSchemas[1]);
    millrace::look_at_record(data[0] % 2 == 0 ? kFirst : kSecond, bytes);
  }
  return 0;
}
