#include "flow/run/run_progress.h"

namespace millrace {

RunProgress::Snapshot RunProgress::snapshot() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void RunProgress::set_total(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  state_.bytes_total = bytes;
}

void RunProgress::set_waiting(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    const bool turned = state_.waiting.empty() != why.empty();
    state_.waiting = why;
    if (!turned) return;
  }
  if (on_waiting_) on_waiting_(why);
}

void RunProgress::set_committed(const Position& position, const Ledger& ledger) {
  const std::lock_guard lock(mutex_);
  state_.position = position;
  state_.committed = ledger;
}

void RunProgress::add(const Ledger& ledger, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  state_.ledger += ledger;
  state_.bytes_read += bytes;
}

}  // namespace millrace
