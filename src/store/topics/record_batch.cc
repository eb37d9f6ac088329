#include "store/topics/record_batch.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/big_endian.h"
#include "base/crc32c.h"
#include "store/topics/batch_compression.h"
#include "store/topics/varint.h"

namespace millrace {
namespace {

constexpr int8_t kMagic = 2;
// Where the fields of the header are.
constexpr size_t kLengthAt = 8;
constexpr size_t kMagicAt = 16;
constexpr size_t kCrcAt = 17;
constexpr size_t kAttributesAt = 21;  // from here on the checksum covers all
constexpr size_t kLastOffsetDeltaAt = 23;
constexpr size_t kBaseTimestampAt = 27;
constexpr size_t kMaxTimestampAt = 35;
constexpr size_t kProducerIdAt = 43;
constexpr size_t kProducerEpochAt = 51;
constexpr size_t kBaseSequenceAt = 53;
constexpr size_t kRecordsAt = 57;
constexpr size_t kUncountedBytes = 12;  // the length field does not count itself and what is before it

constexpr std::array<std::string_view, 5> kNames = {"none", "gzip", "snappy", "lz4", "zstd"};

size_t field_bytes(std::optional<std::string_view> field) {
  return field ? varint_bytes(static_cast<int64_t>(field->size())) + field->size() : 1;
}

char* put_field(char* to, std::optional<std::string_view> field) {
  if (!field) return put_varint(to, -1);
  to = put_varint(to, static_cast<int64_t>(field->size()));
  return std::copy(field->begin(), field->end(), to);
}

// Kafka lets timestamps wrap around, so that any two have a difference.
int64_t wrapping_minus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

Error corrupt(std::string_view why) { return {ErrorCode::kCorruption, fmt::format("not a record batch: {}", why)}; }

}  // namespace

std::string_view topic_compression_name(TopicCompression compression) {
  return kNames[static_cast<size_t>(compression)];
}

std::optional<TopicCompression> topic_compression_of_name(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<TopicCompression>(found - kNames.begin());
}

Result<BatchHeader> read_batch_header(std::string_view bytes) {
  if (bytes.size() < kBatchHeaderBytes)
    return corrupt(fmt::format("{} bytes are too few for its header", bytes.size()));
  const char* at = bytes.data();
  const auto magic = load_big<int8_t>(at + kMagicAt);
  if (magic != kMagic) return corrupt(fmt::format("its format version is {}, not {}", magic, kMagic));
  const auto length = load_big<int32_t>(at + kLengthAt);
  if (length < static_cast<int32_t>(kBatchHeaderBytes - kUncountedBytes) ||
      static_cast<size_t>(length) > kBatchBytesMax - kUncountedBytes) {
    return corrupt(fmt::format("a length of {} bytes is not possible", length));
  }
  BatchHeader header;
  header.base_offset = load_big<int64_t>(at);
  header.bytes = static_cast<size_t>(length) + kUncountedBytes;
  header.crc = load_big<uint32_t>(at + kCrcAt);
  header.attributes = load_big<uint16_t>(at + kAttributesAt);
  header.last_offset_delta = load_big<int32_t>(at + kLastOffsetDeltaAt);
  header.base_timestamp_ms = load_big<int64_t>(at + kBaseTimestampAt);
  header.max_timestamp_ms = load_big<int64_t>(at + kMaxTimestampAt);
  header.producer_id = load_big<int64_t>(at + kProducerIdAt);
  header.producer_epoch = load_big<int16_t>(at + kProducerEpochAt);
  header.base_sequence = load_big<int32_t>(at + kBaseSequenceAt);
  header.records = load_big<int32_t>(at + kRecordsAt);
  if (header.last_offset_delta < 0 || header.base_offset < 0 ||
      header.base_offset > std::numeric_limits<int64_t>::max() - header.last_offset_delta - 1) {
    return corrupt(fmt::format("offsets {} + {} are not possible", header.base_offset, header.last_offset_delta));
  }
  if (header.records < 0 || header.records > int64_t{header.last_offset_delta} + 1) {
    return corrupt(
        fmt::format("{} records do not fit {} offsets", header.records, int64_t{header.last_offset_delta} + 1));
  }
  return header;
}

Result<BatchHeader> check_batch(std::string_view bytes) {
  TRY(header, read_batch_header(bytes));
  if (header.bytes > bytes.size()) {
    return corrupt(fmt::format("{} of its {} bytes are missing", header.bytes - bytes.size(), header.bytes));
  }
  const uint32_t crc = crc32c(bytes.substr(kAttributesAt, header.bytes - kAttributesAt));
  if (crc != header.crc) return corrupt(fmt::format("its checksum is {:08x}, not {:08x}", crc, header.crc));
  return header;
}

void RecordBatchEncoder::begin() {
  plain_.resize(kBatchHeaderBytes);
  bytes_ = kBatchHeaderBytes;
  records_ = 0;
}

void RecordBatchEncoder::add(const TopicRecord& record) {
  if (records_ == 0) base_timestamp_ms_ = max_timestamp_ms_ = record.timestamp_ms;
  max_timestamp_ms_ = std::max(max_timestamp_ms_, record.timestamp_ms);
  const int64_t timestamp_delta = wrapping_minus(record.timestamp_ms, base_timestamp_ms_);
  const auto offset_delta = static_cast<int64_t>(records_++);
  size_t bytes = 1 + varint_bytes(timestamp_delta) + varint_bytes(offset_delta) + field_bytes(record.key) +
                 field_bytes(record.value) + varint_bytes(static_cast<int64_t>(record.headers.size()));
  for (const RecordHeader& header : record.headers) bytes += field_bytes(header.key) + field_bytes(header.value);
  if (bytes_ > kBatchUncompressedBytesMax || bytes > kBatchUncompressedBytesMax - bytes_) {
    bytes_ = kBatchUncompressedBytesMax + 1;  // finish() says so
    return;
  }
  plain_.set_size(bytes_);
  plain_.reserve(bytes_ + kVarintBytesMax + bytes);
  char* to = put_varint(plain_.as<char>() + bytes_, static_cast<int64_t>(bytes));
  *to++ = 0;  // attributes: none are defined
  to = put_varint(to, timestamp_delta);
  to = put_varint(to, offset_delta);
  to = put_field(to, record.key);
  to = put_field(to, record.value);
  to = put_varint(to, static_cast<int64_t>(record.headers.size()));
  for (const RecordHeader& header : record.headers) to = put_field(put_field(to, header.key), header.value);
  bytes_ = static_cast<size_t>(to - plain_.as<char>());
}

Result<RecordBatches> RecordBatchEncoder::finish() {
  MILLRACE_ASSERT(records_ > 0, "a batch has records");
  if (bytes_ > kBatchUncompressedBytesMax) {
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("a batch of {} records is larger than {} bytes; put fewer records into one, or smaller ones",
                    records_, kBatchUncompressedBytesMax));
  }
  plain_.set_size(bytes_);
  Buffer* batch = &plain_;
  if (compression_ != TopicCompression::kNone) {
    compress_records(compression_, {plain_.as<char>() + kBatchHeaderBytes, bytes_ - kBatchHeaderBytes}, compressed_,
                     kBatchHeaderBytes);
    batch = &compressed_;
  }
  if (batch->size() > kBatchBytesMax) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("a batch of {} records has {} bytes, more than {}; put fewer records into one", records_,
                             batch->size(), kBatchBytesMax));
  }
  char* at = batch->as<char>();
  store_big(at, int64_t{0});  // the base offset and the leader's epoch are outside of the checksum: the log sets them
  store_big(at + kLengthAt, static_cast<int32_t>(batch->size() - kUncountedBytes));
  store_big(at + kLengthAt + 4, int32_t{0});
  store_big(at + kMagicAt, kMagic);
  store_big(at + kAttributesAt, static_cast<int16_t>(compression_));
  store_big(at + kLastOffsetDeltaAt, static_cast<int32_t>(records_ - 1));
  store_big(at + kBaseTimestampAt, base_timestamp_ms_);
  store_big(at + kMaxTimestampAt, max_timestamp_ms_);
  store_big(at + kProducerIdAt, int64_t{-1});
  store_big(at + kProducerEpochAt, int16_t{-1});
  store_big(at + kBaseSequenceAt, int32_t{-1});
  store_big(at + kRecordsAt, static_cast<int32_t>(records_));
  store_big(at + kCrcAt, crc32c({at + kAttributesAt, batch->size() - kAttributesAt}));
  RecordBatches made;
  made.bytes_ = {at, batch->size()};
  made.batches_ = 1;
  made.offsets_ = static_cast<int64_t>(records_);
  made.max_timestamp_ms_ = max_timestamp_ms_;
  return made;
}

}  // namespace millrace
