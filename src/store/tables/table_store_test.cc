#include "store/tables/table_store.h"

#include <fmt/format.h>
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

TEST_F(TableStoreTest, RangesOfStatesAreRemovedAmongKeysThatComeSorted) {
  const auto key = [](int bucket, int i) { return fmt::format("step/{:02}/{:03}", bucket, i); };
  for (int bucket = 0; bucket < 20; ++bucket) {
    RowBatch batch;
    batch.put_state("flow", std::to_string(bucket));
    for (int i = 0; i < 50; ++i) batch.put_state(key(bucket, i), "claimed");
    if (bucket >= 2)
      batch.remove_state_range(fmt::format("step/{:02}", bucket - 2), fmt::format("step/{:02}", bucket - 1));
    ASSERT_TRUE(store_->write(batch).ok());
  }
  std::vector<std::string> left;
  const auto entries = store_->states({.prefix = "step/"});
  ASSERT_TRUE(entries.ok());
  for (const TableStore::Entry& entry : *entries) left.push_back(entry.key);
  EXPECT_EQ(left.size(), 100U);
  EXPECT_EQ(left.front(), key(18, 0));
  EXPECT_EQ(**store_->state("flow"), "19");
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

class ScanTest : public TableStoreTest {
 protected:
  void SetUp() override {
    TableStoreTest::SetUp();
    readings_ = create(table_spec("readings", "sensor text; day date; at int; v int", {"sensor", "day"}, {"at desc"}));
    insert(readings_, {"sensor", "day", "at", "v"},
           {{"a", "2026-01-01", "1", "10"},
            {"a", "2026-01-01", "2", "20"},
            {"a", "2026-01-01", "3", "30"},
            {"a", "2026-01-02", "1", "40"},
            {"b", "2026-01-01", "1", "50"},
            {"c", "2026-01-01", "127", "60"}});
  }
  static Condition where(std::string column, KeyComparison comparison, std::string_view type,
                         std::vector<std::string> texts) {
    Condition condition{std::move(column), comparison, {}};
    for (const std::string& text : texts) condition.values.push_back(cql(type, text));
    return condition;
  }
  // The values of v in the rows found, in their order.
  std::vector<std::string> found(std::vector<Condition> conditions, bool reversed = false) {
    return scan({.table = readings_, .columns = {"v"}, .where = std::move(conditions), .reversed = reversed});
  }

  TableRef readings_;
  const Condition a_ = where("sensor", KeyComparison::kEqual, "text", {"a"});
  const Condition first_ = where("day", KeyComparison::kEqual, "date", {"2026-01-01"});
};

TEST_F(ScanTest, APartitionComesInItsClusteringOrder) {
  EXPECT_THAT(found({a_, first_}), ElementsAre("30", "20", "10"));
  EXPECT_THAT(found({a_, first_}, true), ElementsAre("10", "20", "30"));
  EXPECT_THAT(found({a_}), ElementsAre("30", "20", "10", "40"));
}

TEST_F(ScanTest, RangesOverTheClusteringKey) {
  const auto at = [&](KeyComparison comparison, std::string text) { return where("at", comparison, "int", {text}); };
  EXPECT_THAT(found({a_, first_, at(KeyComparison::kGreater, "1")}), ElementsAre("30", "20"));
  EXPECT_THAT(found({a_, first_, at(KeyComparison::kGreaterOrEqual, "2")}), ElementsAre("30", "20"));
  EXPECT_THAT(found({a_, first_, at(KeyComparison::kLess, "3")}), ElementsAre("20", "10"));
  EXPECT_THAT(found({a_, first_, at(KeyComparison::kLessOrEqual, "1")}), ElementsAre("10"));
  EXPECT_THAT(found({a_, first_, at(KeyComparison::kGreater, "1"), at(KeyComparison::kLess, "3")}), ElementsAre("20"));
  EXPECT_THAT(found({a_, first_, at(KeyComparison::kGreater, "3")}), IsEmpty());
  EXPECT_THAT(found({a_, first_, at(KeyComparison::kGreater, "2"), at(KeyComparison::kLess, "2")}), IsEmpty());
  EXPECT_THAT(found({where("sensor", KeyComparison::kGreater, "text", {"a"})}), ElementsAre("50", "60"));
}

TEST_F(ScanTest, SeveralKeysComeInTheOrderOfTheTable) {
  EXPECT_THAT(found({where("sensor", KeyComparison::kIn, "text", {"c", "a", "a", "x"}), first_}),
              ElementsAre("30", "20", "10", "60"));
  EXPECT_THAT(found({where("sensor", KeyComparison::kIn, "text", {"c", "a"}), first_}, true),
              ElementsAre("60", "10", "20", "30"));
  EXPECT_THAT(found({where("sensor", KeyComparison::kIn, "text", {})}), IsEmpty());
}

TEST_F(ScanTest, OtherConditionsAreCheckedRowByRowAndThePlanSaysSo) {
  const std::vector<Condition> conditions = {a_, where("v", KeyComparison::kGreater, "int", {"15"}),
                                             where("at", KeyComparison::kEqual, "int", {"2"})};
  EXPECT_THAT(found(conditions), ElementsAre("20"));
  const ScanPlan plan = *store_->plan({.table = readings_, .where = conditions});
  EXPECT_EQ(plan.ranges, 1U);
  EXPECT_FALSE(plan.whole_table);
  EXPECT_THAT(plan.filtered, ElementsAre("v", "at"));
  EXPECT_TRUE(store_->plan({.table = readings_})->whole_table);
}

TEST_F(ScanTest, PagesContinueWhereTheLastOneEnded) {
  for (const bool reversed : {false, true}) {
    std::vector<std::string> all;
    std::string token;
    for (int page = 0; page < 10; ++page) {
      auto rows = *store_->scan({.table = readings_, .columns = {"v"}, .reversed = reversed, .after = token});
      const Batch batch = *rows->next(2);
      if (batch.rows == 0) break;
      for (const std::string& line : lines(batch)) all.push_back(line);
      token = rows->token();
    }
    EXPECT_EQ(all, found({}, reversed));
    EXPECT_EQ(all.size(), 6U);
  }
}

TEST_F(ScanTest, AScanSeesOneMoment) {
  auto rows = *store_->scan({.table = readings_, .columns = {"v"}});
  insert(readings_, {"sensor", "day", "at", "v"}, {{"zz", "2026-01-01", "1", "70"}});
  EXPECT_EQ(*rows->count_rest(), 6U);
  EXPECT_EQ(*store_->count({.table = readings_}), 7U);
}

TEST_F(ScanTest, MistakesAreAnsweredWithAHint) {
  const auto why = [&](const ScanRequest& request) { return store_->scan(request).error().message(); };
  EXPECT_EQ(why({.table = readings_, .columns = {"sensr"}}), "shop.readings has no column sensr; did you mean sensor?");
  EXPECT_EQ(why({.table = readings_, .where = {where("at", KeyComparison::kEqual, "text", {"soon!!"})}}),
            "shop.readings: the bytes compared with at are no int");
  EXPECT_EQ(why({.table = readings_, .after = "x"}),
            "the page token is none of table shop.readings; begin without one");
  std::vector<std::string> many;
  for (int i = 0; i < 40; ++i) many.push_back(std::to_string(i));
  const Condition sensors = where("sensor", KeyComparison::kIn, "text", many);
  std::vector<std::string> days;
  for (int i = 0; i < 28; ++i) days.push_back("2026-02-" + std::to_string(i + 1));
  EXPECT_EQ(why({.table = readings_, .where = {sensors, where("day", KeyComparison::kIn, "date", days)}}),
            "shop.readings: the IN conditions come to 1120 keys; 1000 at most");
  ASSERT_TRUE(store_->drop_table("shop", "readings").ok());
  EXPECT_EQ(why({.table = readings_}), "table shop.readings has been dropped");
}

TEST_F(TableStoreTest, ALaterStampCountsWhateverTheOrderOfArrival) {
  const TableRef users = create(table_spec("users", "id int; name text; city text", {"id"}));
  insert(users, {"id", "name"}, {{"1", "new"}}, kNow + 2);
  insert(users, {"id", "name", "city"}, {{"1", "old", "Ulm"}}, kNow + 1);
  EXPECT_THAT(scan({.table = users}), ElementsAre("1|new|Ulm"));
  ASSERT_TRUE(store_->flush().ok());
  insert(users, {"id", "city"}, {{"1", "NULL"}}, kNow + 3);
  EXPECT_THAT(scan({.table = users}), ElementsAre("1|new|NULL"));
  ASSERT_TRUE(store_->flush().ok());
  ASSERT_TRUE(store_->compact(users).ok());
  EXPECT_THAT(scan({.table = users}), ElementsAre("1|new|NULL"));
}

TEST_F(TableStoreTest, AnUpdatedRowIsThereAsLongAsACellIs) {
  const TableRef users = create(table_spec("users", "id int; name text", {"id"}));
  const auto put = [&](bool insert_row, std::optional<std::string> name, int64_t stamp) {
    RowBatch batch;
    const std::string key[] = {cql("int", insert_row ? "1" : "2")};
    const RowBatch::CellWrite cells[] = {{1, std::move(name)}};
    ASSERT_TRUE(batch.put_row(*users, {.key = key, .cells = cells, .stamp = stamp, .insert = insert_row}).ok());
    ASSERT_TRUE(store_->write(batch).ok());
  };
  put(true, "ann", kNow);
  put(false, "bo", kNow);
  EXPECT_THAT(scan({.table = users}), ElementsAre("1|ann", "2|bo"));
  put(true, std::nullopt, kNow + 1);
  put(false, std::nullopt, kNow + 1);
  EXPECT_THAT(scan({.table = users}), ElementsAre("1|NULL"));
}

TEST_F(TableStoreTest, ADeletedRowStaysAwayUntilSomethingLaterIsWritten) {
  const TableRef users = create(table_spec("users", "id int; name text", {"id"}));
  insert(users, {"id", "name"}, {{"1", "ann"}}, kNow);
  RowBatch batch;
  const std::string key[] = {cql("int", "1")};
  ASSERT_TRUE(batch.remove_row(*users, key, kNow + 5).ok());
  ASSERT_TRUE(store_->write(batch).ok());
  EXPECT_THAT(scan({.table = users}), IsEmpty());
  insert(users, {"id", "name"}, {{"1", "replayed"}}, kNow + 5);
  EXPECT_THAT(scan({.table = users}), IsEmpty());
  insert(users, {"id", "name"}, {{"1", "again"}}, kNow + 6);
  EXPECT_THAT(scan({.table = users}), ElementsAre("1|again"));
}

TEST_F(TableStoreTest, DeletionsAreForgottenOnceNothingOlderCanCome) {
  const TableRef users = create(table_spec("users", "id int; name text", {"id"}));
  insert(users, {"id", "name"}, {{"1", "ann"}, {"2", "bo"}}, kNow);
  RowBatch batch;
  const std::string key[] = {cql("int", "1")};
  ASSERT_TRUE(batch.remove_row(*users, key, kNow + 5).ok());
  ASSERT_TRUE(store_->write(batch).ok());
  ASSERT_TRUE(store_->flush().ok());
  // Not on the disk yet, and older than the deletion: it must not come back to life.
  insert(users, {"id", "name"}, {{"1", "late"}}, kNow + 4);
  ASSERT_TRUE(store_->purge_before(users, kNow + 6).ok());
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(store_->compact(users).ok());
    EXPECT_EQ(store_->stats(users)->rows_estimate, 2U) << "kept until the store has seen that nothing older is left";
    EXPECT_THAT(scan({.table = users}), ElementsAre("2|bo"));
  }
  ASSERT_TRUE(store_->flush().ok());
  ASSERT_TRUE(store_->wait_until_settled().ok());  // a compaction that still runs would put it off
  ASSERT_TRUE(store_->tick().ok());
  // The first compaction merges what there is into one value, the second takes the deletion out of it.
  ASSERT_TRUE(store_->compact(users).ok());
  ASSERT_TRUE(store_->compact(users).ok());
  EXPECT_EQ(store_->stats(users)->rows_estimate, 1U);
  EXPECT_THAT(scan({.table = users}), ElementsAre("2|bo"));
}

