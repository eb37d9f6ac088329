#include "store/topics/partition_log.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/big_endian.h"

namespace millrace {

PartitionLog::PartitionLog(FileSystem& files, std::string directory, const PartitionState& state,
                           std::vector<std::shared_ptr<Segment>> segments)
    : files_(files),
      directory_(std::move(directory)),
      written_(state),
      segments_(std::move(segments)),
      log_start_(state.log_start),
      visible_end_(state.end_offset),
      visible_bytes_(state.position) {
  MILLRACE_ASSERT(segments_.empty() == (state.segment == kNoSegment), "a log's files are those of its state");
  directory_made_ = !segments_.empty();
}

Status PartitionLog::roll(Unsynced& unsynced) {
  if (!directory_made_) {
    // topics/NAME/PARTITION@ID: both directories may be new, and with them two names in the directories above.
    const std::string topic = directory_of(directory_);
    TRY_STATUS(files_.make_directory(topic));
    TRY_STATUS(files_.make_directory(directory_));
    unsynced.directories.insert(directory_of(topic));
    unsynced.directories.insert(topic);
    directory_made_ = true;
  }
  auto segment = std::make_shared<Segment>(files_, directory_, written_.end_offset, 0);
  TRY_STATUS(segment->create());
  unsynced.directories.insert(directory_);
  if (!segments_.empty()) (void)segments_.back()->write_index();  // it is made anew when it is missing
  const std::lock_guard lock(mutex_);
  segments_.push_back(std::move(segment));
  written_.segment = written_.end_offset;
  written_.position = 0;
  return {};
}

Status PartitionLog::start_segment(Unsynced& unsynced) {
  if (written_.segment == written_.end_offset) return {};  // it is empty
  return roll(unsynced);
}

Result<AppendedBytes> PartitionLog::append(std::string& batches, int64_t segment_bytes, Unsynced& unsynced) {
  AppendedBytes appended{.base_offset = written_.end_offset, .end_offset = written_.end_offset};
  headers_.clear();
  for (size_t at = 0; at < batches.size(); at += headers_.back().bytes) {
    store_big(batches.data() + at, appended.end_offset);
    store_big(batches.data() + at + 12, int32_t{0});  // the leader's epoch: there is one leader only
    auto header = read_batch_header(std::string_view(batches).substr(at));
    MILLRACE_ASSERT(header.ok() && header->bytes <= batches.size() - at, "a commit holds whole batches");
    headers_.push_back(*header);
    appended.end_offset = header->end_offset();
    appended.last_crc = header->crc;
  }
  const uint64_t would_be = written_.position + batches.size();
  if (written_.segment == kNoSegment || (written_.position > 0 && would_be > static_cast<uint64_t>(segment_bytes))) {
    TRY_STATUS(roll(unsynced));
  }
  Segment& active = *segments_.back();
  TRY_STATUS(active.append(batches, headers_));
  TRY(file, active.file());
  unsynced.files.insert_or_assign(active.path(), file);
  written_.end_offset = appended.end_offset;
  written_.position += batches.size();
  return appended;
}

PartitionState PartitionLog::written() const { return written_; }

Status PartitionLog::mark() {
  if (mark_) return {};
  Mark mark{.state = written_};
  if (!segments_.empty()) {
    TRY(range, segments_.back()->range());
    mark.max_timestamp_ms = range.max_timestamp_ms;
  }
  mark_ = mark;
  return {};
}

Status PartitionLog::roll_back() {
  MILLRACE_ASSERT(mark_.has_value(), "there is a mark to go back to");
  const Mark mark = *std::exchange(mark_, std::nullopt);
  while (!segments_.empty() && segments_.back()->base_offset() > mark.state.segment) {
    TRY_STATUS(segments_.back()->remove_files());
    const std::lock_guard lock(mutex_);
    segments_.pop_back();
  }
  written_ = mark.state;
  if (segments_.empty()) return {};
  return segments_.back()->cut(mark.state.position, mark.state.end_offset, mark.max_timestamp_ms);
}

void PartitionLog::publish() {
  {
    const std::lock_guard lock(mutex_);
    visible_end_ = written_.end_offset;
    visible_bytes_ = written_.position;
  }
  advanced_.notify_all();
}

void PartitionLog::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  advanced_.notify_all();
}

