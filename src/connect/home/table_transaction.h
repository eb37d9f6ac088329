#pragma once

#include <deque>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connect/home/home_transaction.h"
#include "connect/home/outbox.h"
#include "connect/home/table_states.h"
#include "store/tables/table_store.h"

namespace millrace {

// For a flow that writes tables, or whose steps remember records from run to run: rows, what steps remember, position,
// books, and what is to go to topics are one write of the table store. The topic that the flow reads is the log: what
// is not flushed when the process dies is read again from there, and gives the same rows with the same stamps. A flow
// that writes topics alone has nothing to wait for a flush with: its commits are logged, and sent on at once.
class TableTransaction final : public HomeTransaction {
 public:
  static Result<std::unique_ptr<TableTransaction>> begin(TopicStore& topics, TableStore& tables, std::string flow,
                                                         RowDurability durability);

  void append(std::string_view topic, int32_t partition, const RecordBatches& batches) override {
    outbox_->put(rows_, topic, partition, batches.bytes());
  }
  // For the sinks of the flow: part of the next commit.
  RowBatch& rows() { return rows_; }
  TableStore& tables() { return tables_; }

  StateKeeper* states() override { return &states_; }
  Status commit(const Checkpoint& checkpoint) override;
  Status begin_commit(const Checkpoint& checkpoint) override;
  bool has_landed() const override;
  Status land() override;
  Status tend() override { return follow_flush(); }
  Status sync() override;

 private:
  TableTransaction(TopicStore& topics, TableStore& tables, std::string flow, Checkpoint checkpoint,
                   RowDurability durability)
      : HomeTransaction(topics, std::move(flow), std::move(checkpoint)),
        tables_(tables),
        durability_(durability),
        states_(tables, rows_, this->flow(), resumed_from().generation) {}
  void take_off(const Checkpoint& checkpoint);
  Status follow_flush();
  Status send();

  TableStore& tables_;
  const RowDurability durability_;
  std::unique_ptr<Outbox> outbox_;
  bool unsent_ = false;  // something in it may be sent
  RowBatch rows_;        // of the next commit
  TableStates states_;
  // The commit that is written, by another thread while `written_` is valid.
  struct Flight {
    RowBatch rows;
    Position position;
    uint64_t outbox_last = 0;
    bool in_the_air = false;
  };
  Flight flight_;
  std::future<Result<uint64_t>> written_;
  // Commits that no flush has covered so far: their positions must stay readable.
  struct Unflushed {
    uint64_t write_number;
    Position position;
  };
  std::deque<Unflushed> unflushed_;
};

}  // namespace millrace
