// Every type on its way: a column of text, a row on disk, a column of the type's own, and back into another table.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/builder.h"
#include "store/tables/tables_testing.h"

namespace millrace {
namespace {

using testing::lines;
using testing::table_spec;
using testing::text_batch;

constexpr int64_t kStamp[] = {1'700'000'000'000'000};

struct Example {
  std::string type, text, read;
};

const Example kExamples[] = {
    {"ascii", "abc", "abc"},
    {"bigint", "-9223372036854775808", "-9223372036854775808"},
    {"boolean", "true", "true"},
    {"date", "0001-01-01", "0001-01-01"},
    {"decimal", "-12345678901234567890123456789012345678901234567890.5",
     "-12345678901234567890123456789012345678901234567890.5"},
    {"double", "1e300", "1.0E300"},
    {"duration", "1mo2d3ns", "1mo2d3ns"},
    {"float", "0.5", "0.5"},
    {"inet", "fe80::1", "fe80::1"},
    {"int", "2147483647", "2147483647"},
    {"smallint", "-32768", "-32768"},
    {"text", "gr\u00fc\u00df Gott", "gr\u00fc\u00df Gott"},
    {"time", "08:12:54.123456789", "08:12:54.123456789"},
    {"timestamp", "2026-11-21T07:47:03.123456Z", "2026-11-21 07:47:03.123"},
    {"timeuuid", "8a8bbd00-c6b4-11f0-8de9-0242ac120002", "8a8bbd00-c6b4-11f0-8de9-0242ac120002"},
    {"tinyint", "-128", "-128"},
    {"uuid", "550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"},
    {"varint", "-340282366920938463463374607431768211457", "-340282366920938463463374607431768211457"}};

class TypesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = testing::open_store(folder_.path() + "/tables", clock_);
    ASSERT_TRUE(store_->create_keyspace("shop").ok());
  }
  void write(const TableRef& table, const Batch& batch) {
    const auto binding = RowBinding::bind(table, *batch.schema);
    ASSERT_TRUE(binding.ok()) << binding.error().message();
    RowBatch out;
    const auto faults = out.insert(*binding, {.batch = batch, .rows = batch.alive_rows(), .stamps = kStamp});
    ASSERT_TRUE(faults.empty()) << faults[0].column << ": " << faults[0].reason;
    ASSERT_TRUE(store_->write(out).ok());
  }
  // All rows, after the store was closed and opened.
  Batch read(std::string_view table) {
    store_.reset();
    store_ = testing::open_store(folder_.path() + "/tables", clock_);
    return *(*store_->scan({.table = *store_->table("shop", table)}))->next(1'000);
  }

  testing::TempFolder folder_;
  ManualClock clock_{kStamp[0]};
  std::unique_ptr<TableStore> store_;
};

TEST_F(TypesTest, EveryScalarIsKeptAsACell) {
  std::string columns = "k int";
  std::vector<std::string> names = {"k"};
  std::vector<std::string> row = {"1"};
  std::string expected = "1";
  for (const Example& example : kExamples) {
    names.push_back("c_" + example.type);
    columns += "; " + names.back() + " " + example.type;
    row.push_back(example.text);
    expected += "|" + example.read;
  }
  const TableRef table = *store_->create_table(table_spec("cells", columns, {"k"}));
  ASSERT_TRUE(store_->create_table(table_spec("again", columns, {"k"})).ok());
  write(table, text_batch(names, {row}));
  const Batch once = read("cells");
  EXPECT_THAT(lines(once), ::testing::ElementsAre(expected));
  // What was read has the types of columns, not text: it can be written again.
  write(*store_->table("shop", "again"), once);
  EXPECT_THAT(lines(read("again")), ::testing::ElementsAre(expected));
}

TEST_F(TypesTest, EveryScalarWithAnOrderIsKeptAsAKeyUpAndDown) {
  for (const Example& example : kExamples) {
    if (example.type == "duration") continue;
    const std::string name = "k_" + example.type;
    const TableSpec spec =
        table_spec(name, "p " + example.type + "; c " + example.type + "; d " + example.type, {"p"}, {"c", "d desc"});
    const TableRef table = *store_->create_table(spec);
    write(table, text_batch({"p", "c", "d"}, {{example.text, example.text, example.text}}));
  }
  store_.reset();
  store_ = testing::open_store(folder_.path() + "/tables", clock_);
  for (const TableRef& table : store_->tables()) {
    const auto example = std::find_if(std::begin(kExamples), std::end(kExamples),
                                      [&](const Example& one) { return table->name == "k_" + one.type; });
    const Batch batch = *(*store_->scan({.table = table}))->next(10);
    EXPECT_THAT(lines(batch), ::testing::ElementsAre(example->read + "|" + example->read + "|" + example->read))
        << table->name;
  }
  EXPECT_EQ(store_->tables().size(), std::size(kExamples) - 1);
}

TEST_F(TypesTest, BlobsAndCollectionsAreKept) {
  const TableRef table = *store_->create_table(table_spec(
      "nested", "k int; b blob; l list<int>; s set<text>; m map<text, frozen<list<bigint>>>; f frozen<list<int>>",
      {"k"}));
  Batch batch;
  batch.rows = 2;
  batch.schema = std::make_shared<Schema>(Schema{{{"k", TypeKind::kInt},
                                                  {"b", TypeKind::kBinary},
                                                  {"l", *parse_type("array<int>")},
                                                  {"s", *parse_type("array<string>")},
                                                  {"m", *parse_type("map<string,array<bigint>>")},
                                                  {"f", *parse_type("array<int>")}}});
  std::vector<ColumnBuilder> builders;
  for (const Field& field : batch.schema->fields) builders.emplace_back(field.type);
  builders[0].append_int(1);
  builders[1].append_string(std::string_view("\0\xff", 2));
  for (const int number : {3, 1, 3}) builders[2].child(0).append_int(number);
  builders[2].end_nested();
  for (const std::string_view text : {"b", "a", "b"}) builders[3].child(0).append_string(text);
  builders[3].end_nested();
  builders[4].child(0).append_string("x");
  builders[4].child(1).child(0).append_bigint(7);
  builders[4].child(1).end_nested();
  builders[4].end_nested();
  builders[5].end_nested();
  // Nothing in them: only what is frozen is not null then.
  builders[0].append_int(2);
  builders[1].append_string("");
  for (size_t i = 2; i < builders.size(); ++i) builders[i].end_nested();
  for (ColumnBuilder& builder : builders) batch.columns.push_back(builder.finish());
  write(table, batch);
  const Batch back = read("nested");
  EXPECT_EQ(back.columns[1].string_at(0), std::string_view("\0\xff", 2));
  EXPECT_EQ(format_value(back.columns[2], 0), "[3, 1, 3]");
  EXPECT_EQ(format_value(back.columns[3], 0), "[a, b]");
  EXPECT_EQ(format_value(back.columns[4], 0), "{x -> [7]}");
  EXPECT_EQ(format_value(back.columns[5], 0), "[]");
  EXPECT_EQ(back.columns[1].string_at(1), "");
  for (size_t i = 2; i < 5; ++i) EXPECT_TRUE(back.columns[i].is_null(1)) << i;
  EXPECT_EQ(format_value(back.columns[5], 1), "[]");
}

TEST_F(TypesTest, AnElementThatDoesNotFitIsAFault) {
  const TableRef table = *store_->create_table(table_spec("t", "k int; l list<smallint>", {"k"}));
  Batch batch;
  batch.rows = 2;
  batch.schema = std::make_shared<Schema>(Schema{{{"k", TypeKind::kInt}, {"l", *parse_type("array<int>")}}});
  ColumnBuilder keys(TypeKind::kInt);
  ColumnBuilder lists(*parse_type("array<int>"));
  keys.append_int(1);
  lists.child(0).append_int(70'000);
  lists.end_nested();
  keys.append_int(2);
  lists.child(0).append_null();
  lists.end_nested();
  batch.columns.push_back(keys.finish());
  batch.columns.push_back(lists.finish());
  RowBatch out;
  const auto faults = out.insert(*RowBinding::bind(table, *batch.schema),
                                 {.batch = batch, .rows = batch.alive_rows(), .stamps = kStamp});
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0].reason, "'[70000]' is no list<smallint>: null or a value that does not fit stands in it");
  EXPECT_EQ(faults[1].reason, "'[null]' is no list<smallint>: null or a value that does not fit stands in it");
}

}  // namespace
}  // namespace millrace