TEST_F(TableStoreTest, RowsExpireFromTheirStampOn) {
  TableSpec spec = table_spec("sessions", "id int; name text", {"id"});
  spec.ttl_s = 10;
  const TableRef sessions = create(spec);
  insert(sessions, {"id", "name"}, {{"1", "old"}}, kNow - 8'000'000);
  insert(sessions, {"id", "name"}, {{"2", "new"}}, kNow);
  EXPECT_THAT(scan({.table = sessions}), ElementsAre("1|old", "2|new"));
  clock_.advance(2'000'000);
  EXPECT_THAT(scan({.table = sessions}), ElementsAre("2|new"));
  ASSERT_TRUE(store_->flush().ok());
  ASSERT_TRUE(store_->compact(sessions).ok());
  EXPECT_THAT(scan({.table = sessions}), ElementsAre("2|new"));
}

TEST_F(TableStoreTest, AColumnThatIsAddedDroppedOrRenamedKeepsToItsOwnValues) {
  const TableRef one = create(table_spec("users", "id int; name text; city text", {"id"}));
  insert(one, {"id", "name", "city"}, {{"1", "ann", "Ulm"}});
  ASSERT_TRUE(store_->alter_table("shop", "users", DropColumn{"city"}).ok());
  ASSERT_TRUE(store_->alter_table("shop", "users", RenameColumn{"name", "full_name"}).ok());
  const TableRef four = *store_->alter_table("shop", "users", AddColumn{"city", CqlKind::kText});
  EXPECT_THAT(scan({.table = four, .columns = {"full_name", "city"}}), ElementsAre("ann|NULL"));
  ASSERT_TRUE(store_->flush().ok());
  ASSERT_TRUE(store_->compact(four).ok());
  EXPECT_THAT(scan({.table = four, .columns = {"full_name", "city"}}), ElementsAre("ann|NULL"));
  reopen();
  EXPECT_EQ((*store_->table("shop", "users"))->version, 4U);
}

