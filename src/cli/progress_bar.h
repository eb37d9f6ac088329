#pragma once

#include <string>
#include <thread>

#include "base/clock.h"
#include "flow/run/runner.h"

namespace millrace {

// A line on the terminal's stderr that follows a run: share done, records/s, time left, the ledger. Nothing when not
// `shown`. Gone from the screen when destroyed.
class ProgressBar {
 public:
  ProgressBar(std::string name, const RunProgress& progress, const Clock& clock, bool shown);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

 private:
  void follow(std::stop_token stop);

  std::string name_;
  const RunProgress& progress_;
  const Clock& clock_;
  int64_t begin_us_;
  std::jthread thread_;
};

}  // namespace millrace
