#pragma once

#include <cstdint>
#include <optional>

#include "flow/run_times.h"
#include "flow/timing.h"

namespace millrace {

// The instants of a flow with `every` or `cron`; a value. With the local clock of `timezone`:
// - a time that does not exist (the clock is set forward) is the moment behind the gap;
// - a time that exists twice (the clock is set back) is the first of the two. Only a cron whose hour is `*` has both:
//   it means to come again and again, and would be silent for as long as the clock was set back.
// So there is at most one run of a moment, and none is left out.
class Instants {
 public:
  explicit Instants(const Timing& timing);

  std::optional<int64_t> after(int64_t us) const;   // the first one behind this
  std::optional<int64_t> latest(int64_t us) const;  // the last one at or before this
  bool has(int64_t us) const { return latest(us) == us; }
  // How many lie in between, both ends left out; counts to `max` only.
  int64_t count_between(int64_t from_us, int64_t to_us, int64_t max) const;
  // From the one before to this, whether it is one of them or not: what has come since the last run. `start` and `end`
  // say nothing here, so that the first run has a window too.
  RunTimes window(int64_t us) const;

 private:
  std::optional<int64_t> next_unbounded(int64_t us) const;
  std::optional<int64_t> latest_unbounded(int64_t us) const;
  std::optional<int64_t> next_of_cron(int64_t us) const;

  std::optional<int64_t> every_us_;
  std::optional<Cron> cron_;
  std::shared_ptr<const Zone> zone_;
  std::optional<int64_t> start_us_, end_us_;
};

}  // namespace millrace