TEST_F(TableStoreTest, ADroppedTableIsGoneAndItsNameCanBeUsedAgain) {
  const TableRef old = create(table_spec("users", "id int; name text", {"id"}));
  insert(old, {"id", "name"}, {{"1", "ann"}});
  RowBatch batch;
  const std::string key[] = {cql("int", "1")};
  ASSERT_TRUE(batch.put_row(*old, {.key = key, .stamp = kNow}).ok());
  ASSERT_TRUE(store_->drop_table("shop", "users").ok());
  EXPECT_EQ(store_->write(batch).error().message(), "the table that rows are written to has been dropped");
  const TableRef again = create(table_spec("users", "id int; name text", {"id"}));
  EXPECT_NE(again->id, old->id);
  EXPECT_THAT(scan({.table = again}), IsEmpty());
  reopen();
  EXPECT_THAT(scan({.table = *store_->table("shop", "users")}), IsEmpty());
  ASSERT_TRUE(store_->drop_keyspace("shop").ok());
  reopen();
  EXPECT_THAT(store_->keyspaces(), IsEmpty());
  EXPECT_THAT(store_->tables(), IsEmpty());
}

TEST_F(TableStoreTest, NamesThatAreNotThereAreAnsweredWithAHint) {
  create(table_spec("users", "id int", {"id"}));
  EXPECT_EQ(store_->table("shop", "usres").error().message(),
            "there is no table in keyspace shop called usres; did you mean users?");
  EXPECT_EQ(store_->table("shpo", "users").error().message(), "there is no keyspace shpo; did you mean shop?");
  EXPECT_EQ(store_->create_keyspace("shop").error().message(), "there is a keyspace shop already");
  EXPECT_EQ(store_->create_table(table_spec("users", "id int", {"id"})).error().message(),
            "there is a table shop.users already");
}

TEST_F(TableStoreTest, WhatIsOldIsFlushedByTime) {
  RowBatch batch;
  batch.put_state("a", "b");
  ASSERT_TRUE(store_->write(batch).ok());
  clock_.advance(9'999'999);
  ASSERT_TRUE(store_->tick().ok());
  EXPECT_EQ(store_->flushed(), 0U);
  clock_.advance(1);
  ASSERT_TRUE(store_->tick().ok());
  // The flush runs in the background; ended by the test's own time limit if it never comes.
  while (store_->flushed() == 0) ASSERT_TRUE(store_->wait_until_settled().ok());
  EXPECT_EQ(store_->flushed(), 1U);
}

TEST_F(TableStoreTest, OneDirectoryBelongsToOneStore) {
  const auto second = TableStore::open({.directory = folder_.path() + "/tables", .clock = &clock_});
  EXPECT_EQ(second.error().message(),
            "the tables in " + folder_.path() + "/tables are open in another process; stop that one first");
}

}  // namespace
}  // namespace millrace
