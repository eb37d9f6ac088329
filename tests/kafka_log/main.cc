// The part of tests/kafka_log that is millrace's. One record is one line of text, as LogFiles.java has it.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "base/assert.h"
#include "store/topics/partitioner.h"
#include "store/topics/topic_store.h"

namespace millrace {
namespace {

constexpr int32_t kPartitions = 12;

std::string text(std::optional<std::string_view> bytes) {
  if (!bytes) return "-";
  std::string hex = "x";
  for (const char byte : *bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

void print(std::ostream& out, const TopicRecord& record) {
  fmt::print(out, "{} {} {} {}", record.offset, record.timestamp_ms, text(record.key), text(record.value));
  for (const RecordHeader& header : record.headers) fmt::print(out, " {}={}", text(header.key), text(header.value));
  out << '\n';
}

template <typename T>
T must(Result<T> result) {
  MILLRACE_ASSERT(result.ok(), result.error().message());
  return std::move(*result);
}

void must_do(const Status& status) { MILLRACE_ASSERT(status.ok(), status.error().message()); }

// Segments of a topic of its own for each compression, and what is in them.
void write_topic(TopicStore& store, TopicCompression compression, const std::string& expected) {
  const std::string name(topic_compression_name(compression));
  must_do(store.create_topic(name, {.compression = compression, .segment_bytes = 16 << 10}));
  std::ofstream out(expected);
  RecordBatchEncoder encoder(compression);
  const std::vector<RecordHeader> headers = {{"source", "api"}, {"null", std::nullopt}};
  int64_t offset = 0;
  for (int number = 0; number < 20; ++number) {
    encoder.begin();
    for (int i = 0; i < 500; ++i, ++offset) {
      const std::string key = fmt::format("key-{}", i);
      const std::string value = fmt::format("Größe {} {}", i, std::string(static_cast<size_t>(i % 97), 'y'));
      TopicRecord record{.timestamp_ms = 1'700'000'000'000 + number - i, .offset = offset};
      if (i % 7 != 0) record.key = key;
      if (i % 11 != 0) record.value = value;
      if (i % 5 == 0) record.headers = headers;
      encoder.add(record);
      print(out, record);
    }
    Commit commit;
    commit.append(name, 0, must(encoder.finish()));
    commit.note("written", name);
    must(store.submit(commit));
  }
}

void write(const std::string& directory) {
  const auto files = real_file_system();
  const SystemClock clock;
  const auto store = must(TopicStore::open({.directory = directory + "/data"}, *files, clock));
  for (int i = 0; i <= static_cast<int>(TopicCompression::kZstd); ++i) {
    const auto compression = static_cast<TopicCompression>(i);
    write_topic(*store, compression, fmt::format("{}/{}.expected", directory, topic_compression_name(compression)));
  }
  // The store's own topic is one like any other.
  std::ofstream out(directory + "/commits.expected");
  RecordBatchDecoder decoder;
  const int64_t end = must(store->bounds(kCommitsTopic, 0)).high_water_mark;
  for (int64_t offset = 0; offset < end; offset = decoder.header().end_offset()) {
    const Fetched fetched = must(store->read(kCommitsTopic, 0, offset, 1));
    for (const TopicRecord& record : must(decoder.decode(fetched.batches))) print(out, record);
  }
}

void read(const std::string& file, const std::string& to) {
  const auto files = real_file_system();
  const std::string bytes = must(read_file(*files, file, kBatchBytesMax));
  must(RecordBatches::check(bytes));
  std::ofstream out(to);
  RecordBatchDecoder decoder;
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(decoder.header().bytes)) {
    for (const TopicRecord& record : must(decoder.decode(rest))) print(out, record);
  }
}

void partition(const std::string& keys, const std::string& to) {
  std::ifstream in(keys);
  std::ofstream out(to);
  const Partitioner partitioner(kPartitions);
  for (std::string key; std::getline(in, key);) fmt::print(out, "{} {}\n", key, partitioner.partition_of(key));
}

}  // namespace
}  // namespace millrace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 2 && words[0] == "write") {
    millrace::write(words[1]);
  } else if (words.size() == 3 && words[0] == "read") {
    millrace::read(words[1], words[2]);
  } else if (words.size() == 3 && words[0] == "partition") {
    millrace::partition(words[1], words[2]);
  } else {
    return 2;
  }
  return 0;
}
