#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "connect/home/known_flow.h"
#include "flow/schedule/schedule.h"
#include "store/tables/table_store.h"

namespace millrace {

inline constexpr std::string_view kHistoryKeyspace = "millrace";
inline constexpr std::string_view kHistoryTable = "runs";
inline constexpr uint32_t kHistoryDays = 366;  // a run that has not changed for this long is forgotten

// Which runs to list; what is not said does not matter.
struct RunQuery {
  std::string flow;  // "users.ingest", or "ingest" of any pipeline
  std::optional<RunState> state;
  std::optional<int64_t> from_us, to_us;  // instants, both included
  size_t limit = 0;                       // 0: all
};

// The runs of scheduled flows in the table millrace.runs, and beside it which of them are open and how far each flow is
// planned. What write() was given is there as a whole and on the disk when it returns. Thread-safe.
class RunHistory final : public EndedRuns {
 public:
  // Makes the table when it is not there.
  static Result<std::unique_ptr<RunHistory>> open(TableStore& tables, const Clock& clock);

  Status write(std::span<const ScheduledRun> runs, std::span<const std::pair<std::string, SchedulePlace>> places = {});

  // Open ones too. A damaged table ends the process: going on would run again what has run.
  std::optional<ScheduledRun> find(std::string_view flow, int64_t instant_us) const override;
  // The newest instant first, over all flows.
  Result<std::vector<ScheduledRun>> list(const RunQuery& query) const;
  // Replays are no business of a schedule, and are not among them.
  Result<std::vector<ScheduledRun>> open_runs() const;
  Result<std::vector<ScheduledRun>> open_replays(std::string_view flow) const;
  Result<std::map<std::string, SchedulePlace>> places() const;

  Status keep_flow(std::string_view name, const KnownFlow& flow);
  // All that were ever scheduled here, by name ("users.ingest").
  Result<std::map<std::string, KnownFlow>> known_flows() const;

  // Without opening it: whether a flow has been scheduled here, and as if it had not been, but for the runs that have
  // ended.
  static Result<bool> knows_flow(const TableStore& tables, std::string_view flow);
  static Status forget_flow(TableStore& tables, std::string_view flow);

 private:
  RunHistory(TableStore& tables, const Clock& clock, TableRef table)
      : tables_(tables), clock_(clock), table_(std::move(table)) {}
  Result<std::optional<ScheduledRun>> read(std::string_view flow, int64_t instant_us) const;
  Result<std::vector<std::string>> flows() const;
  Result<std::vector<ScheduledRun>> all_open() const;

  TableStore& tables_;
  const Clock& clock_;
  TableRef table_;
  std::mutex write_mutex_;
  int64_t last_stamp_ = 0;  // guarded by write_mutex_; later writes win, also when the clock has been set back
};

}  // namespace millrace
