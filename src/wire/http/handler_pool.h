#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace millrace {

// Threads that run what they are given, in its order. What waits is bounded by who gives it: a connection has one
// request at a time. Thread-safe.
class HandlerPool {
 public:
  explicit HandlerPool(size_t threads);
  ~HandlerPool() { stop(); }

  void run(std::function<void()> job);
  // What runs ends, what waits is dropped. Not from a job.
  void stop();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  bool stopped_ = false;                    // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace millrace
