#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/buffer.h"

// Kafka's record batch, format v2, byte for byte: docs/internals/topics.md has it with an example.
namespace millrace {

inline constexpr size_t kBatchHeaderBytes = 61;
inline constexpr size_t kBatchBytesMax = size_t{64} << 20;               // of one batch, as it is stored
inline constexpr size_t kBatchUncompressedBytesMax = size_t{256} << 20;  // of the records of one batch

enum class TopicCompression : uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

std::string_view topic_compression_name(TopicCompression compression);  // "none", "gzip", ...
std::optional<TopicCompression> topic_compression_of_name(std::string_view name);

struct RecordHeader {
  std::string_view key;
  std::optional<std::string_view> value;
};

// A record to be written, or one that was read: views into bytes of somebody else. An absent key or value is Kafka's
// null.
struct TopicRecord {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::span<const RecordHeader> headers;
  int64_t timestamp_ms = 0;  // since 1970-01-01 UTC
  int64_t offset = 0;        // set where records are read; a batch that is being written numbers its own
};

// What stands before the records of a batch.
struct BatchHeader {
  int64_t base_offset = 0;
  size_t bytes = 0;  // of the whole batch, this header included
  uint32_t crc = 0;
  uint16_t attributes = 0;
  int32_t last_offset_delta = 0;
  int64_t base_timestamp_ms = 0;
  int64_t max_timestamp_ms = 0;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  int32_t base_sequence = -1;
  int32_t records = 0;

  int64_t end_offset() const { return base_offset + last_offset_delta + 1; }  // one beyond the last record's
  uint8_t compression_id() const { return attributes & 7; }
  bool is_log_append_time() const { return (attributes & 8) != 0; }  // every record has max_timestamp_ms
  bool is_transactional() const { return (attributes & 16) != 0; }
  bool is_control() const { return (attributes & 32) != 0; }
};

// The header that `bytes` begin with; kCorruption when they are too short for one, or it contradicts itself. The rest
// of the batch need not be there.
Result<BatchHeader> read_batch_header(std::string_view bytes);

// The same, for a batch that is there as a whole and whose checksum is right. Its records were not looked at.
Result<BatchHeader> check_batch(std::string_view bytes);

// Whole batches, one behind the other, each with the checksum it should have. A view: whoever made it owns the bytes.
class RecordBatches {
 public:
  RecordBatches() = default;

  // For bytes from elsewhere, a Kafka client's: checks every batch and every record in it. kInvalidArgument says what
  // is wrong, and in which batch.
  static Result<RecordBatches> check(std::string_view bytes);

  // For bytes that an encoder made: only what stands before the records is looked at, and MILLRACE_ASSERTed.
  static RecordBatches of_encoded(std::string_view bytes);

  std::string_view bytes() const { return bytes_; }
  size_t batches() const { return batches_; }
  int64_t offsets() const { return offsets_; }  // how many offsets they take in a partition
  int64_t max_timestamp_ms() const { return max_timestamp_ms_; }

 private:
  friend class RecordBatchEncoder;
  void count(const BatchHeader& header);

  std::string_view bytes_;
  size_t batches_ = 0;
  int64_t offsets_ = 0;
  int64_t max_timestamp_ms_ = 0;
};

// Makes batches in one buffer that it uses again and again; nothing is allocated per record. Belongs to one thread.
//   encoder.begin(); encoder.add(record); ...; TRY(batch, encoder.finish());
class RecordBatchEncoder {
 public:
  explicit RecordBatchEncoder(TopicCompression compression = TopicCompression::kNone) : compression_(compression) {
    begin();
  }

  void begin();  // a new batch; the one before is gone
  void add(const TopicRecord& record);
  size_t records() const { return records_; }
  size_t uncompressed_bytes() const { return bytes_; }  // header included

  // The batch of all that was added since begin(), valid until the next begin(). There must be a record.
  // kInvalidArgument: it is larger than kBatchBytesMax or, uncompressed, than kBatchUncompressedBytesMax.
  Result<RecordBatches> finish();

 private:
  TopicCompression compression_;
  Buffer plain_;       // header and records
  Buffer compressed_;  // header and compressed records
  size_t bytes_ = 0;   // of plain_
  size_t records_ = 0;
  int64_t base_timestamp_ms_ = 0;
  int64_t max_timestamp_ms_ = 0;
};

// Reads batches into views, in memory that it uses again and again. Belongs to one thread.
class RecordBatchDecoder {
 public:
  // The records of the batch that `bytes` begin with. They and what they view are valid until the next decode(), as
  // long as the bytes are. kCorruption: a checksum, length or count is wrong, or bytes are missing; the text says
  // where. Control batches (a transaction's end) have no records for readers: an empty span.
  Result<std::span<const TopicRecord>> decode(std::string_view bytes);

  const BatchHeader& header() const { return header_; }  // of the batch that was decoded last

 private:
  friend class RecordBatches;
  Status read_records(std::string_view text);

  BatchHeader header_;
  Buffer uncompressed_;
  std::vector<TopicRecord> records_;
  std::vector<RecordHeader> headers_;
};

}  // namespace millrace
