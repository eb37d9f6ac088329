// Avro for a test in another language: `avro_samples write TYPE` takes JSON records of the columns of a struct type,
// and prints their schema and the bytes of each as hex; `avro_samples read WRITER [READER]` takes such bytes, and
// prints JSON.
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "data/formats/avro/avro_testing.h"
#include "data/formats/json_reader.h"

using namespace millrace;

namespace {

int fail(const std::string& why) {
  fmt::print("error: {}\n", why);
  return 1;
}

std::vector<std::string> lines() {
  std::vector<std::string> all;
  for (std::string line; std::getline(std::cin, line);) all.push_back(line);
  return all;
}

Origin origin_of(const std::vector<std::string>& records) {
  Origin origin;
  std::string all;
  for (const std::string& record : records) {
    origin.begin.push_back(static_cast<uint32_t>(all.size()));
    all += record;
    origin.end.push_back(static_cast<uint32_t>(all.size()));
  }
  origin.bytes = Buffer::zeroed(all.size());
  all.copy(origin.bytes.as<char>(), all.size());
  return origin;
}

int write(const std::string& type_text) {
  const auto type = parse_type(type_text);
  if (!type.ok()) return fail(type.error().message());
  const std::vector<Field> fields(type->fields().begin(), type->fields().end());
  ReadOutcome read = JsonReader(read_columns(fields)).read(origin_of(lines()));
  if (!read.faults.empty()) return fail(read.faults[0].reason);
  Batch batch;
  batch.rows = read.columns[0].rows;
  batch.columns = std::move(read.columns);
  std::vector<WriteColumn> columns;
  for (const Field& field : fields) columns.push_back({field.name, field.type, columns.size()});
  const auto written = AvroWriter(columns).write(batch, Rows::all(batch.rows), "");
  fmt::print("{}\n", avro_schema_of(fields, "samples.Sample").text());
  size_t at = 0;
  for (const size_t end : written.ends) {
    for (; at < end; ++at) fmt::print("{:02x}", written.bytes.as<unsigned char>()[at]);
    fmt::print("\n");
  }
  return 0;
}

int read(const std::string& writer_text, const std::string& reader_text) {
  auto writer = AvroSchema::parse(writer_text);
  if (!writer.ok()) return fail(writer.error().message());
  const auto reader = AvroSchema::parse(reader_text);
  if (!reader.ok()) return fail(reader.error().message());
  const auto found = avro_columns_of(*reader);
  if (!found.ok()) return fail(found.error().message());
  const auto columns = read_columns(found->columns);
  const auto decoder = AvroDecoder::make(*std::move(writer), columns, &*reader);
  if (!decoder.ok()) return fail(decoder.error().message());
  std::vector<std::string> records;
  for (const std::string& hex : lines()) {
    std::string& bytes = records.emplace_back();
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
  }
  const Origin origin = origin_of(records);
  AvroReader rows(columns);
  rows.begin(origin.records(), origin.bytes.size());
  for (size_t row = 0; row < origin.records(); ++row) rows.add(**decoder, origin.record_bytes(row));
  fmt::print("{}", as_json(rows.finish(), columns));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2 && arguments[0] == "write") return write(arguments[1]);
  if (arguments.size() == 2 && arguments[0] == "read") return read(arguments[1], arguments[1]);
  if (arguments.size() == 3 && arguments[0] == "read") return read(arguments[1], arguments[2]);
  return fail("avro_samples write TYPE, or read WRITER [READER]");
}
