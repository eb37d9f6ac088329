#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"

namespace millrace {

// Runs tasks side by side: the caller's thread and `threads` of its own. One caller at a time.
class SyncPool {
 public:
  explicit SyncPool(size_t threads);
  ~SyncPool();
  SyncPool(const SyncPool&) = delete;
  SyncPool& operator=(const SyncPool&) = delete;

  // Returns when all have run: the first error in the order of the tasks, or success.
  Status run(std::vector<std::function<Status()>> tasks);

 private:
  void work();
  bool run_next(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_
  std::vector<std::function<Status()>> tasks_;
  std::vector<Status> outcomes_;
  size_t next_ = 0;
  size_t done_ = 0;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace millrace
