// Any bytes are a batch, or not one; what is read is what is written again.
#include <cstdint>
#include <span>
#include <string>

#include "base/assert.h"
#include "base/big_endian.h"
#include "base/crc32c.h"
#include "store/topics/commit_record.h"
#include "store/topics/record_batch.h"
#include "store/topics/segment_index.h"

using namespace millrace;

namespace {

void check(bool well, const char* what) { MILLRACE_ASSERT(well, what); }

// Most inputs would only try the checksum: it is set right, as is the length.
std::string made_plausible(std::string bytes) {
  if (bytes.size() < kBatchHeaderBytes) return bytes;
  store_big(bytes.data() + 8, static_cast<int32_t>(bytes.size() - 12));
  bytes[16] = 2;
  store_big(bytes.data() + 17, crc32c(std::string_view(bytes).substr(21)));
  return bytes;
}

void round_trip(std::span<const TopicRecord> records) {
  if (records.empty()) return;
  RecordBatchEncoder encoder;
  for (const TopicRecord& record : records) encoder.add(record);
  auto batch = encoder.finish();
  if (!batch.ok()) return;  // too large without its compression
  RecordBatchDecoder decoder;
  auto again = decoder.decode(batch->bytes());
  check(again.ok() && again->size() == records.size(), "what is written can be read");
  for (size_t i = 0; i < records.size(); ++i) {
    const TopicRecord& a = records[i];
    const TopicRecord& b = (*again)[i];
    check(a.key == b.key && a.value == b.value && a.timestamp_ms == b.timestamp_ms, "the same record");
    check(a.headers.size() == b.headers.size(), "the same headers");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string raw(reinterpret_cast<const char*>(data), size);
  (void)SegmentIndex::decode(raw, 0);
  RecordBatchDecoder decoder;
  for (const std::string& bytes : {raw, made_plausible(raw)}) {
    auto records = decoder.decode(bytes);
    const bool checked = RecordBatches::check(bytes).ok();
    check(records.ok() || !checked, "what is checked can be read");
    if (!records.ok()) continue;
    (void)decode_commit(*records);
    round_trip(*records);
  }
  return 0;
}
