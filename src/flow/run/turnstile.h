#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace millrace {

// Lets batches through one at a time, in the order of their numbers, whichever worker has them. Every number must come.
class Turnstile {
 public:
  void wait_for(uint64_t number) {
    std::unique_lock lock(mutex_);
    turned_.wait(lock, [&] { return next_ == number; });
  }
  // The batch that waited is through.
  void leave() {
    {
      const std::lock_guard lock(mutex_);
      ++next_;
    }
    turned_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turned_;
  uint64_t next_ = 0;  // guarded by mutex_
};

// One batch's turn, from construction to destruction.
class Turn {
 public:
  Turn(Turnstile& turnstile, uint64_t number) : turnstile_(turnstile) { turnstile_.wait_for(number); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { turnstile_.leave(); }

 private:
  Turnstile& turnstile_;
};

}  // namespace millrace
