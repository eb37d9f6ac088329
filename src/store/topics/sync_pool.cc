#include "store/topics/sync_pool.h"

#include <utility>

namespace millrace {

SyncPool::SyncPool(size_t threads) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

SyncPool::~SyncPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Status SyncPool::run(std::vector<std::function<Status()>> tasks) {
  std::unique_lock lock(mutex_);
  tasks_ = std::move(tasks);
  outcomes_.assign(tasks_.size(), Status());
  next_ = done_ = 0;
  if (tasks_.size() > 1) changed_.notify_all();
  while (run_next(lock)) {
  }
  changed_.wait(lock, [this] { return done_ == tasks_.size(); });
  for (Status& outcome : outcomes_) {
    if (!outcome.ok()) return std::move(outcome);
  }
  return {};
}

bool SyncPool::run_next(std::unique_lock<std::mutex>& lock) {
  if (next_ >= tasks_.size()) return false;
  const size_t mine = next_++;
  lock.unlock();
  Status outcome = tasks_[mine]();
  lock.lock();
  outcomes_[mine] = std::move(outcome);
  if (++done_ == tasks_.size()) changed_.notify_all();
  return true;
}

void SyncPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || next_ < tasks_.size(); });
    if (stopping_) return;
    run_next(lock);
  }
}

}  // namespace millrace
