#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "flow/run/journey.h"
#include "flow/run/runner.h"
#include "flow/run/threshold.h"

namespace millrace {

// What is counted of a run. Belongs to the run's commit turn; one thread at a time.
class RunBooks {
 public:
  explicit RunBooks(const FlowPlan& plan);

  // A batch is through. The error: more of its records than a check's limit allows have failed it.
  std::optional<Error> add(const Journey& journey);
  void add_rows(size_t sink, size_t rows) { counts_.sink_rows[sink] += rows; }
  // A batch was read, and comes behind one that ended the run.
  void add_unused(const Journey& journey);
  std::optional<Error> judge_end() const { return thresholds_.finish(); }

  void mark_begun() { begun_ = counts_; }  // to be committed
  void mark_committed() { committed_ = begun_; }
  // What came behind the last commit is as if it had not been read yet.
  void forget_uncommitted();
  // Nothing was published at the end; `clean`: nothing that was written is there.
  void forget_unpublished(bool clean);

  const Ledger& ledger() const { return counts_.ledger; }
  void add_to(Checkpoint& checkpoint) const;
  void report(FlowReport& report) const;

 private:
  struct Counts {
    Ledger ledger;
    std::vector<StepCounts> steps;
    std::vector<CheckCounts> checks;
    std::vector<uint64_t> sink_rows;
  };

  const FlowPlan& plan_;
  Counts counts_;
  Counts begun_;      // as they were when the last commit began
  Counts committed_;  // as they were when the last one began that is done
  std::vector<RecordFault> first_faults_;
  std::vector<std::string> first_places_;
  Thresholds thresholds_;
};

}  // namespace millrace
