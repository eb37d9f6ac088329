#include "flow/run/checkpointer.h"

#include <chrono>
#include <thread>
#include <utility>

#include "base/metrics.h"

namespace millrace {
namespace {

constexpr uint64_t kGrowth = 2;  // times commit_bytes: so much is put in while the commit before is on its way

}  // namespace

// A source that begins anywhere but at its beginning must begin there again after a crash.
Status Checkpointer::begin(Source& source) {
  source_ = &source;
  if (options_.transaction == nullptr) return {};
  const Position& resumed =
      options_.others != nullptr ? options_.others->begin : options_.transaction->resumed_from().position;
  position_ = source.start(resumed);
  committed_at_us_ = options_.clock->monotonic_us();
  return position_ == resumed ? Status() : commit();
}

void Checkpointer::passed(const Journey& journey) {
  if (!journey.part.empty()) position_[journey.part] = journey.behind;
  uncommitted_ = true;
  uncommitted_bytes_ += journey.origin->bytes.size();
  for (const Payload& payload : journey.payloads) uncommitted_bytes_ += payload.bytes.size();
  commit_now_ = commit_now_ || journey.commit;
  if (options_.latency != nullptr) {
    next_.since.emplace_back(journey.origin->ingested_at_us, journey.passage.ledger.read);
  }
  if (journey.ticket != 0) next_.unsettled.emplace_back(journey.ticket, journey.passage.ledger);
}

Status Checkpointer::commit_when_due() {
  if (options_.transaction == nullptr) return {};
  if (flight_ && options_.transaction->has_landed()) TRY_STATUS(land());
  if (!uncommitted_ || (options_.others != nullptr && options_.others->one_commit)) return {};
  const bool much = uncommitted_bytes_ >= options_.commit_bytes;
  const bool late = options_.clock->monotonic_us() - committed_at_us_ >= options_.commit_interval_us;
  if (commit_now_) return commit();
  // What the disk takes its time for is made up for by the next commit, which has more.
  const bool may_grow = flight_ && uncommitted_bytes_ < options_.commit_bytes * kGrowth;
  return (much || late) && !may_grow ? begin_commit() : Status();
}

Status Checkpointer::tend() {
  if (options_.transaction == nullptr) return {};
  TRY_STATUS(uncommitted_ ? commit() : land());
  return options_.transaction->tend();
}

Status Checkpointer::finish(bool complete) {
  if (options_.transaction == nullptr) return {};
  TRY_STATUS(land());
  complete_ = complete;
  bool changed = uncommitted_ || (complete && (options_.identified || options_.others != nullptr));
  if (complete) {
    Position rest = source_->end(position_);
    changed = changed || rest != position_;
    position_ = std::move(rest);
  }
  if (changed) TRY_STATUS(commit());
  return options_.transaction->sync();
}

Status Checkpointer::give_up() {
  const Status landed = land();
  const Status synced = options_.transaction->sync();
  return landed.ok() ? synced : landed;
}

Checkpoint Checkpointer::checkpoint() const {
  Checkpoint checkpoint = options_.transaction->resumed_from();
  books_.add_to(checkpoint);
  if (options_.others != nullptr) {
    options_.others->note(checkpoint, books_.ledger(), position_, complete_);
    return checkpoint;
  }
  checkpoint.position = position_;
  checkpoint.run_id = options_.run_id;
  checkpoint.run_done = complete_;
  return checkpoint;
}

Status Checkpointer::commit() {
  TRY_STATUS(begin_commit());
  return land();
}

// Workers go on beside it; a single one has nothing else to do.
Status Checkpointer::begin_commit() {
  TRY_STATUS(land());
  Transaction& transaction = *options_.transaction;
  const bool beside = options_.workers > 1;
  TRY_STATUS(try_until_done(run_.settle));
  TRY_STATUS(try_until_done(
      [&] { return beside ? transaction.begin_commit(checkpoint()) : transaction.commit(checkpoint()); }));
  books_.mark_begun();
  flight_ = Flight{.waiting = std::exchange(next_, {}), .position = position_, .ledger = books_.ledger()};
  uncommitted_ = false;
  uncommitted_bytes_ = 0;
  commit_now_ = false;
  committed_at_us_ = options_.clock->monotonic_us();
  return !beside || transaction.has_landed() ? land() : Status();
}

Status Checkpointer::land() {
  if (!flight_) return {};
  TRY_STATUS(try_until_done([this] { return options_.transaction->land(); }));
  const Flight landed = *std::exchange(flight_, std::nullopt);
  books_.mark_committed();
  for (const auto& [ticket, ledger] : landed.waiting.unsettled) source_->settled(ticket, ledger);
  const int64_t now_us = options_.clock->wall_us();
  for (const auto& [since_us, records] : landed.waiting.since) options_.latency->observe_us(now_us - since_us, records);
  if (options_.progress != nullptr) options_.progress->set_committed(landed.position, landed.ledger);
  return {};
}

// What is away comes back, and a disk that is full has room again: the flow waits for it, and says so.
Status Checkpointer::try_until_done(const std::function<Status()>& attempt) {
  while (true) {
    Status status = attempt();
    const bool waited = std::exchange(waiting_, !status.ok() && is_retryable(status.error().code()));
    if (options_.progress != nullptr && (waiting_ || waited)) {
      options_.progress->set_waiting(waiting_ ? status.error().message() : "");
    }
    if (!waiting_ || run_.stopping() || options_.transaction->is_over()) return status;
    std::this_thread::sleep_for(std::chrono::microseconds(options_.retry_wait_us));
  }
}

}  // namespace millrace
