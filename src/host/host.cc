#include "host/host.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/spelling.h"

namespace millrace {

Result<std::unique_ptr<Host>> Host::open(HostRoom room, const std::vector<const PipelinePlan*>& pipelines) {
  std::unique_ptr<Host> host(new Host(std::move(room)));
  TRY(timetable, Timetable::open(host->room_, pipelines));
  host->timetable_ = std::move(timetable);
  host->room_.timetable = host->timetable_.get();
  // What is said of a flow that has no runs is logged too.
  host->room_.tell = [table = host->timetable_.get(), tell = std::move(host->room_.tell)](
                         const std::string& flow, const std::string& text, bool problem) {
    if (!table->drives(flow)) table->logs().add({.flow = flow, .problem = problem, .text = text});
    tell(flow, text, problem);
  };
  for (const PipelinePlan* pipeline : pipelines) {
    for (const FlowPlan& flow : pipeline->flows) host->flows_.emplace_back(host->room_, *pipeline, flow);
  }
  return host;
}

Host::~Host() { stop(); }

void Host::start() {
  timetable_->start();
  for (FlowUp& flow : flows_) flow.start();
}

void Host::stop() {
  for (FlowUp& flow : flows_) flow.ask_to_stop();
  for (FlowUp& flow : flows_) flow.stop();
  if (timetable_ != nullptr) timetable_->stop();
}

bool Host::all_ended() const {
  return std::all_of(flows_.begin(), flows_.end(), [](const FlowUp& flow) {
    const FlowState state = flow.status().state;
    return state == FlowState::kEnded || state == FlowState::kFailed;
  });
}

std::vector<FlowStatus> Host::status() const {
  std::vector<FlowStatus> all;
  for (const FlowUp& flow : flows_) all.push_back(flow.status());
  return all;
}

Result<FlowUp*> Host::find(std::string_view name) {
  std::vector<FlowUp*> found;
  std::vector<std::string> names;
  for (FlowUp& flow : flows_) {
    names.push_back(flow.name());
    if (flow.name() == name) return &flow;
    if (flow.plan().name == name || flow.plan().id == name) found.push_back(&flow);
  }
  if (found.size() == 1) return found[0];
  if (found.size() > 1) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("flows of several pipelines are called '{}': say {} or {}",
                                                          name, found[0]->name(), found[1]->name()));
  }
  return Error(ErrorCode::kNotFound, fmt::format("no flow '{}' is up; there are: {}", name, fmt::join(names, ", ")));
}

Status Host::pause(std::string_view name) {
  TRY(flow, find(name));
  TRY_STATUS(room_.home.set_paused(flow->name(), true));
  flow->pause();
  return {};
}

Status Host::resume(std::string_view name) {
  TRY(flow, find(name));
  TRY_STATUS(room_.home.set_paused(flow->name(), false));
  flow->resume();
  return {};
}

Status Host::while_resting(std::string_view name, const std::function<Status()>& something) {
  TRY(flow, find(name));
  const std::lock_guard lock(resting_mutex_);
  flow->pause();
  Status status = something();
  if (!room_.home.is_paused(flow->name())) flow->resume();
  return status;
}

}  // namespace millrace
