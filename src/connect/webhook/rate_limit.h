#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>

namespace millrace {

// So many in so much time, all of them at once if they like; then as fast as they come back. Thread-safe.
class RateLimit {
 public:
  RateLimit(uint64_t count, int64_t per_us)
      : count_(static_cast<double>(count)), per_us_(static_cast<double>(per_us)), left_(count_) {}

  // 0: one may come; else how long until then.
  int64_t take(int64_t now_us) {
    const std::lock_guard lock(mutex_);
    if (at_us_ != 0) left_ = std::min(count_, left_ + static_cast<double>(now_us - at_us_) * count_ / per_us_);
    at_us_ = now_us;
    if (left_ >= 1) {
      left_ -= 1;
      return 0;
    }
    return static_cast<int64_t>((1 - left_) * per_us_ / count_) + 1;
  }

 private:
  const double count_;
  const double per_us_;
  std::mutex mutex_;
  double left_;        // guarded by mutex_
  int64_t at_us_ = 0;  // guarded by mutex_
};

}  // namespace millrace
