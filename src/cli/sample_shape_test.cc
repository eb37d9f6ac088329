#include "cli/sampled_file.h"

#include <gtest/gtest.h>

#include "connect/list.h"
#include "flow/plan.h"

namespace millrace {
namespace {

std::string type_of(std::initializer_list<std::string_view> values) {
  Sample sample;
  for (const std::string_view value : values) add_record("{\"a\":" + std::string(value) + "}", sample);
  return columns_of(sample).at(0).shape->type_text();
}

TEST(SampleShape, TypesAreTheNarrowestThatHoldEveryValue) {
  EXPECT_EQ(type_of({"1", "null", "2"}), "int");
  EXPECT_EQ(type_of({"1", "2147483648"}), "bigint");
  EXPECT_EQ(type_of({"1", "2.5"}), "double");
  EXPECT_EQ(type_of({"true"}), "boolean");
  EXPECT_EQ(type_of({"1", "\"x\""}), "string");
  EXPECT_EQ(type_of({"null"}), "string");
  EXPECT_EQ(type_of({"18446744073709551615"}), "double");
}

TEST(SampleShape, TextsThatAreAllDatesOrTimestampsAreThat) {
  EXPECT_EQ(type_of({"\"2026-01-31\"", "\"2026-02-28\""}), "date");
  EXPECT_EQ(type_of({"\"2026-01-31\"", "\"2026-02-30\""}), "string");
  EXPECT_EQ(type_of({"\"2026-01-31T07:47:00.123Z\""}), "timestamp");
  EXPECT_EQ(type_of({"\"2026\""}), "string");
}

TEST(SampleShape, NestedValuesKeepTheirShape) {
  EXPECT_EQ(type_of({"[1, 2]", "[]"}), "array<int>");
  EXPECT_EQ(type_of({"[{\"x\": 1, \"y\": \"z\"}]"}), "array<struct<x:int,y:string>>");
  EXPECT_EQ(type_of({"[{\"x y\": 1}]"}), "array<string>");
  EXPECT_EQ(type_of({"[1, \"a\"]"}), "array<string>");
}

TEST(SampleShape, ObjectsBecomePathsAndAMissingParentCountsForItsMembers) {
  Sample sample;
  add_record(R"({"a":{"b":1,"c":null}})", sample);
  add_record("{}", sample);
  add_record("[]", sample);
  const auto columns = columns_of(sample);
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_EQ(columns[0].path, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(columns[0].missing, 1U);
  EXPECT_EQ(columns[1].missing, 2U);
  EXPECT_EQ(sample.broken, 1U);
}

TEST(SampleShape, NamesBecomeSnakeCase) {
  EXPECT_EQ(snake_case({"homePhone", "areaCode"}), "home_phone_area_code");
  EXPECT_EQ(snake_case({"a-b c"}), "a_b_c");
  EXPECT_EQ(snake_case({"1st"}), "_1st");
  EXPECT_EQ(snake_case({"ID"}), "id");
}

std::string type_of_fields(std::initializer_list<std::string> values) {
  Sample sample;
  for (const std::string& value : values) add_fields({"a"}, {value}, sample);
  return columns_of(sample).at(0).shape->type_text();
}

TEST(SampleShape, FieldsAreWhatTheirTextsStandFor) {
  EXPECT_EQ(type_of_fields({"1", "-2147483648", "0"}), "int");
  EXPECT_EQ(type_of_fields({"1", "2147483648"}), "bigint");
  EXPECT_EQ(type_of_fields({"1", "2.50", "1e3"}), "double");
  EXPECT_EQ(type_of_fields({"true", "False"}), "boolean");
  EXPECT_EQ(type_of_fields({"2026-01-31", "2026-02-28"}), "date");
  EXPECT_EQ(type_of_fields({"2026-01-31 07:47:00"}), "timestamp");
}

TEST(SampleShape, DigitsThatANumberWouldChangeStayTexts) {
  for (const std::string key : {"007", "12345678901234567890", "1.", ".5", "+5", " 5", "5-5", "inf", "nan", "0x10"}) {
    EXPECT_EQ(type_of_fields({key}), "string") << key;
  }
  EXPECT_EQ(type_of_fields({"1", "x"}), "string");
}

TEST(SampleShape, TheLongestArrayOfObjectsOfADocumentIsItsRecords) {
  Sample sample;
  add_record(R"({"meta":{"tags":["a","b","c"],"pages":[{"n":1}]},"data":{"items":[{"a":1},{"a":2}]},"x.y":[{},{},{}]})",
             sample);
  EXPECT_EQ(records_path(sample), (std::vector<std::string>{"data", "items"}));
  Sample below;
  add_records_below(R"({"data":{"items":[{"a":1},{"a":2},{"a":3}]}})", {"data", "items"}, 2, below);
  EXPECT_EQ(below.records, 2U);
  Sample plain;
  add_record(R"({"a":[1,2]})", plain);
  EXPECT_EQ(records_path(plain), std::nullopt);
}

TEST(ProposedPipeline, PassesItsOwnCheckWhateverTheKeysAreCalled) {
  Sample sample;
  for (int i = 0; i < 50; ++i) {
    add_record(R"({"id":"123e4567-e89b-12d3-a456-426614174000","e":"a@b.org","n":-1.5,"g":"yes","select":1,"a b":2,
                   "A_B":3,"t":"2026-01-31T07:47:00Z","x":{"y":[{"z":1}]},"null":1,"_meta":1,"dotted.key":1,"q\"uote":"\\"})",
               sample);
  }
  const std::string text = proposed_pipeline({.sample = std::move(sample), .format = {}}, "in put.jsonl", "sample");
  const LoadOutcome outcome = load_pipeline_text(text, "sample.yaml", full_catalog(), {});
  EXPECT_NE(outcome.plan, nullptr) << render_diagnostics(outcome, false) << text;
  EXPECT_NE(text.find("- uuid: [id]"), std::string::npos) << text;
  EXPECT_NE(text.find("- email: [e]"), std::string::npos) << text;
  EXPECT_NE(text.find("one_of: { g: [\"yes\"] }"), std::string::npos) << text;
  EXPECT_NE(text.find("range: { n_: -1.5..-1.5 }"), std::string::npos) << text;
}

}  // namespace
}  // namespace millrace
