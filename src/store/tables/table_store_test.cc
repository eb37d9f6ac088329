#include "store/tables/table_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/tables/tables_testing.h"

namespace millrace {
namespace {

using testing::cql;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines;
using testing::table_spec;
using testing::text_batch;

constexpr int64_t kNow = 1'700'000'000'000'000;

class TableStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    reopen();
    ASSERT_TRUE(store_->create_keyspace("shop").ok());
  }
  void reopen() {
    store_.reset();
    store_ = testing::open_store(folder_.path() + "/tables", clock_);
  }
  TableRef create(const TableSpec& spec) {
    auto created = store_->create_table(spec);
    MILLRACE_ASSERT(created.ok(), created.error().message());
    return *created;
  }
  // Writes rows of text, all with one stamp.
  uint64_t insert(const TableRef& table, const std::vector<std::string>& columns,
                  const std::vector<std::vector<std::string>>& rows, int64_t stamp = kNow) {
    const Batch batch = text_batch(columns, rows);
    const auto binding = RowBinding::bind(table, *batch.schema);
    MILLRACE_ASSERT(binding.ok(), binding.error().message());
    RowBatch out;
    const int64_t stamps[] = {stamp};
    EXPECT_TRUE(out.insert(*binding, {.batch = batch, .rows = batch.alive_rows(), .stamps = stamps}).empty());
    auto written = store_->write(out);
    MILLRACE_ASSERT(written.ok(), written.error().message());
    return *written;
  }
  std::vector<std::string> scan(const ScanRequest& request) {
    auto rows = store_->scan(request);
    MILLRACE_ASSERT(rows.ok(), rows.error().message());
    auto batch = (*rows)->next(1'000);
    MILLRACE_ASSERT(batch.ok(), batch.error().message());
    return lines(*batch);
  }

  testing::TempFolder folder_;
  ManualClock clock_{kNow};
  std::unique_ptr<TableStore> store_;
};

TEST_F(TableStoreTest, RowsAreReadBackInTheOrderOfTheirKey) {
  const TableRef users = create(table_spec("users", "id int; name text", {"id"}));
  insert(users, {"id", "name"}, {{"3", "cy"}, {"-1", "ann"}, {"2", "bo"}});
  EXPECT_THAT(scan({.table = users}), ElementsAre("-1|ann", "2|bo", "3|cy"));
  EXPECT_THAT(scan({.table = users, .columns = {"name"}, .reversed = true}), ElementsAre("cy", "bo", "ann"));
}

TEST_F(TableStoreTest, ARowIsFoundByItsWholeKey) {
  const TableRef users = create(table_spec("users", "id int; name text", {"id"}));
  insert(users, {"id", "name"}, {{"3", "cy"}});
  const std::string three[] = {cql("int", "3")};
  const std::string four[] = {cql("int", "4")};
  EXPECT_THAT(lines(*store_->get(users, three)), ElementsAre("3|cy"));
  EXPECT_THAT(lines(*store_->get(users, four)), IsEmpty());
}

TEST_F(TableStoreTest, StateAndOutboxComeWithTheRowsOfTheirWrite) {
  RowBatch batch;
  batch.put_state("position/a", "17");
  batch.outbox("q/1", "first");
  batch.outbox("q/2", "second");
  ASSERT_TRUE(store_->write(batch).ok());
  EXPECT_EQ(**store_->state("position/a"), "17");
  EXPECT_FALSE(store_->state("position/b")->has_value());
  const auto out = *store_->outbox({.prefix = "q/"});
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[1].bytes, "second");
  RowBatch sent;
  sent.remove_outbox("q/1");
  ASSERT_TRUE(store_->write(sent).ok());
  EXPECT_EQ(store_->outbox({.prefix = "q/"})->size(), 1U);
}

TEST_F(TableStoreTest, AllIsThereAfterClosingAndOpening) {
  const TableRef users = create(table_spec("users", "id int; name text", {"id"}));
  insert(users, {"id", "name"}, {{"1", "ann"}});
  reopen();
  const TableRef again = *store_->table("shop", "users");
  EXPECT_EQ(again->cql(), users->cql());
  EXPECT_THAT(scan({.table = again}), ElementsAre("1|ann"));
}

TEST_F(TableStoreTest, FlushedFollowsWhatIsWritten) {
  const TableRef users = create(table_spec("users", "id int; name text", {"id"}));
  EXPECT_EQ(insert(users, {"id", "name"}, {{"1", "ann"}}), 1U);
  EXPECT_EQ(insert(users, {"id", "name"}, {{"2", "bo"}}), 2U);
  EXPECT_EQ(store_->flushed(), 0U);
  ASSERT_TRUE(store_->flush().ok());
  EXPECT_EQ(store_->flushed(), 2U);
  EXPECT_EQ(store_->written(), 2U);
}

}  // namespace
}  // namespace millrace
