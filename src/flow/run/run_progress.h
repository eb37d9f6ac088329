#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "flow/passage.h"
#include "flow/transaction.h"

namespace millrace {

// What a run tells while it goes, for progress bars. Thread-safe.
class RunProgress {
 public:
  struct Snapshot {
    Ledger ledger;
    uint64_t bytes_read = 0;
    uint64_t bytes_total = 0;  // 0: unknown
    std::string waiting;       // why nothing is committed right now; empty: it is
    Position position;         // as of the last commit
    Ledger committed;          // of this run, as of the last commit
  };
  Snapshot snapshot() const;
  void set_total(uint64_t bytes);
  void add(const Ledger& ledger, uint64_t bytes);
  void set_waiting(std::string why);
  void set_committed(const Position& position, const Ledger& ledger);

 private:
  mutable std::mutex mutex_;
  Snapshot state_;  // guarded by mutex_
};

}  // namespace millrace
