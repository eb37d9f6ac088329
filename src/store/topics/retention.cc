#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "store/topics/partition_log.h"

namespace millrace {

// The lowest offset that time and size leave, were there no pins; and with them.
Result<PartitionLog::RetentionPoint> PartitionLog::retention_point(const TopicConfig& config, int64_t now_ms) {
  RetentionPoint point{log_start(), log_start(), 0};
  int64_t bytes = 0;
  for (const auto& segment : segments_) bytes += static_cast<int64_t>(segment->bytes());
  int64_t pinned_at = std::numeric_limits<int64_t>::max();
  {
    const std::lock_guard lock(mutex_);
    if (const PinAt* pin = lowest_pin_locked()) pinned_at = pin->offset;
  }
  for (size_t i = 0; i < segments_.size(); ++i) {
    const int64_t end = i + 1 < segments_.size() ? segments_[i + 1]->base_offset() : written_.end_offset;
    const auto segment_bytes = static_cast<int64_t>(segments_[i]->bytes());
    TRY(range, segments_[i]->range());
    const bool too_old = config.retention_ms && range.max_timestamp_ms < now_ms - *config.retention_ms;
    const bool too_much = config.retention_bytes && bytes - segment_bytes >= *config.retention_bytes;
    if (!too_old && !too_much) break;
    bytes -= segment_bytes;
    point.wanted = end;
    if (end <= pinned_at) {
      point.allowed = end;
    } else {
      point.held_bytes += segment_bytes;
    }
  }
  return point;
}

const PartitionLog::PinAt* PartitionLog::lowest_pin_locked() const {
  const auto lowest = std::min_element(pins_.begin(), pins_.end(),
                                       [](const auto& a, const auto& b) { return a.second.offset < b.second.offset; });
  return lowest == pins_.end() ? nullptr : &lowest->second;
}

Result<uint64_t> PartitionLog::add_pin(int64_t offset, std::string holder) {
  const std::lock_guard lock(mutex_);
  if (offset < log_start_) {
    return Error(ErrorCode::kExpired, fmt::format("offset {} has expired: the log starts at {}", offset, log_start_));
  }
  pins_.emplace(next_pin_, PinAt{offset, std::move(holder)});
  return next_pin_++;
}

void PartitionLog::move_pin(uint64_t pin, int64_t offset) {
  const std::lock_guard lock(mutex_);
  pins_.at(pin).offset = offset;
}

void PartitionLog::remove_pin(uint64_t pin) {
  const std::lock_guard lock(mutex_);
  pins_.erase(pin);
}

}  // namespace millrace
