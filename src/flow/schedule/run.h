#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flow/passage.h"
#include "flow/schedule/instants.h"

namespace millrace {

enum class RunState { kDue, kRunning, kRetrying, kSucceeded, kFailed, kTimedOut, kSkipped, kCancelled };
std::string_view run_state_name(RunState state);  // "due", "running", ..., "timed_out"
std::optional<RunState> run_state_of_name(std::string_view name);
std::vector<std::string_view> run_state_names();
bool has_ended(RunState state);

// Why there is a run. Only those of the schedule wait for other flows and can be overtaken. A replay is no run of a
// schedule: whoever asked for it runs it, and its instant is when that was.
enum class RunCause { kSchedule, kTrigger, kBackfill, kClear, kReplay };
std::string_view run_cause_name(RunCause cause);
std::optional<RunCause> run_cause_of_name(std::string_view name);

// One run of a scheduled flow, as the history has it. Its identity is the flow and the instant.
struct ScheduledRun {
  std::string flow;  // as the data directory knows it: "users.ingest"
  int64_t instant_us = 0;
  RunTimes window;
  RunCause cause = RunCause::kSchedule;
  RunState state = RunState::kDue;
  int64_t generation = 1;  // goes up when it is cleared: what it added before then is not taken for its own
  int64_t attempt = 0;     // begun so far
  int64_t failures = 0;    // of these attempts
  int64_t due_us = 0;      // since when it has been there
  int64_t started_us = 0;  // the first attempt; 0: none
  int64_t ended_us = 0;
  int64_t missed = 0;  // instants right in front of it that were passed over, since nothing ran then
  bool late = false;   // its deadline has passed, and that was told
  Ledger ledger;       // of all its attempts, as far as they have ended
  std::string error;   // of the last attempt, or why it was skipped
  // The flow's books when its first attempt began; only while it is open.
  std::optional<Ledger> books_before;
  // Where the flow was in its source then, as bytes of a Checkpoint; empty: it keeps no position, or has not begun.
  std::string began_at;

  std::string id() const;  // "users.ingest@2026-11-21T10:05:00Z"
  // As the flow's checkpoint knows it: the id, with "#2" behind it in the second generation.
  std::string runner_id() const;
};

std::string run_id_text(std::string_view flow, int64_t instant_us);

struct RunName {
  std::string flow;
  int64_t instant_us = 0;
};
// "users.ingest@2026-11-21T10:05:00Z"; nullopt: it is none.
std::optional<RunName> parse_run_id(std::string_view text);

}  // namespace millrace
