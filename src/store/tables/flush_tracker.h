#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace millrace {

// Which write is on the disk: RocksDB speaks of sequence numbers, callers of their writes' numbers. Thread-safe.
class FlushTracker {
 public:
  // Writes whose sequence is remembered; beyond, every other one is forgotten, so that flushed() lags, never leads.
  static constexpr size_t kPendingMax = 4'096;

  explicit FlushTracker(std::function<void(uint64_t)> on_flushed) : on_flushed_(std::move(on_flushed)) {}

  // A write has been taken in, with all its sequence numbers at most `sequence`. Gives its number.
  uint64_t add(uint64_t sequence, uint64_t bytes, int64_t now_us) {
    const std::lock_guard lock(mutex_);
    if (pending_.empty() && sequence <= flushed_sequence_) return flushed_ = ++written_;  // it wrote nothing
    if (pending_.empty()) oldest_us_ = now_us;
    unflushed_bytes_ += bytes;
    pending_.push_back({std::max(sequence, pending_.empty() ? 0 : pending_.back().sequence), ++written_});
    if (pending_.size() > kPendingMax) thin_out();
    return written_;
  }

  // Everything up to `sequence` is on the disk.
  void flushed_to(uint64_t sequence) {
    uint64_t flushed = 0;
    {
      const std::lock_guard lock(mutex_);
      flushed_sequence_ = std::max(flushed_sequence_, sequence);
      while (!pending_.empty() && pending_.front().sequence <= sequence) {
        flushed = pending_.front().number;
        pending_.pop_front();
      }
      if (flushed == 0) return;
      flushed_ = flushed;
    }
    if (on_flushed_) on_flushed_(flushed);
  }

  // A flush begins of all that has been written: what comes now counts for the next.
  void flush_begins(int64_t now_us) {
    const std::lock_guard lock(mutex_);
    unflushed_bytes_ = 0;
    oldest_us_ = now_us;
  }

  uint64_t written() const {
    const std::lock_guard lock(mutex_);
    return written_;
  }
  uint64_t flushed() const {
    const std::lock_guard lock(mutex_);
    return flushed_;
  }
  bool due(uint64_t bytes_max, int64_t age_us_max, int64_t now_us) const {
    const std::lock_guard lock(mutex_);
    if (pending_.empty()) return false;
    return unflushed_bytes_ >= bytes_max || now_us - oldest_us_ >= age_us_max;
  }

 private:
  struct Pending {
    uint64_t sequence;
    uint64_t number;
  };
  void thin_out() {
    std::deque<Pending> kept;
    for (size_t i = 1; i < pending_.size(); i += 2) kept.push_back(pending_[i]);
    if (kept.back().number != pending_.back().number) kept.push_back(pending_.back());
    pending_ = std::move(kept);
  }

  const std::function<void(uint64_t)> on_flushed_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::deque<Pending> pending_;
  uint64_t written_ = 0;
  uint64_t flushed_ = 0;
  uint64_t flushed_sequence_ = 0;
  uint64_t unflushed_bytes_ = 0;  // since the last flush began
  int64_t oldest_us_ = 0;
};

}  // namespace millrace
