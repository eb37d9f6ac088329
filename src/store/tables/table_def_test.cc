#include "store/tables/table_def.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/tables/tables_testing.h"

namespace millrace {
namespace {

using testing::table_spec;

std::string error_of(const TableSpec& spec) { return define_table(spec, 1).error().message(); }

TEST(TableDef, ATableIsWrittenAsCreateTable) {
  TableSpec spec = table_spec("readings", "v double; at timestamp; sensor text; day date; tags set<text>",
                              {"sensor", "day"}, {"at desc"});
  spec.ttl_s = 60;
  EXPECT_EQ(define_table(spec, 1)->cql(),
            "CREATE TABLE shop.readings (\n"
            "    sensor text,\n"
            "    day date,\n"
            "    at timestamp,\n"
            "    v double,\n"
            "    tags set<text>,\n"
            "    PRIMARY KEY ((sensor, day), at)\n"
            ") WITH CLUSTERING ORDER BY (at DESC)\n"
            "    AND default_time_to_live = 60;");
}

TEST(TableDef, MistakesAreAnsweredWithAHint) {
  EXPECT_EQ(error_of(table_spec("Orders", "id int", {"id"})),
            "'Orders' cannot name a table: use a to z, 0 to 9 and _, beginning with a letter; orders would do");
  EXPECT_EQ(error_of(table_spec("select", "id int", {"id"})),
            "select is a word of CQL and cannot name a table; select_ would do");
  EXPECT_EQ(error_of(table_spec(std::string(49, 'a'), "id int", {"id"})),
            "table " + std::string(49, 'a') + ": 49 bytes; 48 at most");
  EXPECT_EQ(error_of(table_spec("t", "id int; firstName text", {"id"})),
            "'firstName' cannot name a column: use a to z, 0 to 9 and _, beginning with a letter; firstname would do");
  EXPECT_EQ(error_of(table_spec("t", "id int; id text", {"id"})), "table shop.t: there are two columns called id");
  EXPECT_EQ(error_of(table_spec("t", "id int", {})),
            "table shop.t has no key; name the columns that tell its rows apart");
  EXPECT_EQ(error_of(table_spec("t", "user_id int; v int", {"usr_id"})),
            "table shop.t: the key names usr_id, which is no column; did you mean user_id?");
  EXPECT_EQ(error_of(table_spec("t", "id int", {"id"}, {"id"})), "table shop.t: the key names id twice");
  EXPECT_EQ(error_of(table_spec("t", "id list<int>", {"id"})),
            "table shop.t: column id is a list<int>, which cannot be part of a key");
  TableSpec spec = table_spec("t", "id int", {"id"});
  spec.ttl_s = 700'000'000;
  EXPECT_EQ(error_of(spec), "table shop.t: a TTL of 700000000 s; 630720000 s at most (20 years)");
}

TEST(TableDef, ChangesGiveTheNextVersionAndNeverAnIdTwice) {
  const TableDef one = *define_table(table_spec("t", "id int; a text; b text", {"id"}), 1);
  const TableDef two = *altered(one, DropColumn{"b"});
  const TableDef three = *altered(two, AddColumn{"b", CqlKind::kInt});
  EXPECT_EQ(three.version, 3U);
  EXPECT_NE(three.find("b")->id, one.find("b")->id);
  EXPECT_EQ(altered(three, RenameColumn{"a", "c"})->find("c")->id, one.find("a")->id);
  EXPECT_EQ(altered(one, DropColumn{"id"}).error().message(),
            "shop.t: id is part of the key and cannot be dropped; create another table");
  EXPECT_EQ(altered(one, DropColumn{"c"}).error().message(), "shop.t has no column c; it has id, a, b");
  EXPECT_EQ(altered(one, AddColumn{"a", CqlKind::kInt}).error().message(), "shop.t has a column a already");
  EXPECT_EQ(altered(one, RenameColumn{"a", "b"}).error().message(), "shop.t has a column b already");
}

TEST(TableDef, ADefinitionReadsBackFromItsBytes) {
  const TableDef table =
      *altered(*define_table(table_spec("t", "a text; b frozen<map<int, text>>; c uuid", {"c"}, {"a desc"}), 7),
               DropColumn{"b"});
  const TableDef back = *decode_table(encode_table(table));
  EXPECT_EQ(back.cql(), table.cql());
  EXPECT_EQ(back.id, 7U);
  EXPECT_EQ(back.version, 2U);
  EXPECT_EQ(back.next_column_id, table.next_column_id);
  const std::string bytes = encode_table(table);
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_table(bytes.substr(0, size)).ok()) << size;
  EXPECT_FALSE(decode_table(bytes + "x").ok());
  EXPECT_EQ(decode_table("\x02").error().message(),
            "the definition of a table has format version 2; this program knows 1");
}

}  // namespace
}  // namespace millrace
