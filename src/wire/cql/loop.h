#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

namespace millrace::cql {

// A thread in which everything of a session happens: its connections, its timers, its bookkeeping. So none of that
// needs locks.
class Loop {
 public:
  Loop();
  ~Loop();  // stops
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs `task` in the thread, behind what was posted before. Any thread; when the loop has stopped, nothing happens.
  void post(std::function<void()> task);
  // Calls `tick` in the thread every so often, from now on. Once only.
  void every(int64_t period_us, std::function<void()> tick);
  // Returns when the thread has ended; not from within it.
  void stop();

  struct Core;
  Core& core() { return *core_; }  // of those files alone that see Asio

 private:
  std::unique_ptr<Core> core_;
  std::thread thread_;
};

}  // namespace millrace::cql
