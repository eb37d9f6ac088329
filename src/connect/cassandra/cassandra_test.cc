#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connect/cassandra/insert.h"
#include "connect/cassandra/schema.h"
#include "data/builder.h"
#include "data/cql/bytes.h"
#include "wire/cql/body.h"
#include "wire/cql/ring.h"

namespace millrace {
namespace {

using testing::HasSubstr;

TableRef table_of(TableSpec spec) {
  auto table = define_table(spec, 0);
  EXPECT_TRUE(table.ok()) << table.error().message();
  return std::make_shared<const TableDef>(*std::move(table));
}

TableSpec readings() {
  return {.keyspace = "farm",
          .name = "readings",
          .columns = {{"sensor", CqlKind::kText},
                      {"day", CqlKind::kInt},
                      {"at", CqlKind::kBigint},
                      {"value", CqlKind::kInt},
                      {"tags", CqlType::list(CqlType::set(CqlKind::kText))}},
          .partition_key = {"sensor", "day"},
          .clustering_key = {{"at", true}}};
}

TableSpec users(uint32_t ttl_s = 0) {
  return {.keyspace = "shop",
          .name = "users",
          .columns = {{"id", CqlKind::kText}, {"age", CqlKind::kInt}},
          .partition_key = {"id"},
          .ttl_s = ttl_s};
}

Column texts(const std::vector<std::string>& values) {
  ColumnBuilder builder(TypeKind::kString);
  for (const std::string& value : values) builder.append_string(value);
  return builder.finish();
}

Batch user_rows() {
  Batch batch{.rows = 2};
  batch.columns.push_back(texts({"ada", "bob"}));
  batch.columns.push_back(null_column(TypeKind::kInt, 2));
  return batch;
}

CassandraInsert insert_into(const TableSpec& spec) {
  Schema schema;
  schema.fields = {{"id", TypeKind::kString}, {"age", TypeKind::kInt}};
  auto binding = RowBinding::bind(table_of(spec), schema);
  EXPECT_TRUE(binding.ok());
  return CassandraInsert(*std::move(binding));
}

TEST(CassandraInserts, NameTheColumnsAndTheWriteTime) {
  EXPECT_EQ(insert_into(users()).statement(),
            R"(INSERT INTO "shop"."users" ("id", "age") VALUES (?, ?) USING TIMESTAMP ?)");
  EXPECT_EQ(insert_into(users(60)).statement(),
            R"(INSERT INTO "shop"."users" ("id", "age") VALUES (?, ?) USING TIMESTAMP ? AND TTL ?)");
}

TEST(CassandraInserts, BindValuesNullsAndStampsOfTheRowsThatAreWanted) {
  const Batch batch = user_rows();
  const std::vector<uint32_t> second = {1};
  const std::vector<int64_t> stamps = {1'000, 2'000};
  const auto bound = insert_into(users()).bind(batch, Rows::some(2, second), stamps, 0);
  ASSERT_EQ(bound->rows.size(), 1U);
  EXPECT_EQ(bound->rows[0].token, cql::token_of("bob"));
  std::string expected;
  cql::append_bytes("bob", expected);
  cql::append_null(expected);
  append_be(int32_t{8}, expected);
  append_be(int64_t{2'000}, expected);
  EXPECT_EQ(bound->values, expected);
}

TEST(CassandraInserts, CountARowsLifeFromItsStamp) {
  const Batch batch = user_rows();
  const std::vector<int64_t> stamps = {100'000'000, 1'000'000};
  const auto bound = insert_into(users(60)).bind(batch, Rows::all(2), stamps, 110'000'000);
  const auto ttl_of = [&](size_t row) {
    const auto& place = bound->rows[row];
    return read_be<int32_t>(std::string_view(bound->values).substr(place.at + place.bytes - 4));
  };
  EXPECT_EQ(ttl_of(0), 50);
  EXPECT_EQ(ttl_of(1), 1);  // over already
}

TEST(CassandraInserts, FindTheTokenOfAKeyOfSeveralColumns) {
  Schema schema;
  schema.fields = {{"at", TypeKind::kBigint}, {"day", TypeKind::kString}, {"sensor", TypeKind::kString}};
  auto binding = RowBinding::bind(table_of(readings()), schema);
  ASSERT_TRUE(binding.ok()) << binding.error().message();
  Batch batch{.rows = 1};
  ColumnBuilder at(TypeKind::kBigint);
  at.append_bigint(5);
  batch.columns = {at.finish(), texts({"7"}), texts({"hello"})};
  const std::vector<int64_t> stamps = {1};
  const auto bound = CassandraInsert(*std::move(binding)).bind(batch, Rows::all(1), stamps, 0);
  EXPECT_EQ(bound->rows[0].token, -3115701917324983456);  // as the server has it for ('hello', 7)
}

TEST(CassandraSchemas, AreCreatedAsCassandraTakesThem) {
  EXPECT_EQ(create_table_cql(*table_of(readings())),
            "CREATE TABLE IF NOT EXISTS \"farm\".\"readings\" (\n"
            "    \"sensor\" text,\n"
            "    \"day\" int,\n"
            "    \"at\" bigint,\n"
            "    \"value\" int,\n"
            "    \"tags\" list<frozen<set<text>>>,\n"
            "    PRIMARY KEY ((\"sensor\", \"day\"), \"at\")\n"
            ") WITH CLUSTERING ORDER BY (\"at\" DESC)");
  EXPECT_THAT(create_table_cql(*table_of(users())), HasSubstr("PRIMARY KEY ((\"id\"))\n)"));
}

TEST(CassandraSchemas, KeepRowsAsOftenAsTheProfileSays) {
  SchemaOptions options{.replication = {.everywhere = 3}};
  EXPECT_EQ(create_keyspace_cql("shop", options),
            "CREATE KEYSPACE IF NOT EXISTS \"shop\" WITH replication = "
            "{'class': 'NetworkTopologyStrategy', 'replication_factor': 3}");
  options.datacenter = "dc1";
  EXPECT_THAT(create_keyspace_cql("shop", options), HasSubstr("'NetworkTopologyStrategy', 'dc1': 3}"));
  options.replication = {.by_datacenter = {{"dc1", 3}, {"dc2", 2}}};
  EXPECT_THAT(create_keyspace_cql("shop", options), HasSubstr("'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 2}"));
}

ClusterTable cluster_readings() {
  return {.columns = {{"sensor", {"text", "partition_key", 0}},
                      {"day", {"int", "partition_key", 1}},
                      {"at", {"bigint", "clustering", 0}},
                      {"value", {"int", "regular", -1}},
                      {"tags", {"list<frozen<set<text>>>", "regular", -1}},
                      {"more", {"frozen<tuple<int, text>>", "regular", -1}}}};
}

TEST(CassandraSchemas, ThatDoNotDifferHaveNoDifferences) {
  EXPECT_EQ(table_differences(*table_of(readings()), cluster_readings()), "");
}

TEST(CassandraSchemas, SayExactlyWhatDiffers) {
  ClusterTable there = cluster_readings();
  there.columns["day"] = {"int", "clustering", 0};
  there.columns["at"].position = 1;
  there.columns["value"].type = "text";
  there.columns.erase("tags");
  EXPECT_EQ(table_differences(*table_of(readings()), there),
            "its key is ((sensor), day, at) there, and ((sensor, day), at) in the file\n"
            "column value is text there, and int in the file\n"
            "column tags is missing there; ALTER TABLE farm.readings ADD \"tags\" list<frozen<set<text>>>;");
}

}  // namespace
}  // namespace millrace
