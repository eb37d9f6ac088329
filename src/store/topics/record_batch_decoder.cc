#include <algorithm>

#include <fmt/format.h>

#include "store/topics/batch_compression.h"
#include "store/topics/record_batch.h"
#include "store/topics/varint.h"

namespace millrace {
namespace {

constexpr size_t kRecordBytesMin = 7;  // length, attributes, two deltas, two absent fields, no headers
constexpr size_t kHeaderBytesMin = 2;

// Takes fields off the front of one record; once something does not fit, everything after fails too.
class FieldReader {
 public:
  FieldReader(const char* at, const char* end) : at_(at), end_(end) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == end_; }
  const char* at() const { return at_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }

  int64_t varint() {
    const auto number = get_varint(at_, end_);
    ok_ = ok_ && number.has_value();
    return number.value_or(0);
  }
  void skip(size_t bytes) {
    if (bytes > left()) {
      ok_ = false;
    } else {
      at_ += bytes;
    }
  }
  std::optional<std::string_view> field() {
    const int64_t bytes = varint();
    if (!ok_ || bytes == -1) return std::nullopt;
    if (bytes < 0 || static_cast<uint64_t>(bytes) > left()) {
      ok_ = false;
      return std::nullopt;
    }
    const std::string_view text(at_, static_cast<size_t>(bytes));
    at_ += bytes;
    return text;
  }

 private:
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

// Reads one record whose length was taken off already; false when it is not one.
bool read_record(FieldReader& in, const BatchHeader& header, TopicRecord& record, std::vector<RecordHeader>& headers) {
  in.skip(1);  // attributes: none are defined
  const int64_t timestamp_delta = in.varint();
  const int64_t offset_delta = in.varint();
  record.key = in.field();
  record.value = in.field();
  const int64_t count = in.varint();
  if (!in.ok() || offset_delta < 0 || offset_delta > header.last_offset_delta) return false;
  if (count < 0 || static_cast<uint64_t>(count) > in.left() / kHeaderBytesMin) return false;
  for (int64_t i = 0; i < count; ++i) {
    const auto key = in.field();
    const auto value = in.field();
    if (!in.ok() || !key) return false;
    headers.push_back({*key, value});
  }
  record.offset = header.base_offset + offset_delta;
  record.timestamp_ms = header.is_log_append_time()
                            ? header.max_timestamp_ms
                            : static_cast<int64_t>(static_cast<uint64_t>(header.base_timestamp_ms) +
                                                   static_cast<uint64_t>(timestamp_delta));
  return in.at_end();
}

Error corrupt(const BatchHeader& header, std::string_view why) {
  return {ErrorCode::kCorruption, fmt::format("the batch at offset {} is damaged: {}", header.base_offset, why)};
}

}  // namespace

Result<std::span<const TopicRecord>> RecordBatchDecoder::decode(std::string_view bytes) {
  TRY(header, check_batch(bytes));
  header_ = header;
  if (header.compression_id() > static_cast<uint8_t>(TopicCompression::kZstd)) {
    return corrupt(header, fmt::format("there is no compression {}", header.compression_id()));
  }
  if (header.is_control()) return std::span<const TopicRecord>();
  std::string_view text = bytes.substr(kBatchHeaderBytes, header.bytes - kBatchHeaderBytes);
  const auto compression = static_cast<TopicCompression>(header.compression_id());
  if (compression != TopicCompression::kNone) {
    if (Status status = decompress_records(compression, text, uncompressed_); !status.ok()) {
      return status.error().with_context(fmt::format("the batch at offset {}", header.base_offset));
    }
    text = {uncompressed_.as<char>(), uncompressed_.size()};
  }
  TRY_STATUS(read_records(text));
  return std::span<const TopicRecord>(records_);
}

Status RecordBatchDecoder::read_records(std::string_view text) {
  const auto count = static_cast<size_t>(header_.records);
  if (count > text.size() / kRecordBytesMin) {
    return corrupt(header_, fmt::format("{} records do not fit into {} bytes", count, text.size()));
  }
  records_.resize(count);
  headers_.clear();
  FieldReader in(text.data(), text.data() + text.size());
  int64_t offset = -1;
  for (size_t i = 0; i < count; ++i) {
    const int64_t bytes = in.varint();
    if (!in.ok() || bytes < 0 || static_cast<uint64_t>(bytes) > in.left()) {
      return corrupt(header_, fmt::format("record {} of {} does not fit", i + 1, count));
    }
    FieldReader one(in.at(), in.at() + bytes);
    const size_t first_header = headers_.size();
    TopicRecord& record = records_[i];
    if (!read_record(one, header_, record, headers_) || record.offset <= offset) {
      return corrupt(header_, fmt::format("record {} of {} is not one", i + 1, count));
    }
    offset = record.offset;
    // The vector may still move: what is noted here is a length, and the views are set below.
    record.headers = std::span(headers_.data(), headers_.size() - first_header);
    in.skip(static_cast<size_t>(bytes));
  }
  if (!in.at_end()) return corrupt(header_, fmt::format("{} bytes are left behind its records", in.left()));
  const RecordHeader* next = headers_.data();
  for (TopicRecord& record : records_) {
    record.headers = std::span(next, record.headers.size());
    next += record.headers.size();
  }
  return {};
}

Result<RecordBatches> RecordBatches::check(std::string_view bytes) {
  RecordBatchDecoder decoder;
  RecordBatches checked;
  checked.bytes_ = bytes;
  const auto wrong = [&checked](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("batch {}: {}", checked.batches_ + 1, why));
  };
  while (!bytes.empty()) {
    auto records = decoder.decode(bytes);
    if (!records.ok()) return wrong(records.error().message());
    const BatchHeader& header = decoder.header();
    if (!header.is_control() && header.records != header.last_offset_delta + 1) {
      return wrong(fmt::format("{} records, but {} offsets", header.records, header.last_offset_delta + 1));
    }
    checked.count(header);
    bytes.remove_prefix(header.bytes);
  }
  if (checked.batches_ == 0) return wrong("there is none");
  return checked;
}

RecordBatches RecordBatches::of_encoded(std::string_view bytes) {
  RecordBatches batches;
  batches.bytes_ = bytes;
  while (!bytes.empty()) {
    const auto header = read_batch_header(bytes);
    MILLRACE_ASSERT(header.ok() && header->bytes <= bytes.size(), "not what an encoder made");
    batches.count(*header);
    bytes.remove_prefix(header->bytes);
  }
  return batches;
}

void RecordBatches::count(const BatchHeader& header) {
  max_timestamp_ms_ = batches_ == 0 ? header.max_timestamp_ms : std::max(max_timestamp_ms_, header.max_timestamp_ms);
  batches_ += 1;
  offsets_ += int64_t{header.last_offset_delta} + 1;
}

}  // namespace millrace
