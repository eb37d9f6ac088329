#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/flow_up.h"
#include "host/timetable.h"

namespace millrace {

// Keeps all flows of some pipelines up in one process. Thread-safe.
class Host {
 public:
  // The plans must outlive it. The error: the history of runs cannot be read.
  static Result<std::unique_ptr<Host>> open(HostRoom room, const std::vector<const PipelinePlan*>& pipelines);
  ~Host();  // stops all
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  void start();
  void stop();  // each flow ends where it is, as it would at the end of its source
  bool all_ended() const;

  std::vector<FlowStatus> status() const;
  // "pipeline.flow", or "flow" where only one has that name; kNotFound says which there are.
  Result<FlowUp*> find(std::string_view name);
  // By name, and kept over restarts.
  Status pause(std::string_view name);
  Status resume(std::string_view name);
  // Does something while nothing of the flow runs, and lets it go on as it was.
  Status while_resting(std::string_view name, const std::function<Status()>& something);

  const std::deque<FlowUp>& flows() const { return flows_; }
  Timetable& timetable() { return *timetable_; }

 private:
  explicit Host(HostRoom room) : room_(std::move(room)) {}

  HostRoom room_;
  std::unique_ptr<Timetable> timetable_;
  std::deque<FlowUp> flows_;
  std::mutex resting_mutex_;  // one flow rests for somebody at a time
};

}  // namespace millrace
