#pragma once

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
  Status commit(const Checkpoint& checkpoint) override;
  Status sync() override { return topics().sync(); }

 private:
  using HomeTransaction::HomeTransaction;

  Commit commit_;
};

}  // namespace millrace
