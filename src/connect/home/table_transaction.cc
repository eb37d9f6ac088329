#include "connect/home/table_transaction.h"

#include <chrono>
#include <utility>

namespace millrace {

namespace {

// A flow that was kept by the topics until now. Moved before anything else is done, and first to where it goes: a crash
// in between leaves it in both, the same.
Status take_over(TopicStore& topics, TableStore& tables, const std::string& flow) {
  const std::string key = checkpoint_key(flow);
  const auto note = topics.note(key);
  if (!note) return {};
  TRY(state, tables.state(key));
  if (!state) {
    RowBatch moved;
    moved.put_state(key, *note);
    TRY(number, tables.write(moved));
    static_cast<void>(number);
    TRY_STATUS(tables.flush());
  }
  Commit gone;
  gone.remove_note(key);
  if (auto receipt = topics.submit(gone); !receipt.ok()) return receipt.error();
  return topics.sync();
}

}  // namespace

Result<std::unique_ptr<TableTransaction>> TableTransaction::begin(TopicStore& topics, TableStore& tables,
                                                                  std::string flow, RowDurability durability) {
  TRY_STATUS(take_over(topics, tables, flow));
  TRY(state, tables.state(checkpoint_key(flow)));
  TRY(checkpoint, checkpoint_of(flow, state));
  TRY(outbox, Outbox::open(topics, tables, flow));
  std::unique_ptr<TableTransaction> transaction(
      new TableTransaction(topics, tables, std::move(flow), std::move(checkpoint), durability));
  transaction->outbox_ = std::move(outbox);
  TRY_STATUS(transaction->move_pins(transaction->resumed_from().position));
  return transaction;
}

void TableTransaction::take_off(const Checkpoint& checkpoint) {
  rows_.put_state(checkpoint_key(flow()), checkpoint.to_bytes());
  states_.begin_commit();
  std::swap(rows_, flight_.rows);
  flight_.position = checkpoint.position;
  flight_.outbox_last = outbox_->last();
  flight_.in_the_air = true;
}

Status TableTransaction::commit(const Checkpoint& checkpoint) {
  TRY_STATUS(land());
  take_off(checkpoint);
  return land();
}

// Sorting rows and taking them in is a third of the work for a table: workers go on meanwhile.
Status TableTransaction::begin_commit(const Checkpoint& checkpoint) {
  TRY_STATUS(land());
  take_off(checkpoint);
  written_ = std::async(std::launch::async, [this] { return tables_.write(flight_.rows, durability_); });
  return {};
}

bool TableTransaction::has_landed() const {
  return !flight_.in_the_air ||
         (written_.valid() && written_.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
}

Status TableTransaction::land() {
  if (!flight_.in_the_air) return send();
  TRY(number, written_.valid() ? written_.get() : tables_.write(flight_.rows, durability_));
  flight_.in_the_air = false;
  flight_.rows.clear();
  states_.committed();
  if (durability_ == RowDurability::kLogged) {
    outbox_->logged(flight_.outbox_last);
    unsent_ = true;
    TRY_STATUS(move_pins(flight_.position));
    return send();
  }
  outbox_->written(number, flight_.outbox_last);
  unflushed_.push_back({number, flight_.position});
  return follow_flush();
}

Status TableTransaction::sync() {
  TRY_STATUS(tables_.flush());
  return follow_flush();
}

// What a flush has covered is safe: its topics may go on, and get what is theirs.
Status TableTransaction::follow_flush() {
  const uint64_t flushed = tables_.flushed();
  while (!unflushed_.empty() && unflushed_.front().write_number <= flushed) {
    if (unflushed_.size() == 1 || unflushed_[1].write_number > flushed) {
      TRY_STATUS(move_pins(unflushed_.front().position));
    }
    unflushed_.pop_front();
    unsent_ = true;
  }
  return send();
}

Status TableTransaction::send() {
  if (!unsent_) return {};
  TRY_STATUS(outbox_->send());
  unsent_ = false;
  return {};
}

}  // namespace millrace
