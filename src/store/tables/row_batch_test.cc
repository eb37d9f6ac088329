#include "store/tables/row_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/builder.h"
#include "store/tables/key.h"
#include "store/tables/tables_testing.h"

namespace millrace {
namespace {

using testing::cql;
using testing::table_spec;
using testing::text_batch;

constexpr int64_t kStamp[] = {1'700'000'000'000'000};

TableRef table_of(const TableSpec& spec) { return std::make_shared<const TableDef>(*define_table(spec, 1)); }

std::string bind_error(const TableRef& table, const std::vector<std::pair<std::string, std::string>>& columns) {
  Schema schema;
  for (const auto& [name, type] : columns) schema.fields.push_back({name, *parse_type(type)});
  const auto binding = RowBinding::bind(table, schema);
  return binding.ok() ? "" : binding.error().message();
}

TEST(RowBinding, EverythingThatDoesNotFitIsSaidAtOnce) {
  const TableRef table = table_of(table_spec("users", "id uuid; name text; age int", {"id"}));
  EXPECT_EQ(bind_error(table, {{"ID", "string"}, {"Name", "string"}}), "");
  EXPECT_EQ(bind_error(table, {{"name", "string"}}),
            "shop.users needs the column id, which is part of its key; there are name");
  EXPECT_EQ(bind_error(table, {{"id", "string"}, {"nmae", "string"}, {"age", "double"}}),
            "shop.users has no column nmae; did you mean name?\n"
            "shop.users.age: double cannot be stored as int; write cast(... AS int)");
}

std::vector<std::string> faults_of(const TableRef& table, const Batch& batch) {
  const auto binding = RowBinding::bind(table, *batch.schema);
  MILLRACE_ASSERT(binding.ok(), binding.error().message());
  const auto texts_of = [](const std::vector<RefusedRow>& faults) {
    std::vector<std::string> texts;
    for (const RefusedRow& fault : faults) {
      texts.push_back(std::to_string(fault.row) + " " + fault.column + ": " + fault.reason);
    }
    return texts;
  };
  RowBatch out;
  auto texts = texts_of(out.insert(*binding, {.batch = batch, .rows = batch.alive_rows(), .stamps = kStamp}));
  EXPECT_EQ(out.rows(), batch.rows - texts.size());
  RowBatch tried;
  EXPECT_EQ(texts_of(tried.misfits(*binding, batch, batch.alive_rows())), texts);
  EXPECT_TRUE(tried.empty());
  return texts;
}

TEST(RowBatch, RowsThatDoNotFitAreFaultsAndTheOthersAreTaken) {
  const TableRef table = table_of(table_spec("t", "id text; at timestamp; n smallint", {"id"}, {"at desc"}));
  const Batch batch = text_batch({"id", "at", "n"}, {{"a", "2026-11-21", "1"},
                                                     {"NULL", "2026-11-21", "1"},
                                                     {"b", "soon", "1"},
                                                     {"c", "2026-11-21", "70000"},
                                                     {"", "2026-11-21", "1"},
                                                     {std::string(70'000, 'x'), "2026-11-21", "NULL"},
                                                     {"d", "2026-11-21", "NULL"}});
  EXPECT_THAT(faults_of(table, batch),
              ::testing::ElementsAre("1 id: null, and it is part of the key",
                                     "2 at: 'soon' is no timestamp: a timestamp is written as in 2026-11-21T07:47:03Z",
                                     "3 n: '70000' is no smallint: a smallint is a whole number from -32768 to 32767",
                                     "4 id: empty, and it is the partition key",
                                     "5 id: the row's key has 70010 bytes; 65535 at most"));
}

TEST(RowBatch, BytesFromOutsideAreLookedAt) {
  const TableRef table = table_of(table_spec("t", "id int; v int", {"id"}));
  RowBatch batch;
  const std::string one[] = {cql("int", "1")};
  const std::string two[] = {cql("int", "1"), cql("int", "2")};
  const std::string text[] = {"abc"};
  const RowBatch::CellWrite wrong[] = {{1, "abc"}};
  EXPECT_EQ(batch.put_row(*table, {.key = two}).error().message(), "shop.t: 2 values for the 1 columns of the key");
  EXPECT_EQ(batch.put_row(*table, {.key = text}).error().message(), "shop.t: the bytes for id are no int");
  EXPECT_EQ(batch.put_row(*table, {.key = one, .cells = wrong}).error().message(),
            "shop.t: the bytes for v are no int");
  const RowBatch::CellWrite twice[] = {{1, cql("int", "1")}, {1, cql("int", "2")}};
  EXPECT_EQ(batch.put_row(*table, {.key = one, .cells = twice}).error().message(), "shop.t: column v is given twice");
  EXPECT_EQ(batch.remove_row(*table, text, 1).error().message(), "shop.t: the bytes for id are no int");
  EXPECT_TRUE(batch.empty());
}

TEST(Key, KeysReadBackAndSortByPartitionThenCluster) {
  const TableRef table = table_of(table_spec("t", "p text; q int; c timestamp; d text", {"p", "q"}, {"c desc", "d"}));
  const auto key_of = [&](std::string_view p, std::string_view q, std::string_view c, std::string_view d) {
    const std::string values[] = {cql("text", p), cql("int", q), cql("timestamp", c), cql("text", d)};
    const std::string key = *encode_key(*table, values);
    EXPECT_THAT(*decode_key(*table, key), ::testing::ElementsAreArray(values));
    return key;
  };
  const std::vector<std::string> ascending = {
      key_of("a", "-5", "2026-01-02", "x"), key_of("a", "-5", "2026-01-01", "x"),  key_of("a", "-5", "2026-01-01", "y"),
      key_of("a", "7", "2026-01-09", "x"),  key_of("ab", "-5", "2026-01-02", "x"), key_of("b", "-5", "2026-01-02", "")};
  EXPECT_TRUE(std::is_sorted(ascending.begin(), ascending.end()));
  EXPECT_EQ(decode_key(*table, ascending[0].substr(0, ascending[0].size() - 1)).error().message(),
            "shop.t: the bytes of a key are damaged at column d");
  EXPECT_EQ(decode_key(*table, ascending[0] + "x").error().message(), "shop.t: 1 bytes behind the end of a key");
}

// The worked example of docs/internals/tables.md.
TEST(Key, TheExampleOfTheDocumentationIsWhatIsWritten) {
  const TableRef table =
      table_of(table_spec("readings", "sensor text; at timestamp; v double", {"sensor"}, {"at desc"}));
  const std::string values[] = {cql("text", "s1"), cql("timestamp", "2023-11-14T22:13:20Z")};
  EXPECT_EQ(cql_text(CqlKind::kBlob, *encode_key(*table, values)),
            "0x73310000"
            "7ffffe74301a97ff");
}

TEST(Key, NumbersTooLongAreRefused) {
  const TableRef table = table_of(table_spec("t", "id varint", {"id"}));
  const std::string values[] = {cql("varint", std::string(300, '7'))};
  EXPECT_EQ(encode_key(*table, values).error().message(),
            "shop.t: the key column id takes numbers of at most 250 digits");
}

}  // namespace
}  // namespace millrace
