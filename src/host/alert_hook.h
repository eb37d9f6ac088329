#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "flow/schedule/schedule.h"
#include "flow/timing.h"
#include "wire/http/client.h"

namespace millrace {

inline constexpr int64_t kAlertTimeoutUs = 30'000'000;  // a hook that takes longer is ended
inline constexpr size_t kAlertsWaitingMax = 100;        // more than these at once are lost, and that is told

// What a hook gets: one JSON object.
std::string alert_json(const RunAlert& alert);

// Runs a program without a shell, with `input` on its standard input, in a process group of its own; what it prints
// goes nowhere. The error: it cannot be started, it failed, it took longer than `timeout_us` or `stop` was set, and was
// killed.
Status run_program(const std::vector<std::string>& command, const std::string& input, int64_t timeout_us,
                   const std::atomic<bool>& stop);

// Calls hooks one after the other, each once, on a thread of its own. Thread-safe.
class AlertCaller {
 public:
  // `tell` is called for each hook that was called: how that went.
  using Tell = std::function<void(const RunAlert& alert, const std::string& text, bool problem)>;
  AlertCaller(HttpClient& http, Tell tell);
  ~AlertCaller();  // what waits is not called any more
  AlertCaller(const AlertCaller&) = delete;
  AlertCaller& operator=(const AlertCaller&) = delete;

  void call(const AlertHook& hook, RunAlert alert);

 private:
  struct Waiting {
    AlertHook hook;
    RunAlert alert;
  };
  void work();
  void call_now(const Waiting& one);

  HttpClient& http_;
  const Tell tell_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace millrace
