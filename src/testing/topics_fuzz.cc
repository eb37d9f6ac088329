// A data directory that was damaged anywhere opens, or says why not; what is then read is a record that was written, or
// an error. The input says what is damaged: file, place, byte, again and again.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "store/topics/topic_store.h"
#include "testing/faulty_disk.h"

using namespace millrace;

namespace {

constexpr std::string_view kValue = "a value that is in every record";
constexpr size_t kDamageBytes = 4;  // file, place (2), byte

void fill(FaultyDisk& disk, const Clock& clock) {
  auto store = TopicStore::open({.directory = "/data", .sync_threads = 0, .commits_segment_bytes = 1500}, disk, clock);
  MILLRACE_ASSERT(store.ok(), "a new store");
  (void)(*store)->create_topic("t", {.partitions = 2, .segment_bytes = kSegmentBytesMin});
  RecordBatchEncoder encoder;
  for (int i = 0; i < 20; ++i) {
    Commit commit;
    encoder.begin();
    for (int j = 0; j < 3; ++j) encoder.add({.key = "key", .value = kValue, .timestamp_ms = i});
    commit.append("t", i % 2, *encoder.finish());
    commit.note("note", kValue);
    MILLRACE_ASSERT((*store)->submit(commit).ok(), "a commit");
  }
}

// Everything that there is to read.
void use(TopicStore& store) {
  RecordBatchDecoder decoder;
  for (const std::string& topic : store.topics()) {
    const auto about = store.describe(topic);
    if (!about.ok()) continue;
    for (int32_t i = 0; i < static_cast<int32_t>(about->partitions.size()); ++i) {
      int64_t offset = about->partitions[static_cast<size_t>(i)].log_start;
      while (true) {
        auto fetched = store.read(topic, i, offset, 4096);
        if (!fetched.ok() || fetched->batches.empty()) break;
        auto records = decoder.decode(fetched->batches);
        if (!records.ok()) break;
        for (const TopicRecord& record : *records) {
          MILLRACE_ASSERT(topic != "t" || record.value == kValue, "a record that was written");
        }
        MILLRACE_ASSERT(decoder.header().end_offset() > offset, "reading goes on");
        offset = decoder.header().end_offset();
      }
      (void)store.offset_at(topic, i, 10);
    }
  }
  (void)store.enforce_retention();
  Commit commit;
  commit.note("note", kValue);
  (void)store.submit(commit);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ManualClock clock(1'700'000'000'000'000);
  FaultyDisk disk(1);
  fill(disk, clock);
  const std::vector<std::string> paths = disk.paths();
  for (; size >= kDamageBytes; data += kDamageBytes, size -= kDamageBytes) {
    const std::string& path = paths[data[0] % paths.size()];
    std::string bytes = *disk.contents(path);
    const size_t at = (size_t{data[1]} << 8 | data[2]) % (bytes.size() + 1);
    if (at == bytes.size() || data[3] == 0) {
      bytes.resize(at);
    } else {
      bytes[at] = static_cast<char>(bytes[at] ^ data[3]);
    }
    disk.overwrite(path, bytes);
  }
  auto store = TopicStore::open({.directory = "/data", .sync_threads = 0}, disk, clock);
  if (store.ok()) use(**store);
  return 0;
}
