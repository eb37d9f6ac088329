#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/topics/record_batch.h"

namespace millrace {

inline constexpr uint64_t kIndexIntervalBytes = uint64_t{32} << 10;

// Where batches are in a segment file: a sparse index by offset and by time. A batch has an entry when it begins at
// least kIndexIntervalBytes behind the last one that has. Belongs to its segment, which guards it.
class SegmentIndex {
 public:
  struct Entry {
    int64_t offset = 0;
    uint64_t position = 0;
    int64_t max_timestamp_before_ms = 0;  // of the segment's batches before this one; kNoTimestamp: none
  };
  static constexpr int64_t kNoTimestamp = INT64_MIN;

  explicit SegmentIndex(int64_t base_offset) : base_offset_(base_offset), end_offset_(base_offset) {}

  void add(const BatchHeader& batch);                                      // the next one of the file
  void cut(uint64_t bytes, int64_t end_offset, int64_t max_timestamp_ms);  // back to what these were before

  uint64_t bytes() const { return bytes_; }  // of the batches added
  int64_t end_offset() const { return end_offset_; }
  int64_t max_timestamp_ms() const { return max_timestamp_ms_; }
  // Where to begin looking for an offset, and for the first batch that has a timestamp not before `timestamp_ms`.
  uint64_t position_of(int64_t offset) const;
  uint64_t position_at(int64_t timestamp_ms) const;

  // The bytes of an index file, and an index of them. kCorruption: they are not of this segment, or damaged.
  std::string encode() const;
  static Result<SegmentIndex> decode(std::string_view bytes, int64_t base_offset);
  // The last batch that was added, by which a file is recognised as the one that was indexed.
  uint64_t last_position() const { return last_position_; }
  uint32_t last_crc() const { return last_crc_; }

 private:
  int64_t base_offset_;
  int64_t end_offset_;
  uint64_t bytes_ = 0;
  int64_t max_timestamp_ms_ = kNoTimestamp;
  uint64_t last_position_ = 0;
  uint32_t last_crc_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace millrace
