#include "store/topics/segment_index.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/big_endian.h"
#include "base/crc32c.h"

namespace millrace {
namespace {

constexpr std::string_view kMagic = "MRIX";
constexpr int32_t kVersion = 1;
constexpr size_t kFixedBytes = 4 + 4 + 5 * 8 + 4 + 4;  // up to the entries
constexpr size_t kEntryBytes = 3 * 8;
constexpr size_t kCrcBytes = 4;

template <typename T>
void put(std::string& to, T number) {
  char bytes[sizeof number];
  store_big(bytes, number);
  to.append(bytes, sizeof bytes);
}

template <typename T>
T take(const char*& at) {
  const T number = load_big<T>(at);
  at += sizeof number;
  return number;
}

Error corrupt(std::string_view why) { return {ErrorCode::kCorruption, fmt::format("not a segment's index: {}", why)}; }

}  // namespace

void SegmentIndex::add(const BatchHeader& batch) {
  if (entries_.empty() || bytes_ >= entries_.back().position + kIndexIntervalBytes) {
    entries_.push_back({batch.base_offset, bytes_, max_timestamp_ms_});
  }
  last_position_ = bytes_;
  last_crc_ = batch.crc;
  bytes_ += batch.bytes;
  end_offset_ = batch.end_offset();
  max_timestamp_ms_ = std::max(max_timestamp_ms_, batch.max_timestamp_ms);
}

void SegmentIndex::cut(uint64_t bytes, int64_t end_offset, int64_t max_timestamp_ms) {
  while (!entries_.empty() && entries_.back().position >= bytes) entries_.pop_back();
  bytes_ = bytes;
  end_offset_ = end_offset;
  max_timestamp_ms_ = max_timestamp_ms;
}

uint64_t SegmentIndex::position_of(int64_t offset) const {
  const auto after = std::upper_bound(entries_.begin(), entries_.end(), offset,
                                      [](int64_t wanted, const Entry& entry) { return wanted < entry.offset; });
  return after == entries_.begin() ? 0 : std::prev(after)->position;
}

uint64_t SegmentIndex::position_at(int64_t timestamp_ms) const {
  const auto after = std::partition_point(entries_.begin(), entries_.end(), [timestamp_ms](const Entry& entry) {
    return entry.max_timestamp_before_ms < timestamp_ms;
  });
  return after == entries_.begin() ? 0 : std::prev(after)->position;
}

std::string SegmentIndex::encode() const {
  std::string out(kMagic);
  put(out, kVersion);
  put(out, base_offset_);
  put(out, end_offset_);
  put(out, bytes_);
  put(out, max_timestamp_ms_);
  put(out, last_position_);
  put(out, last_crc_);
  put(out, static_cast<uint32_t>(entries_.size()));
  for (const Entry& entry : entries_) {
    put(out, entry.offset);
    put(out, entry.position);
    put(out, entry.max_timestamp_before_ms);
  }
  put(out, crc32c(out));
  return out;
}

Result<SegmentIndex> SegmentIndex::decode(std::string_view bytes, int64_t base_offset) {
  if (bytes.size() < kFixedBytes + kCrcBytes || !bytes.starts_with(kMagic)) return corrupt("it has no header");
  const char* at = bytes.data() + kMagic.size();
  if (const auto version = take<int32_t>(at); version != kVersion) {
    return corrupt(fmt::format("its format version is {}, not {}", version, kVersion));
  }
  if (crc32c(bytes.substr(0, bytes.size() - kCrcBytes)) != load_big<uint32_t>(bytes.end() - kCrcBytes)) {
    return corrupt("its checksum is wrong");
  }
  if (take<int64_t>(at) != base_offset) return corrupt("it belongs to another segment");
  SegmentIndex index(base_offset);
  index.end_offset_ = take<int64_t>(at);
  index.bytes_ = take<uint64_t>(at);
  index.max_timestamp_ms_ = take<int64_t>(at);
  index.last_position_ = take<uint64_t>(at);
  index.last_crc_ = take<uint32_t>(at);
  const auto count = take<uint32_t>(at);
  if (bytes.size() != kFixedBytes + count * kEntryBytes + kCrcBytes) return corrupt("it has another number of entries");
  index.entries_.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    Entry entry;
    entry.offset = take<int64_t>(at);
    entry.position = take<uint64_t>(at);
    entry.max_timestamp_before_ms = take<int64_t>(at);
    index.entries_.push_back(entry);
  }
  return index;
}

}  // namespace millrace
