#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "flow/transaction.h"
#include "store/topics/commit.h"
#include "store/topics/topic_store.h"

namespace millrace {

// The transaction of a flow that writes topics: records, faults, position and books are one commit of the topic store.
// Keeps what the flow has not read yet from retention.
class TopicTransaction final : public Transaction {
 public:
  // `flow` names it in the data directory: "users.store".
  static Result<std::unique_ptr<TopicTransaction>> begin(TopicStore& store, std::string flow);

  const Checkpoint& resumed_from() const override { return resumed_from_; }
  Status commit(const Checkpoint& checkpoint) override;
  Status sync() override { return store_.sync(); }

  // For the flow's sinks: part of the next commit.
  void append(std::string_view topic, int32_t partition, const RecordBatches& batches) {
    commit_.append(topic, partition, batches);
  }

 private:
  TopicTransaction(TopicStore& store, std::string flow, Checkpoint checkpoint)
      : store_(store), flow_(std::move(flow)), resumed_from_(std::move(checkpoint)) {}
  Status move_pins(const Position& position);

  TopicStore& store_;
  std::string flow_;
  Checkpoint resumed_from_;
  Commit commit_;
  std::map<std::string, std::unique_ptr<Pin>> pins_;  // by part of the position
};

// A partition as a part of a position, and back: "users/3".
std::string partition_part(std::string_view topic, int32_t partition);
std::optional<TopicPartition> partition_of_part(std::string_view part);

// The name of a flow's checkpoint among the store's notes.
std::string checkpoint_note(std::string_view flow);

}  // namespace millrace
