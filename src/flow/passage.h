#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "flow/step_state.h"

namespace millrace {

// What happened to the records of a flow. Cumulative; merges by addition. See docs/concepts.md, "the ledger".
struct Ledger {
  uint64_t read = 0;
  uint64_t made = 0;  // rows that explode made beyond the one that was there
  uint64_t written = 0;
  uint64_t filtered = 0;
  uint64_t dropped = 0;
  uint64_t duplicate = 0;
  uint64_t quarantined = 0;
  uint64_t held = 0;
  uint64_t in_flight = 0;

  bool balances() const {
    return read + made == written + filtered + dropped + duplicate + quarantined + held + in_flight;
  }
  Ledger& operator+=(const Ledger& other);
  std::string text() const;  // "read 10 = written 8 + quarantined 2", zeros left out
};

// Its counts by name, in the order of the balance.
struct LedgerField {
  std::string_view name;  // "in_flight"
  uint64_t Ledger::*count;
};
std::span<const LedgerField> ledger_fields();

struct StepCounts {
  uint64_t in = 0;
  uint64_t out = 0;
};

struct CheckCounts {
  uint64_t checked = 0;
  uint64_t failed = 0;
};

// A record on its way to quarantine.
struct RecordFault {
  uint32_t record = 0;   // of the batch's origin
  uint32_t element = 0;  // which of the rows that explode made of it, from 0
  int step = -1;         // index of the flow's step; -1: reading
  std::string rule;      // "read", "select", "expect"; for a check "email email", for an expression its column
  std::string reason;
};

// What happened to the records of one batch on its way through the steps; belongs to the batch's worker until the batch
// is committed in order. Steps report here and take the rows out of batch.alive themselves (through these calls).
class Passage {
 public:
  Passage(size_t step_count, size_t check_count) : steps(step_count), checks(check_count) {}

  // Each takes the rows out of the batch and counts them.
  void filter(Batch& batch, const std::vector<bool>& keep);
  void drop(Batch& batch, const std::vector<bool>& keep);
  void duplicate(Batch& batch, const std::vector<bool>& keep);
  // Rows with faults leave for quarantine; several faults of one row count as one record. Ascending by row.
  void quarantine(Batch& batch, int step, std::vector<Fault> row_faults);
  // Of the rows that a record was taken apart into, leaves those that its origin wants; the others are as if they had
  // never been made.
  void leave_wanted_elements(Batch& batch);
  // A check of severity `stop`: the run ends with this once the batches before are through. The first counts.
  void stop(Error error);

  Ledger ledger;
  std::vector<StepCounts> steps;
  std::vector<CheckCounts> checks;  // by the flow's check index
  std::vector<RecordFault> faults;  // ascending by record
  std::optional<Error> stopped;
  std::map<std::string, StateChanges> state;  // by OrderedStep::state_name()
};

}  // namespace millrace
