#include <cmath>

#include <gtest/gtest.h>

#include "data/builder.h"
#include "data/expr/families.h"

namespace millrace {
namespace {

std::string eval(std::string_view name, const std::vector<const char*>& texts) {
  for (const Function& entry : json_functions()) {
    if (entry.name != name) continue;
    std::vector<Column> args;
    std::vector<BindArg> bound(texts.size(), {.type = TypeKind::kString});
    for (const char* text : texts) args.push_back(constant_string(text));
    BindResult result = entry.bind(bound);
    return format_value(result.binding().kernel(Call(args, Rows::all(1), EvalContext(), nullptr)), 0);
  }
  MILLRACE_UNREACHABLE(name);
}

std::string get(const char* text, const char* path) { return eval("get_json_object", {text, path}); }

TEST(GetJsonObject, FollowsNamesAndIndexes) {
  EXPECT_EQ(get(R"({"a":{"b":[1,"x"]}})", "$.a.b[1]"), "x");
  EXPECT_EQ(get(R"({"a b":1})", "$['a b']"), "1");
  EXPECT_EQ(get(R"({"a":1})", "$"), R"({"a":1})");
  EXPECT_EQ(get(R"({"a":null,"a":2})", "$.a"), "2");
  EXPECT_EQ(get(R"({"a":1})", "$.b"), "NULL");
  EXPECT_EQ(get(R"([1,2])", "$[2]"), "NULL");
  EXPECT_EQ(get(R"({"a":[1]})", "$.a.b"), "NULL");
}

TEST(GetJsonObject, WildcardsKeepHivesForms) {
  EXPECT_EQ(get(R"([{"a":1},{"a":2},{}])", "$[*].a"), "[1,2]");
  EXPECT_EQ(get(R"([{"a":"x"}])", "$[*].a"), R"("x")");
  EXPECT_EQ(get(R"([[1,[2]],[3]])", "$[*][*]"), "[1,2,3]");
  EXPECT_EQ(get(R"([[1,2],[3]])", "$[0][*]"), "[1,2]");
  EXPECT_EQ(get(R"({"a":{"x":1},"b":{"y":2}})", "$.*.y"), "2");
  EXPECT_EQ(get("[]", "$[*]"), "NULL");
}

TEST(GetJsonObject, WritesValuesAsSparkDoes) {
  EXPECT_EQ(get(R"({"a": [1.10, 1e10, -0, 12345678901234567890, true, null]})", "$.a"),
            "[1.1,1.0E10,0,12345678901234567890,true,null]");
  EXPECT_EQ(get(R"({"a":"q\"\u00e9\ud83d\ude00\n"})", "$.a"), "q\"é😀\n");
  EXPECT_EQ(get(R"({'a':["\u0001\/"]})", "$.a"), R"(["\u0001/"])");
  EXPECT_EQ(get(R"("\ud800")", "$"), "?");
}

TEST(GetJsonObject, GivesNullForWhatIsMalformed) {
  for (const char* text : {"", " ", "{", R"({"a":1)", R"({"a" 1})", R"({"a":01})", R"({"a":1,})", "[1,]",
                           R"({"a":"\x"})", "nul", "1x", R"({"a":+1})", R"({"a":1.})", R"({"a":"\u12"})"}) {
    EXPECT_EQ(get(text, "$"), "NULL") << text;
    EXPECT_EQ(get(text, "$.a"), "NULL") << text;
  }
  EXPECT_EQ(get(R"({"a":1} trailing)", "$.a"), "1");
  EXPECT_EQ(get(std::string(2000, '[').c_str(), "$"), "NULL");
  for (const char* path : {"", "a", "$.", "$a", "$[", "$[x]", "$['a'", "$..a", "$['']"}) {
    EXPECT_EQ(get(R"({"a":1})", path), "NULL") << path;
  }
}

TEST(Json, OutermostArraysAndObjectsAreLookedAt) {
  EXPECT_EQ(eval("json_array_length", {"[1,[2,3],{}]"}), "3");
  EXPECT_EQ(eval("json_array_length", {"[]"}), "0");
  EXPECT_EQ(eval("json_array_length", {"{}"}), "NULL");
  EXPECT_EQ(eval("json_array_length", {"[1"}), "NULL");
  EXPECT_EQ(eval("json_object_keys", {R"({"a":1,"b":{"c":2}})"}), "[a, b]");
  EXPECT_EQ(eval("json_object_keys", {"{}"}), "[]");
  EXPECT_EQ(eval("json_object_keys", {"[]"}), "NULL");
}

std::string to_json(const Column& column) {
  const Function& entry = json_functions().back();
  const std::vector<BindArg> bound{{.type = column.type}};
  BindResult result = entry.bind(bound);
  if (!result.ok()) return "refused: " + result.error().message;
  return format_value(result.binding().kernel(Call(std::span(&column, 1), Rows::all(column.rows), {}, nullptr)), 0);
}

TEST(ToJson, LeavesOutNullFieldsAndKeepsNullElements) {
  ColumnBuilder builder(
      *parse_type("struct<a:int,b:string,l:array<double>,m:map<int,boolean>,t:timestamp,d:date,"
                  "n:decimal(9,8),x:binary>"));
  builder.child(0).append_null();
  builder.child(1).append_string("q\"\x01\n/é");
  builder.child(2).child(0).append_null();
  builder.child(2).child(0).append_double(1e10);
  builder.child(2).child(0).append_double(-HUGE_VAL);
  builder.child(2).end_nested();
  builder.child(3).child(0).append_int(7);
  builder.child(3).child(1).append_null();
  builder.child(3).end_nested();
  builder.child(4).append_bigint(1'234'567);
  builder.child(5).append_int(0);
  builder.child(6).append_decimal(12);
  builder.child(7).append_string("ab");
  builder.end_nested();
  EXPECT_EQ(to_json(builder.finish()),
            R"({"b":"q\"\u0001\n/é","l":[null,1.0E10,"-Infinity"],"m":{"7":null},"t":"1970-01-01T00:00:01.234Z",)"
            R"("d":"1970-01-01","n":1.2E-7,"x":"YWI="})");
  EXPECT_EQ(to_json(null_column(Type::array(TypeKind::kInt), 1)), "NULL");
  EXPECT_EQ(to_json(constant_string("x")),
            "refused: a struct, map or array without intervals is wanted, this is string");
}

}  // namespace
}  // namespace millrace
