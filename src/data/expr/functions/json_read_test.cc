#include <fmt/format.h>
#include <gtest/gtest.h>

#include "data/expr/functions/json_schema.h"
#include "data/expr/testing.h"

namespace millrace {
namespace {

TEST(FromJson, AWrongSchemaIsFoundWhenItIsChecked) {
  const auto error = [](std::string_view schema) { return eval(fmt::format("from_json('', '{}')", schema)).error; };
  EXPECT_EQ(error("a INT, a STRING"), "the column a is there twice (write from_json(text, 'a INT, b STRING'))");
  EXPECT_EQ(error("INT"), "int is no struct, array or map (use get_json_object, and cast)");
  EXPECT_EQ(error("m MAP<INT, INT>"), "the keys of a map in JSON are texts, not int");
  EXPECT_EQ(error("b BINARY"), "binary is not possible here; read it as string, and use unbase64");
  EXPECT_TRUE(error("a NOSUCH").starts_with("the column a: ")) << error("a NOSUCH");
}

TEST(FromJson, WrongOptionsAreFoundWhenTheyAreChecked) {
  const auto error = [](std::string_view options) {
    return eval(fmt::format("from_json('', 'a DATE', {})", options)).error;
  };
  EXPECT_EQ(error("map('mode', 'DROPMALFORMED')"),
            "there is no mode 'DROPMALFORMED' here (PERMISSIVE and FAILFAST are)");
  EXPECT_EQ(error("map('x', 'y')"), "from_json has no option 'x' (mode, dateFormat and timestampFormat are)");
  EXPECT_EQ(error("'FAILFAST'"), "the options must be a constant map of texts (write map('mode', 'FAILFAST'))");
}

TEST(FromJson, FailFastMakesAFaultOfWhatPermissiveMakesNull) {
  EXPECT_EQ(eval("from_json('{\"a\":\"x\",\"b\":2}', 'a INT, b INT')").value, "{null, 2}");
  EXPECT_EQ(eval("from_json('{\"a\":\"x\"}', 'a INT', map('mode', 'FAILFAST'))").fault,
            "the text is not JSON of struct<a:int>");
}

TEST(JsonSchema, IsReadAsColumnsOrAsAType) {
  const auto read = [](std::string_view text) {
    const auto type = parse_json_schema(text);
    return type.ok() ? type->text() : type.error().message();
  };
  EXPECT_EQ(read("a INT, `b c` ARRAY<STRUCT<x: INT, y: DECIMAL(5,2)>> NOT NULL, d DATE COMMENT 'a, b'"),
            "struct<a:int,b c:array<struct<x:int,y:decimal(5,2)>>,d:date>");
  EXPECT_EQ(read(" map<string, int> "), "map<string,int>");
  EXPECT_EQ(read("struct<a: int>"), "struct<a:int>");
}

TEST(JsonSchema, IsInferredAsSparkDoes) {
  const auto infer = [](std::string_view text) {
    JsonTree tree;
    return tree.parse(text) ? schema_text(infer_json_type(tree, 0)) : "not JSON";
  };
  EXPECT_EQ(infer(R"({"b":1,"a":[1,2.5,null]})"), "STRUCT<a: ARRAY<DOUBLE>, b: BIGINT>");
  EXPECT_EQ(infer(R"([{"x":1},{"x":"s","y z":{}}])"), "ARRAY<STRUCT<x: STRING>>");
  EXPECT_EQ(infer("12345678901234567890"), "DECIMAL(20,0)");
}

}  // namespace
}  // namespace millrace