std::vector<std::shared_ptr<Segment>> PartitionLog::expire(int64_t log_start) {
  const std::lock_guard lock(mutex_);
  log_start_ = log_start;
  std::vector<std::shared_ptr<Segment>> expired;
  while (!segments_.empty()) {
    const int64_t end = segments_.size() == 1 ? written_.end_offset : segments_[1]->base_offset();
    if (end > log_start) return expired;
    expired.push_back(std::move(segments_.front()));
    segments_.erase(segments_.begin());
  }
  written_.segment = kNoSegment;
  written_.position = visible_bytes_ = 0;
  return expired;
}

int64_t PartitionLog::log_start() const {
  const std::lock_guard lock(mutex_);
  return log_start_;
}

int64_t PartitionLog::high_water_mark() const {
  const std::lock_guard lock(mutex_);
  return visible_end_;
}

Result<Segment::Found> PartitionLog::read(int64_t offset, size_t bytes_max) const {
  std::shared_ptr<Segment> segment;
  uint64_t limit = 0;
  {
    const std::lock_guard lock(mutex_);
    if (offset < log_start_) {
      return Error(ErrorCode::kExpired, fmt::format("offset {} has expired: the log starts at {}", offset, log_start_));
    }
    if (offset > visible_end_) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("offset {} is beyond the end of the log, which is {}", offset, visible_end_));
    }
    if (offset == visible_end_) return Segment::Found{};
    const auto after = std::upper_bound(segments_.begin(), segments_.end(), offset,
                                        [](int64_t wanted, const auto& one) { return wanted < one->base_offset(); });
    MILLRACE_ASSERT(after != segments_.begin(), "a log has its offsets");
    segment = *std::prev(after);
    const bool holds_end = after == segments_.end() || (*after)->base_offset() >= visible_end_;
    limit = holds_end ? visible_bytes_ : segment->bytes();
  }
  return segment->read(offset, bytes_max, limit);
}

// The first batch that may have it: earlier segments may end before that time.
Result<Segment::Found> PartitionLog::read_at_time(int64_t timestamp_ms) const {
  std::vector<std::pair<std::shared_ptr<Segment>, uint64_t>> candidates;  // with how far readers see
  {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < segments_.size() && segments_[i]->base_offset() < visible_end_; ++i) {
      const bool holds_end = i + 1 == segments_.size() || segments_[i + 1]->base_offset() >= visible_end_;
      candidates.emplace_back(segments_[i], holds_end ? visible_bytes_ : segments_[i]->bytes());
    }
  }
  for (const auto& [segment, limit] : candidates) {
    TRY(found, segment->read_at_time(timestamp_ms, limit));
    if (!found.batches.empty()) return found;
  }
  return Segment::Found{};
}

PartitionDescription PartitionLog::describe() const {
  const std::lock_guard lock(mutex_);
  PartitionDescription about;
  about.log_start = log_start_;
  about.high_water_mark = visible_end_;
  about.bytes = static_cast<int64_t>(visible_bytes_);
  for (size_t i = 0; i + 1 < segments_.size() && segments_[i + 1]->base_offset() < visible_end_; ++i) {
    about.bytes += static_cast<int64_t>(segments_[i]->bytes());
  }
  about.segments = static_cast<int32_t>(segments_.size());
  if (const PinAt* pin = lowest_pin_locked()) about.pinned_at = pin->offset;
  about.alarm = alarm_;
  return about;
}

PartitionLog::Wait PartitionLog::wait_beyond(int64_t offset, int64_t timeout_ms) const {
  std::unique_lock lock(mutex_);
  advanced_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return ended_ || visible_end_ > offset; });
  if (visible_end_ > offset) return Wait::kData;
  return ended_ ? Wait::kEnded : Wait::kTimeout;
}

}  // namespace millrace
