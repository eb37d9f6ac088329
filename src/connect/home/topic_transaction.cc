#include "connect/home/topic_transaction.h"

#include <chrono>
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

TopicTransaction::~TopicTransaction() {
  if (outcome_.valid()) outcome_.wait();
}

Status TopicTransaction::commit(const Checkpoint& checkpoint) {
  TRY_STATUS(begin_commit(checkpoint));
  return land();
}

Status TopicTransaction::begin_commit(const Checkpoint& checkpoint) {
  TRY_STATUS(land());
  commit_.note(checkpoint_key(flow()), checkpoint.to_bytes());
  std::swap(commit_, flying_);
  flying_position_ = checkpoint.position;
  in_flight_ = true;
  submit();
  return {};
}

void TopicTransaction::submit() {
  auto promise = std::make_shared<std::promise<Result<CommitReceipt>>>();
  outcome_ = promise->get_future();
  topics().submit_async(flying_, [promise](Result<CommitReceipt> outcome) { promise->set_value(std::move(outcome)); });
}

bool TopicTransaction::has_landed() const {
  return !in_flight_ || (outcome_.valid() && outcome_.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
}

Status TopicTransaction::land() {
  if (!in_flight_) return {};
  if (!outcome_.valid()) submit();  // it has failed before
  if (const auto outcome = outcome_.get(); !outcome.ok()) return outcome.error().with_context("commit");
  in_flight_ = false;
  flying_.clear();
  return move_pins(flying_position_);
}

}  // namespace millrace
