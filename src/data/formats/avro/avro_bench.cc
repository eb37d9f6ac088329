// Records per second of one user's record, as Avro and as JSON: written from columns, and read into them.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "base/assert.h"
#include "data/formats/avro/avro_testing.h"
#include "data/formats/json_reader.h"

namespace millrace {
namespace {

constexpr size_t kRecords = 1000;

std::vector<Field> fields() {
  std::vector<Field> fields;
  for (const char* const name :
       {"id", "first_name", "last_name", "gender", "email", "username", "phone", "address", "post_code", "picture"}) {
    fields.push_back({name, TypeKind::kString});
  }
  fields.push_back({"dob", TypeKind::kTimestamp});
  fields.push_back({"age", TypeKind::kInt});
  fields.push_back({"score", TypeKind::kDouble});
  return fields;
}

std::vector<WriteColumn> write_columns() {
  std::vector<WriteColumn> columns;
  for (const Field& field : fields()) columns.push_back({field.name, field.type, columns.size()});
  return columns;
}

Origin as_json() {
  Origin origin;
  std::string all;
  for (size_t i = 0; i < kRecords; ++i) {
    origin.begin.push_back(static_cast<uint32_t>(all.size()));
    all += fmt::format(
        R"({{"id":"123e4567-e89b-12d3-a456-{:012}","first_name":"Ada","last_name":"Lovelace","gender":"female",)"
        R"("email":"ada.lovelace@example.com","username":"goldenbird{}","phone":"011-962-7516","address":)"
        R"("{} Church Road, Birmingham, West Midlands, United Kingdom","post_code":"E34 4{}",)"
        R"("picture":"https://randomuser.me/api/portraits/med/women/{}.jpg","dob":"1966-06-26T11:50:25.558Z",)"
        R"("age":{},"score":{}.5}})",
        i, i, i, i % 100, i % 100, i % 90, i);
    origin.end.push_back(static_cast<uint32_t>(all.size()));
  }
  origin.bytes = Buffer::zeroed(all.size());
  std::memcpy(origin.bytes.bytes(), all.data(), all.size());
  return origin;
}

Batch batch_of() {
  JsonReader reader(read_columns(fields()));
  ReadOutcome read = reader.read(as_json());
  MILLRACE_ASSERT(read.faults.empty(), "records that are well");
  Batch batch;
  batch.rows = kRecords;
  batch.columns = std::move(read.columns);
  return batch;
}

void count(benchmark::State& state) { state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRecords)); }

void avro_write(benchmark::State& state) {
  const Batch batch = batch_of();
  const AvroWriter writer(write_columns());
  for (auto _ : state) benchmark::DoNotOptimize(writer.write(batch, Rows::all(kRecords), "12345"));
  count(state);
}

void json_write(benchmark::State& state) {
  const Batch batch = batch_of();
  const JsonWriter writer(write_columns());
  for (auto _ : state) benchmark::DoNotOptimize(writer.write(batch, Rows::all(kRecords)));
  count(state);
}

void avro_read(benchmark::State& state, const std::vector<Field>& wanted) {
  const auto written = AvroWriter(write_columns()).write(batch_of(), Rows::all(kRecords), "");
  const auto columns = read_columns(wanted);
  const auto decoder = AvroDecoder::make(avro_schema_of(fields(), "R"), columns, nullptr);
  MILLRACE_ASSERT(decoder.ok(), "a schema of its own columns");
  AvroReader reader(columns);
  for (auto _ : state) {
    reader.begin(kRecords, written.bytes.size());
    size_t at = 0;
    for (const size_t end : written.ends) {
      reader.add(**decoder, {written.bytes.as<char>() + at, end - at});
      at = end;
    }
    const ReadOutcome outcome = reader.finish();
    MILLRACE_ASSERT(outcome.faults.empty(), "records that are well");
  }
  count(state);
}

void json_read(benchmark::State& state, const std::vector<Field>& wanted) {
  const Origin origin = as_json();
  JsonReader reader(read_columns(wanted));
  for (auto _ : state) {
    const ReadOutcome outcome = reader.read(origin);
    MILLRACE_ASSERT(outcome.faults.empty(), "records that are well");
  }
  count(state);
}

void avro_read_all(benchmark::State& state) { avro_read(state, fields()); }
void json_read_all(benchmark::State& state) { json_read(state, fields()); }
void avro_read_two(benchmark::State& state) { avro_read(state, {fields()[0], fields()[11]}); }
void json_read_two(benchmark::State& state) { json_read(state, {fields()[0], fields()[11]}); }

BENCHMARK(avro_write);
BENCHMARK(json_write);
BENCHMARK(avro_read_all);
BENCHMARK(json_read_all);
BENCHMARK(avro_read_two);
BENCHMARK(json_read_two);

}  // namespace
}  // namespace millrace
