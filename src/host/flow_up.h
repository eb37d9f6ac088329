#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/files.h"
#include "base/metrics.h"
#include "connect/home/home.h"
#include "flow/plan.h"
#include "flow/run/runner.h"
#include "host/flow_status.h"

namespace millrace {

class Timetable;

// What the flows of a host share. Lives longer than they.
struct HostRoom {
  Home& home;
  const Clock& clock;
  size_t workers = 1;  // threads of each flow while it works
  // The disk for one flow; waiting for the standard input ends when `stop` is set.
  std::function<std::unique_ptr<FileSystem>(const std::atomic<bool>* stop)> files;
  // What people are to know: called from any thread, must be quick.
  std::function<void(const std::string& flow, const std::string& text, bool problem)> tell;
  Metrics* metrics = nullptr;      // may be absent
  Timetable* timetable = nullptr;  // of the scheduled flows; the host sets it
};

// What one run of a flow is.
struct RunIdentity {
  std::string run_id;
  bool identified = false;  // RunOptions
  int64_t window_start_us = 0;
  int64_t window_end_us = 0;
  bool follow = false;
  const std::atomic<bool>* stop = nullptr;  // ends this run; nullptr: the halt of the flow does
};

// One flow that is up, on a thread of its own from start() until it is told to stop: runs it, runs it again after what
// can be retried, waits while it is paused. Thread-safe.
class FlowUp {
 public:
  FlowUp(const HostRoom& room, const PipelinePlan& pipeline, const FlowPlan& plan);
  ~FlowUp();  // stops it
  FlowUp(const FlowUp&) = delete;
  FlowUp& operator=(const FlowUp&) = delete;

  const PipelinePlan& pipeline() const { return pipeline_; }
  const FlowPlan& plan() const { return plan_; }
  std::string name() const { return pipeline_.id_of(plan_); }

  void start();
  void ask_to_stop();  // returns at once
  void stop();         // returns once it has
  void pause();        // returns once nothing of it runs
  void resume();       // also what has failed or ended is tried anew
  FlowStatus status() const;
  std::optional<FlowReport> last_report() const;  // of the last run that has ended

  // For whoever decides when the flow runs, on its thread:
  FlowReport run(const RunIdentity& identity);
  bool halted() const { return halt_.load(); }
  // Until then, by the monotonic clock; false: halted.
  bool wait_until(int64_t monotonic_us);
  void set_state(FlowState state, std::string why = "", std::optional<int64_t> next_run_us = std::nullopt);

 private:
  enum class Wanted { kRun, kPause, kStop };

  void live();
  void drive();
  bool is_scheduled() const;
  void tell_waiting(const std::string& why);  // empty: it goes on
  void add_lag(FlowStatus& status, const Position& position) const;

  // Constant after construction.
  const HostRoom& room_;
  const PipelinePlan& pipeline_;
  const FlowPlan& plan_;
  std::atomic<bool> halt_ = false;  // what runs is to end soon
  std::unique_ptr<FileSystem> files_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Wanted wanted_ = Wanted::kRun;               // guarded by mutex_
  uint64_t resumed_ = 0;                       // guarded by mutex_; how often
  bool resting_ = true;                        // guarded by mutex_; nothing of it runs
  FlowState state_ = FlowState::kStarting;     // guarded by mutex_
  std::string why_;                            // guarded by mutex_
  int64_t state_since_us_ = 0;                 // guarded by mutex_
  std::optional<int64_t> next_run_us_;         // guarded by mutex_
  std::shared_ptr<RunProgress> progress_;      // guarded by mutex_; of the run that goes on
  std::optional<FlowReport> report_;           // guarded by mutex_
  std::string run_id_;                         // guarded by mutex_
  bool waiting_told_ = false;                  // guarded by mutex_
  std::optional<int64_t> waiting_told_at_us_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace millrace
