#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "flow/plan.h"
#include "flow/run/run_progress.h"

namespace millrace {

// Records that a run takes instead of those of the flow's own source, whose position stays: out of quarantine, or that
// were read before.
struct OtherRecords {
  std::function<Result<std::unique_ptr<Source>>(const RunContext&)> open;
  bool one_commit = false;  // all of them are
  Position begin;           // where they begin, with the last stamps in front of it
  uint64_t rereadings = 0;  // Checkpoint::rereadings of what comes of them
  // Says in what the flow has committed before, with the run's books added, what the run has done so far.
  std::function<void(Checkpoint& checkpoint, const Ledger& run, const Position& reached, bool complete)> note;
};

class Histogram;

struct RunOptions {
  size_t workers = 1;
  size_t piece_bytes = size_t{512} << 10;
  std::string run_id;
  // The run is one that can be told from others by its id: it is complete once it has committed that it is, and adds
  // nothing when it is started again.
  bool identified = false;
  int64_t window_start_us = 0;  // the time that it is for; 0: none
  int64_t window_end_us = 0;
  std::string directory;  // of the pipeline file
  const Clock* clock = nullptr;
  FileSystem* files = nullptr;
  const std::atomic<bool>* stop = nullptr;  // somebody pressed Ctrl-C
  Retry retry{.attempts = 1};               // of sources that ask other systems; else who runs it tries again
  RunProgress* progress = nullptr;          // may be absent
  // nullptr: output is published at the end of the run, all or nothing. Otherwise it is committed on the way, with the
  // position that it came from, whenever this much of the source or this much time has passed.
  Transaction* transaction = nullptr;
  const OtherRecords* others = nullptr;  // instead of the flow's own source
  Histogram* latency = nullptr;          // from a record's intake until it is committed; may be absent
  TopicStore* topics = nullptr;          // for the connectors of the embedded home
  SchemaRegistry* schemas = nullptr;     // for topics of Avro
  uint64_t commit_bytes = uint64_t{4} << 20;
  int64_t commit_interval_us = 100'000;
  int64_t retry_wait_us = 100'000;  // between two tries to commit
  bool follow = false;  // goes on behind the source's end until `stop`; commits as soon as there is nothing to read
};

struct SinkReport {
  std::string place;
  uint64_t written = 0;
  std::string result;  // what the sink has to say at its end: a hash
};

// How a run of one flow ended, whatever way. The ledger balances; that it does is asserted.
struct FlowReport {
  std::string flow;
  Ledger ledger;
  std::vector<std::string> step_names;
  std::vector<StepCounts> steps;
  std::vector<CheckInfo> checks;
  std::vector<CheckCounts> check_counts;
  std::vector<SinkReport> sinks;
  std::string quarantine_place;
  std::vector<RecordFault> first_faults;  // the first few, for people
  std::vector<std::string> first_places;  // "users.jsonl:12", one per first_faults
  std::vector<std::string> notes;         // what sources and sinks did besides: a sentence each
  std::optional<Error> error;             // the run failed or was cancelled
  bool again = false;                     // it is through, and there is more for another run of it at once
  double seconds = 0;

  static FlowReport empty(const FlowPlan& plan);
  static FlowReport failed(const FlowPlan& plan, Error error);  // before it began
};

// Runs a flow to the end of its source. Batches go through the steps on `workers` threads; the sinks get them in the
// order of the source. With a transaction, what was committed stays whatever happens then; without one, everything is
// published at the end or nothing is.
FlowReport run_flow(const FlowPlan& plan, const RunOptions& options);

}  // namespace millrace
