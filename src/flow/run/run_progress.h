#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "flow/passage.h"
#include "flow/transaction.h"

namespace millrace {

// What a run tells while it goes, for progress bars. Thread-safe.
class RunProgress {
 public:
  // Is told when the run begins to wait, with the reason, and when it goes on, with an empty one; from the run's own
  // threads.
  using OnWaiting = std::function<void(const std::string& why)>;
  explicit RunProgress(OnWaiting on_waiting = nullptr) : on_waiting_(std::move(on_waiting)) {}

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
  void set_waiting(const std::string& why);  // empty: it does not
  void set_committed(const Position& position, const Ledger& ledger);

 private:
  const OnWaiting on_waiting_;
  mutable std::mutex mutex_;
  Snapshot state_;  // guarded by mutex_
};

}  // namespace millrace
