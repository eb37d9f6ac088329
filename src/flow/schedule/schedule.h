#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "flow/schedule/instants.h"
#include "flow/schedule/run.h"
#include "flow/timing.h"

namespace millrace {

inline constexpr size_t kOpenRunsMax = 1'000;        // of one flow: due or under way; more instants wait
inline constexpr int64_t kMissedCountMax = 100'000;  // missed instants are counted up to here

// A flow as the schedule knows it. Flows it comes after are in front of it, under the same names.
struct ScheduledFlow {
  std::string name;  // "users.ingest"
  Timing timing;     // `after` has names as above
};

// What time it is. Instants and deadlines go by the wall clock, waits and time-outs by the other one.
struct ScheduleTime {
  int64_t wall_us = 0;
  int64_t monotonic_us = 0;
};

// Which instants of a flow have been decided: those in (first, planned].
struct SchedulePlace {
  int64_t first_us = 0;
  int64_t planned_us = 0;
  bool operator==(const SchedulePlace&) const = default;
};

// The runs that have ended, as the history has them.
class EndedRuns {
 public:
  virtual ~EndedRuns() = default;
  virtual std::optional<ScheduledRun> find(std::string_view flow, int64_t instant_us) const = 0;
};

struct RunAlert {
  ScheduledRun run;
  std::string reason;  // deadline, failed, timed_out, skipped
};

// What is to be done. First `changed` and `places` are made durable, in one write; then the rest.
struct ScheduleOrders {
  std::vector<ScheduledRun> changed;
  std::vector<std::pair<std::string, SchedulePlace>> places;  // by flow
  std::vector<ScheduledRun> start;                            // an attempt of each
  std::vector<ScheduledRun> stop;                             // their attempts; ended() is still to be called
  std::vector<RunAlert> alerts;
};

// How an attempt ended.
struct AttemptEnd {
  enum class Kind { kSucceeded, kFailed, kInterrupted };  // interrupted: the process stops, the run goes on later
  Kind kind = Kind::kSucceeded;
  bool retryable = false;
  std::string error;
  Ledger ledger;  // of the run so far
};

// Decides which runs of the flows of a pipeline are due, when they are tried again, and how they end. Pure: it knows no
// thread, disk or clock; whoever drives it does what the orders say. After a crash the same orders come out of what was
// made durable: no instant is lost, none is run twice, also when the wall clock is set. Belongs to one thread.
class Schedule {
 public:
  // `ended` is borrowed and must know what was in `changed` of all orders so far. The seed is for jitter.
  Schedule(std::vector<ScheduledFlow> flows, const EndedRuns& ended, uint64_t seed);

  // Once, before all else: what was durable when the process before ended. Attempts that were under way are none any
  // more; the runs go on with another.
  void resume(const std::vector<ScheduledRun>& open, const std::map<std::string, SchedulePlace>& places,
              ScheduleTime now);
  // What is due by now.
  ScheduleOrders tick(ScheduleTime now);
  ScheduleOrders attempt_ended(std::string_view flow, int64_t instant_us, const AttemptEnd& end, ScheduleTime now);
  // A run made by make_run() or cleared_run(). kAlreadyExists: it is due or under way; kNotFound: its flow is not here.
  Status add(ScheduledRun run);
  Status may_add(const ScheduledRun& run) const;
  // What is due is so no more; what runs is stopped first. kNotFound: it has ended or never was.
  Status cancel(std::string_view flow, int64_t instant_us);
  // An open run: what ScheduledRun::books_before and began_at are.
  void keep_beginning(std::string_view flow, int64_t instant_us, const Ledger& books, std::string began_at);
  // No attempt of a paused flow is begun.
  void set_paused(std::string_view flow, bool paused);

  // How long until tick() may have something to do, if nothing else happens and the wall clock is not set.
  int64_t idle_us(ScheduleTime now) const;
  std::vector<ScheduledRun> open_runs(std::string_view flow) const;  // by instant
  std::optional<int64_t> next_instant(std::string_view flow, ScheduleTime now) const;

 private:
  struct OpenRun {
    ScheduledRun run;
    int64_t retry_at_us = 0;               // monotonic; while it is retrying
    std::optional<int64_t> timeout_at_us;  // monotonic; once an attempt has begun in this process
    std::optional<RunState> stopping_as;   // how it ends once its attempt has
  };
  struct Flow {
    ScheduledFlow about;
    Instants instants;
    SchedulePlace place;
    bool begun = false;  // place is known
    bool paused = false;
    std::vector<size_t> followers;
    std::map<int64_t, OpenRun> open;  // by instant
  };
  enum class Prospect { kSucceeded, kComing, kNever };

  Flow* find(std::string_view flow);
  const Flow* find(std::string_view flow) const;
  std::optional<ScheduledRun> look_up(const Flow& flow, int64_t instant_us) const;
  void begin(Flow& flow, int64_t wall_us) const;
  void turn_back(Flow& flow, int64_t wall_us) const;
  void plan(Flow& flow, int64_t wall_us);
  void make_due(Flow& flow, int64_t instant_us, int64_t missed, int64_t wall_us);
  Prospect prospect(const Flow& flow, int64_t instant_us) const;
  Prospect prospect_of_all(const Flow& flow, int64_t instant_us, std::string* who) const;
  void watch(Flow& flow, ScheduleTime now);
  void start_due(Flow& flow, ScheduleTime now);
  void start(Flow& flow, OpenRun& open, ScheduleTime now);
  void failed_attempt(Flow& flow, OpenRun& open, const AttemptEnd& end, ScheduleTime now);
  void end(Flow& flow, int64_t instant_us, RunState state, std::string error, int64_t wall_us);
  void tell_followers(const Flow& flow, const ScheduledRun& run, int64_t wall_us);
  void follow(Flow& follower, const ScheduledRun& run, int64_t wall_us);
  void changed(const ScheduledRun& run);
  ScheduleOrders give_orders();

  std::vector<Flow> flows_;
  const EndedRuns& ended_;
  Random random_;
  // Of the orders being made.
  std::map<std::pair<std::string, int64_t>, ScheduledRun> changed_;
  std::vector<std::pair<std::string, int64_t>> started_, stopped_;
  std::vector<RunAlert> alerts_;
  std::map<std::string, SchedulePlace> places_told_;
};

// A run that somebody asks for. Its window is the time from the instant before to this one.
ScheduledRun make_run(const ScheduledFlow& flow, int64_t instant_us, RunCause cause, int64_t wall_us);
// A run that has ended, due again.
ScheduledRun cleared_run(ScheduledRun run, int64_t wall_us);

}  // namespace millrace
