#include "flow/run/case_runner.h"

#include "flow/given_source.h"

#include <gtest/gtest.h>

#include "data/builder.h"
#include "flow/spec/yaml.h"

namespace millrace {
namespace {

Node yaml(std::string_view text) {
  Diagnostics diagnostics;
  auto node = read_yaml(text, diagnostics);
  EXPECT_TRUE(node.has_value()) << text;
  return node ? *node : Node{};
}

TEST(CaseRunner, GivenMapsBecomeJsonAndTextsStayAsTheyAre) {
  EXPECT_EQ(given_record_bytes(yaml("{ a: 1, b: \"1\", c: [true, null, x], d: { e: 1.50 } }")),
            R"({"a":1,"b":"1","c":[true,null,"x"],"d":{"e":1.50}})");
  EXPECT_EQ(given_record_bytes(yaml("\"{broken\"")), "{broken");
}

TEST(CaseRunner, ExpectedScalarsAreReadAsTheTypeOfTheColumn) {
  const Column time = constant_fixed<int64_t>(TypeKind::kTimestamp, 1'000'000);
  EXPECT_TRUE(matches(yaml("1970-01-01 00:00:01"), time, 0));
  EXPECT_TRUE(matches(yaml("1970-01-01T00:00:01Z"), time, 0));
  EXPECT_FALSE(matches(yaml("1970-01-01 00:00:02"), time, 0));
  EXPECT_FALSE(matches(yaml("soon"), time, 0));
  EXPECT_TRUE(matches(yaml("7"), constant_fixed<int32_t>(TypeKind::kInt, 7), 0));
  EXPECT_FALSE(matches(yaml("[7]"), constant_fixed<int32_t>(TypeKind::kInt, 7), 0));
  EXPECT_TRUE(matches(yaml("1e0"), constant_fixed<double>(TypeKind::kDouble, 1.0), 0));
  EXPECT_TRUE(matches(yaml("\"7\""), constant_string("7"), 0));
}

TEST(CaseRunner, NullMatchesOnlyNull) {
  const Column null = null_column(TypeKind::kInt, 1);
  EXPECT_TRUE(matches(yaml("null"), null, 0));
  EXPECT_FALSE(matches(yaml("0"), null, 0));
  EXPECT_FALSE(matches(yaml("null"), constant_fixed<int32_t>(TypeKind::kInt, 0), 0));
}

TEST(CaseRunner, ArraysGoElementByElementAndStructsByTheMembersNamed) {
  ColumnBuilder builder(Type::array(Type::structure({{"a", TypeKind::kString}, {"b", TypeKind::kString}})));
  builder.child(0).child(0).append_string("x");
  builder.child(0).child(1).append_string("y");
  builder.child(0).end_nested();
  builder.end_nested();
  const Column column = builder.finish();
  EXPECT_TRUE(matches(yaml("[{ a: x, b: y }]"), column, 0));
  EXPECT_TRUE(matches(yaml("[{ b: y }]"), column, 0));
  EXPECT_FALSE(matches(yaml("[{ b: z }]"), column, 0));
  EXPECT_FALSE(matches(yaml("[{ c: y }]"), column, 0));
  EXPECT_FALSE(matches(yaml("[]"), column, 0));
}

}  // namespace
}  // namespace millrace
