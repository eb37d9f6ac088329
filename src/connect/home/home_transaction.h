#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "flow/transaction.h"
#include "store/topics/topic_store.h"

namespace millrace {

// The transaction of a flow in the embedded home, as its sinks see it. Keeps what the flow has not read yet from
// retention.
class HomeTransaction : public Transaction {
 public:
  const Checkpoint& resumed_from() const final { return resumed_from_; }
  Status keep(const RawTopic& raw, std::span<const Payload> payloads) final;
  // Records for a topic: part of the next commit.
  virtual void append(std::string_view topic, int32_t partition, const RecordBatches& batches) = 0;

 protected:
  HomeTransaction(TopicStore& topics, std::string flow, Checkpoint checkpoint)
      : topics_(topics), flow_(std::move(flow)), resumed_from_(std::move(checkpoint)) {}

  TopicStore& topics() { return topics_; }
  const std::string& flow() const { return flow_; }
  // Everything in front of the position may go.
  Status move_pins(const Position& position);

 private:
  TopicStore& topics_;
  std::string flow_;  // as the data directory knows it: "users.store"
  Checkpoint resumed_from_;
  std::map<std::string, std::unique_ptr<Pin>> pins_;  // by part of the position
};

// Where a flow's checkpoint is, among the notes of topics and the states of tables.
std::string checkpoint_key(std::string_view flow);
// The checkpoint out of what was found there; the empty one when nothing was.
Result<Checkpoint> checkpoint_of(std::string_view flow, const std::optional<std::string>& found);

// A partition as a part of a position, and back: "users[3]".
std::string partition_part(std::string_view topic, int32_t partition);
std::optional<TopicPartition> partition_of_part(std::string_view part);

}  // namespace millrace
