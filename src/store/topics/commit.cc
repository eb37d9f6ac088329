#include "store/topics/commit.h"

#include <algorithm>

namespace millrace {

void Commit::append(std::string_view topic, int32_t partition, const RecordBatches& batches) {
  const auto used = parts_.begin() + static_cast<std::ptrdiff_t>(parts_used_);
  auto part = std::find_if(parts_.begin(), used, [&](const Part& one) {
    return one.where.partition == partition && one.where.topic == topic;
  });
  if (part == used) {
    if (parts_used_ == parts_.size()) parts_.emplace_back();
    part = parts_.begin() + static_cast<std::ptrdiff_t>(parts_used_++);
    part->where.topic = topic;
    part->where.partition = partition;
    part->bytes.clear();
    part->offsets = 0;
    part->batches = 0;
    part->max_timestamp_ms = batches.max_timestamp_ms();
  }
  part->bytes.append(batches.bytes());
  part->offsets += batches.offsets();
  part->batches += batches.batches();
  part->max_timestamp_ms = std::max(part->max_timestamp_ms, batches.max_timestamp_ms());
  bytes_ += batches.bytes().size();
}

void Commit::clear() {
  parts_used_ = 0;
  bytes_ = 0;
  notes_.clear();
}

}  // namespace millrace
