#include "connect/home/topic_transaction.h"

#include <utility>

namespace millrace {

Result<std::unique_ptr<TopicTransaction>> TopicTransaction::begin(TopicStore& topics, std::string flow) {
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
