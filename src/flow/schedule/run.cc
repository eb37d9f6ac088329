#include "flow/schedule/run.h"

#include <array>

#include <fmt/format.h>

#include "data/expr/parse.h"

namespace millrace {
namespace {

struct StateName {
  RunState state;
  std::string_view name;
};
constexpr std::array kStates = std::to_array<StateName>({{RunState::kDue, "due"},
                                                         {RunState::kRunning, "running"},
                                                         {RunState::kRetrying, "retrying"},
                                                         {RunState::kSucceeded, "succeeded"},
                                                         {RunState::kFailed, "failed"},
                                                         {RunState::kTimedOut, "timed_out"},
                                                         {RunState::kSkipped, "skipped"},
                                                         {RunState::kCancelled, "cancelled"}});

struct CauseName {
  RunCause cause;
  std::string_view name;
};
constexpr std::array kCauses = std::to_array<CauseName>({{RunCause::kSchedule, "schedule"},
                                                         {RunCause::kTrigger, "trigger"},
                                                         {RunCause::kBackfill, "backfill"},
                                                         {RunCause::kClear, "clear"},
                                                         {RunCause::kReplay, "replay"}});

}  // namespace

std::string_view run_state_name(RunState state) {
  for (const StateName& one : kStates) {
    if (one.state == state) return one.name;
  }
  MILLRACE_UNREACHABLE("run state");
}

std::optional<RunState> run_state_of_name(std::string_view name) {
  for (const StateName& one : kStates) {
    if (one.name == name) return one.state;
  }
  return std::nullopt;
}

std::vector<std::string_view> run_state_names() {
  std::vector<std::string_view> names;
  for (const StateName& one : kStates) names.push_back(one.name);
  return names;
}

bool has_ended(RunState state) { return state > RunState::kRetrying; }

std::string_view run_cause_name(RunCause cause) {
  for (const CauseName& one : kCauses) {
    if (one.cause == cause) return one.name;
  }
  MILLRACE_UNREACHABLE("run cause");
}

std::optional<RunCause> run_cause_of_name(std::string_view name) {
  for (const CauseName& one : kCauses) {
    if (one.name == name) return one.cause;
  }
  return std::nullopt;
}

std::string ScheduledRun::id() const { return run_id_text(flow, instant_us); }

std::string ScheduledRun::runner_id() const { return generation == 1 ? id() : fmt::format("{}#{}", id(), generation); }

std::string run_id_text(std::string_view flow, int64_t instant_us) {
  return fmt::format("{}@{}", flow, instant_text(instant_us));
}

std::optional<RunName> parse_run_id(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  const auto us = parse_timestamp_us(text.substr(at + 1));
  if (!us || text.substr(at + 1) != instant_text(*us)) return std::nullopt;
  return RunName{std::string(text.substr(0, at)), *us};
}

}  // namespace millrace
