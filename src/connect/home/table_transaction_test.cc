#include "connect/home/table_transaction.h"

#include <gtest/gtest.h>

#include "store/tables/tables_testing.h"

namespace millrace {
namespace {

constexpr int64_t kNowUs = 1'700'000'000'000'000;

class TableTransactionTest : public ::testing::Test {
 protected:
  TableTransactionTest() : clock_(kNowUs), files_(real_file_system()) {
    auto topics = TopicStore::open({.directory = folder_.path() + "/topics"}, *files_, clock_);
    MILLRACE_ASSERT(topics.ok(), topics.error().message());
    topics_ = std::move(*topics);
    tables_ = testing::open_store(folder_.path() + "/tables", clock_);
    EXPECT_TRUE(topics_->create_topic("out", {}).ok());
  }

  std::unique_ptr<TableTransaction> begin(RowDurability durability) {
    auto begun = TableTransaction::begin(*topics_, *tables_, "p.f", durability);
    MILLRACE_ASSERT(begun.ok(), begun.error().message());
    return std::move(*begun);
  }
  void put_record(TableTransaction& transaction) {
    RecordBatchEncoder encoder;
    encoder.add({.value = "{}", .timestamp_ms = kNowUs / 1000});
    transaction.append("out", 0, *encoder.finish());
  }
  int64_t records_in_topic() { return topics_->bounds("out", 0)->high_water_mark; }

  testing::TempFolder folder_;
  ManualClock clock_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<TopicStore> topics_;
  std::unique_ptr<TableStore> tables_;
};

TEST_F(TableTransactionTest, what_goes_with_rows_to_a_topic_is_sent_once_a_flush_covers_it) {
  const auto transaction = begin(RowDurability::kReplayed);
  put_record(*transaction);
  ASSERT_TRUE(transaction->commit({}).ok());
  EXPECT_EQ(records_in_topic(), 0);
  ASSERT_TRUE(transaction->sync().ok());
  EXPECT_EQ(records_in_topic(), 1);
}

TEST_F(TableTransactionTest, a_flow_into_topics_alone_sends_with_each_commit) {
  const auto transaction = begin(RowDurability::kLogged);
  for (int64_t sent = 1; sent <= 3; ++sent) {
    put_record(*transaction);
    ASSERT_TRUE(transaction->commit({}).ok());
    EXPECT_EQ(records_in_topic(), sent);
  }
  EXPECT_EQ(tables_->flushed(), 0U);
}

TEST_F(TableTransactionTest, what_is_put_in_while_a_commit_is_on_its_way_belongs_to_the_next_one) {
  const auto transaction = begin(RowDurability::kLogged);
  put_record(*transaction);
  ASSERT_TRUE(transaction->begin_commit({.run_id = "first"}).ok());
  put_record(*transaction);
  put_record(*transaction);
  ASSERT_TRUE(transaction->land().ok());
  EXPECT_TRUE(transaction->has_landed());
  EXPECT_EQ(records_in_topic(), 1);
  EXPECT_EQ(checkpoint_of("p.f", *tables_->state(checkpoint_key("p.f")))->run_id, "first");
  ASSERT_TRUE(transaction->commit({.run_id = "second"}).ok());
  EXPECT_EQ(records_in_topic(), 3);
}

}  // namespace
}  // namespace millrace
