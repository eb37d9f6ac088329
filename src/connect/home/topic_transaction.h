#pragma once

#include <future>
#include <memory>
#include <string>
#include <string_view>

#include "connect/home/home_transaction.h"
#include "store/tables/table_store.h"
#include "store/topics/commit.h"

namespace millrace {

// For a flow that writes topics only: records, faults, position and books are one commit of the topic store.
class TopicTransaction final : public HomeTransaction {
 public:
  static Result<std::unique_ptr<TopicTransaction>> begin(TopicStore& topics, TableStore& tables, std::string flow);

  void append(std::string_view topic, int32_t partition, const RecordBatches& batches) override {
    commit_.append(topic, partition, batches);
  }
  ~TopicTransaction() override;
  Status commit(const Checkpoint& checkpoint) override;
  Status begin_commit(const Checkpoint& checkpoint) override;
  bool has_landed() const override;
  Status land() override;
  Status sync() override { return topics().sync(); }

 private:
  using HomeTransaction::HomeTransaction;
  void submit();

  Commit commit_;  // the next one
  // The one that the store has: alone with it while `outcome_` is valid. Without `in_flight_` there is none.
  Commit flying_;
  Position flying_position_;
  std::future<Result<CommitReceipt>> outcome_;
  bool in_flight_ = false;
};

}  // namespace millrace
