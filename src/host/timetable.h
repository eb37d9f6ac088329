#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "connect/home/home.h"
#include "connect/home/run_history.h"
#include "connect/home/run_logs.h"
#include "flow/schedule/schedule.h"
#include "host/alert_hook.h"
#include "host/flow_up.h"

namespace millrace {

// Drives the scheduled flows of a host: a Schedule over all its pipelines, what it decides in the history of runs, and
// each attempt's lines in the logs. What has been decided is on the disk before anything of it is done, so that the
// next process goes on from there. Thread-safe.
class Timetable {
 public:
  // Reads the history. The room and the plans must outlive it.
  static Result<std::unique_ptr<Timetable>> open(const HostRoom& room,
                                                 const std::vector<const PipelinePlan*>& pipelines);
  ~Timetable();  // stops
  Timetable(const Timetable&) = delete;
  Timetable& operator=(const Timetable&) = delete;

  void start();
  // After all flows have stopped.
  void stop();

  // Whether a flow runs when the schedule says, and not all the time: it has times of its own or comes after others;
  // or others come after it, and then it runs once when the process begins.
  bool drives(std::string_view flow) const { return flows_.contains(flow); }
  // Runs the flow whenever it is due, on the caller's thread and as many more as its runs may go side by side, until it
  // is halted. A run that is under way then goes on with the next drive().
  void drive(FlowUp& flow);

  // Runs that somebody asks for; durable when it returns. All of them or none: the error says which is in the way.
  Status add(const std::vector<ScheduledRun>& runs);
  Status cancel(const RunName& run);

  RunHistory& history() { return *history_; }
  RunLogs& logs() { return *logs_; }

 private:
  using RunKey = std::pair<std::string, int64_t>;
  struct DrivenFlow {
    const PipelinePlan* pipeline = nullptr;
    const FlowPlan* plan = nullptr;
    const FlowUp* up = nullptr;         // while it is driven
    std::deque<ScheduledRun> to_begin;  // attempts that were ordered and that nobody has taken so far
    std::string last_failure;           // of the last run that has ended; empty: it succeeded
  };
  struct Attempt {
    const FlowUp* flow = nullptr;
    std::shared_ptr<std::atomic<bool>> stop;
  };

  explicit Timetable(const HostRoom& room) : room_(room) {}
  void add_flows(const PipelinePlan& pipeline, std::vector<ScheduledFlow>& flows);
  Status resume();
  void run_once_flows();
  void keep_time();
  void halt_what_is_to();
  void do_what_is_due();
  void carry_out(ScheduleOrders orders);
  void note_books(ScheduleOrders& orders);
  void work(FlowUp& flow);
  std::optional<ScheduledRun> take(const std::string& flow);
  void give_back(const std::string& flow);
  void attempt(FlowUp& flow, const ScheduledRun& run);
  void tell_end(const ScheduledRun& run, const AttemptEnd& end, double seconds);
  void show_idle(FlowUp& flow);
  void log(const ScheduledRun& run, std::string text, bool problem = false);
  ScheduleTime now() const { return {room_.clock.wall_us(), room_.clock.monotonic_us()}; }

  // Constant after open().
  const HostRoom& room_;
  std::unique_ptr<RunHistory> history_;
  std::unique_ptr<RunLogs> logs_;
  std::unique_ptr<HttpClient> http_;
  std::unique_ptr<AlertCaller> alerts_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<Schedule> schedule_;                    // guarded by mutex_
  std::map<std::string, DrivenFlow, std::less<>> flows_;  // guarded by mutex_; which there are is constant
  std::map<RunKey, Attempt> attempts_;                    // guarded by mutex_
  bool stopping_ = false;                                 // guarded by mutex_
  std::thread thread_;
};

}  // namespace millrace
