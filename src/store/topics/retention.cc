#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "store/topics/partition_log.h"

namespace millrace {

// What time and size want is looked for segment by segment; a pin stops what may go, not what is counted.
Result<int64_t> PartitionLog::apply_retention(const TopicConfig& config, int64_t now_ms) {
  int64_t bytes = 0;
  for (const auto& segment : segments_) bytes += static_cast<int64_t>(segment->bytes());
  PinAt pin{.offset = std::numeric_limits<int64_t>::max()};
  {
    const std::lock_guard lock(mutex_);
    if (const PinAt* lowest = lowest_pin_locked()) pin = *lowest;
  }
  int64_t allowed = log_start();
  int64_t held_bytes = 0;
  for (size_t i = 0; i < segments_.size(); ++i) {
    const int64_t end = i + 1 < segments_.size() ? segments_[i + 1]->base_offset() : written_.end_offset;
    const auto segment_bytes = static_cast<int64_t>(segments_[i]->bytes());
    TRY(range, segments_[i]->range());
    const bool too_old = config.retention_ms && range.max_timestamp_ms < now_ms - *config.retention_ms;
    const bool too_much = config.retention_bytes && bytes - segment_bytes >= *config.retention_bytes;
    if (!too_old && !too_much) break;
    bytes -= segment_bytes;
    if (end <= pin.offset) {
      allowed = end;
    } else {
      held_bytes += segment_bytes;
    }
  }
  // Nobody may have read the older files for long: who does opens them again.
  for (size_t i = 0; i + 1 < segments_.size(); ++i) segments_[i]->close();
  const std::lock_guard lock(mutex_);
  alarm_.clear();
  if (config.pinned_bytes_max && held_bytes > *config.pinned_bytes_max) {
    alarm_ = fmt::format(
        "{} holds the log at offset {}: {} bytes are kept that retention would have taken, more than "
        "pinned_bytes_max, {}; nothing is appended until it moves on",
        pin.holder, pin.offset, held_bytes, *config.pinned_bytes_max);
  }
  return allowed;
}

std::string PartitionLog::alarm() const {
  const std::lock_guard lock(mutex_);
  return alarm_;
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
