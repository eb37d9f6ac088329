#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/expr/time/zone.h"
#include "flow/component.h"
#include "flow/cron.h"
#include "flow/retry.h"

namespace millrace {

// What is called when a run is late or has failed; either, both or none.
struct AlertHook {
  std::vector<std::string> command;  // a program and its arguments, no shell; gets the text on its standard input
  std::string webhook;               // a URL; gets the text as the body of a POST
};

// When a flow runs, as the file says it: a value. Instants are whole seconds since 1970 UTC, in microseconds.
struct Timing {
  std::optional<int64_t> every_us;
  std::optional<Cron> cron;
  std::shared_ptr<const Zone> zone;  // of cron; never nullptr once read
  std::optional<int64_t> start_us;   // no instant before this one; `every` counts from it
  std::optional<int64_t> end_us;     // none at or after this one
  bool catch_up = false;             // run every instant that was missed; else only the latest
  int64_t at_once = 1;               // runs of the flow side by side
  std::optional<int64_t> timeout_us;
  std::optional<int64_t> deadline_us;  // after the instant
  AlertHook alert;
  std::vector<std::string> after;  // flows of the same file
  Retry retry;

  bool has_instants() const { return every_us || cron; }
  // Otherwise the flow is continuous.
  bool scheduled() const { return has_instants() || !after.empty(); }
};

inline constexpr int64_t kRunsAtOnceMax = 64;
inline constexpr int64_t kRunAttemptsMax = 1'000;

// The keys of a flow that say when it runs, and what stands below two of them.
extern const Component kTimingDeclaration;
extern const Component kRetryDeclaration;
extern const Component kAlertDeclaration;

}  // namespace millrace
