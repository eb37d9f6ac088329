#include "connect/home/topic_transaction.h"

#include <utility>

#include "connect/home/outbox.h"

namespace millrace {

namespace {

// A flow that was kept by the tables until now, with what it has left to send.
Status take_over(TopicStore& topics, TableStore& tables, const std::string& flow) {
  const std::string key = checkpoint_key(flow);
  TRY(state, tables.state(key));
  if (!state) return {};
  TRY(outbox, Outbox::open(topics, tables, flow));
  if (!topics.note(key)) {
    Commit moved;
    moved.note(key, *state);
    if (auto receipt = topics.submit(moved); !receipt.ok()) return receipt.error();
    TRY_STATUS(topics.sync());
  }
  RowBatch gone;
  gone.remove_state(key);
  TRY(number, tables.write(gone));
  static_cast<void>(number);
  return tables.flush();
}

}  // namespace

Result<std::unique_ptr<TopicTransaction>> TopicTransaction::begin(TopicStore& topics, TableStore& tables,
                                                                  std::string flow) {
  TRY_STATUS(take_over(topics, tables, flow));
  TRY(checkpoint, checkpoint_of(flow, topics.note(checkpoint_key(flow))));
  std::unique_ptr<TopicTransaction> transaction(new TopicTransaction(topics, std::move(flow), std::move(checkpoint)));
  TRY_STATUS(transaction->move_pins(transaction->resumed_from().position));
  return transaction;
}

Status TopicTransaction::commit(const Checkpoint& checkpoint) {
  commit_.note(checkpoint_key(flow()), checkpoint.to_bytes());
  if (auto receipt = topics().submit(commit_); !receipt.ok()) return receipt.error().with_context("commit");
  commit_.clear();
  return move_pins(checkpoint.position);
}

}  // namespace millrace
