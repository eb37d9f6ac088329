#include "connect/home/table_transaction.h"

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
                                                                  std::string flow) {
  TRY_STATUS(take_over(topics, tables, flow));
  TRY(state, tables.state(checkpoint_key(flow)));
  TRY(checkpoint, checkpoint_of(flow, state));
  TRY(outbox, Outbox::open(topics, tables, flow));
  std::unique_ptr<TableTransaction> transaction(
      new TableTransaction(topics, tables, std::move(flow), std::move(checkpoint)));
  transaction->outbox_ = std::move(outbox);
  TRY_STATUS(transaction->move_pins(transaction->resumed_from().position));
  return transaction;
}

Status TableTransaction::commit(const Checkpoint& checkpoint) {
  rows_.put_state(checkpoint_key(flow()), checkpoint.to_bytes());
  TRY(number, tables_.write(rows_));
  rows_.clear();
  states_.committed();
  outbox_->written(number);
  unflushed_.push_back({number, checkpoint.position});
  return follow_flush();
}

Status TableTransaction::sync() {
  TRY_STATUS(tables_.flush());
  return follow_flush();
}

// What a flush has covered is safe: its topics may go on, and get what is theirs.
Status TableTransaction::follow_flush() {
  const uint64_t flushed = tables_.flushed();
  bool moved = false;
  while (!unflushed_.empty() && unflushed_.front().write_number <= flushed) {
    if (unflushed_.size() == 1 || unflushed_[1].write_number > flushed) {
      TRY_STATUS(move_pins(unflushed_.front().position));
    }
    unflushed_.pop_front();
    moved = true;
  }
  return moved ? outbox_->send() : Status();
}

}  // namespace millrace
