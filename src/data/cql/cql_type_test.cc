#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/cql/type.h"

namespace millrace {
namespace {

std::string error_of(std::string_view text) { return parse_cql_type(text).error().message(); }

TEST(CqlType, EveryTypeReadsBackAsItIsWritten) {
  for (const std::string_view text : {"ascii",
                                      "bigint",
                                      "blob",
                                      "boolean",
                                      "date",
                                      "decimal",
                                      "double",
                                      "duration",
                                      "float",
                                      "inet",
                                      "int",
                                      "smallint",
                                      "text",
                                      "time",
                                      "timestamp",
                                      "timeuuid",
                                      "tinyint",
                                      "uuid",
                                      "varint",
                                      "list<int>",
                                      "set<text>",
                                      "map<text, bigint>",
                                      "frozen<map<text, list<int>>>",
                                      "list<frozen<set<uuid>>>"}) {
    EXPECT_EQ(parse_cql_type(text)->text(), text);
  }
  EXPECT_EQ(parse_cql_type(" MAP < Varchar,INT > ")->text(), "map<text, int>");
}

TEST(CqlType, MistakesAreAnsweredWithAHint) {
  EXPECT_EQ(error_of("txet"), "type 'txet': there is no type txet; did you mean text?");
  EXPECT_EQ(error_of("list"), "type 'list': list is written with its types, as in list<text>: '<' is missing");
  EXPECT_EQ(error_of("map<text>"),
            "type 'map<text>': map is written with its types, as in map<text, int>: ',' is missing");
  EXPECT_EQ(error_of("frozen<int>"), "type 'frozen<int>': frozen is for collections, and int is none");
  EXPECT_EQ(error_of("counter"),
            "type 'counter': counter is not supported; there are the scalar types, list, set and map");
  EXPECT_EQ(error_of("int int"), "type 'int int': nothing may follow the type, but there is 'int'");
  EXPECT_EQ(error_of(""), "type '': there is a type missing");
  EXPECT_THAT(error_of("list<list<list<list<list<list<list<list<list<list<int>>>>>>>>>>"),
              ::testing::HasSubstr("more than 8 deep"));
  EXPECT_THAT(error_of("jsonb"), ::testing::HasSubstr("there is no type jsonb; there are ascii, bigint, blob,"));
}

TEST(CqlType, AProposalForAColumnReadsBackAsTheColumnsType) {
  for (const std::string_view text : {"boolean", "int", "bigint", "double", "string", "binary", "date", "timestamp",
                                      "array<bigint>", "map<string,array<int>>"}) {
    const Type type = *parse_type(text);
    EXPECT_EQ(data_type_of(*cql_type_for(type)).text(), text);
  }
  EXPECT_EQ(cql_type_for(*parse_type("struct<a:int>")).error().message(),
            "there is no CQL type for struct<a:int>; cast it, or pick its parts apart in a select");
}

}  // namespace
}  // namespace millrace
