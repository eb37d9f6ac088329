#include "data/formats/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/builder.h"
#include "data/formats/bytes_testing.h"
#include "data/formats/json_writer.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Outcome {
  std::string values;  // of the single record, joined by |, "-" for null
  std::vector<std::string> faults;
};

Origin one_record(std::string_view text) {
  Origin origin;
  origin.bytes = Buffer::zeroed(text.size());
  if (!text.empty()) std::memcpy(origin.bytes.bytes(), text.data(), text.size());
  origin.begin = {0};
  origin.end = {static_cast<uint32_t>(text.size())};
  return origin;
}

Outcome read(std::string_view text, std::vector<ReadColumn> columns) {
  JsonReader reader(std::move(columns));
  const ReadOutcome read = reader.read(one_record(text));
  Outcome outcome;
  for (size_t i = 0; i < read.columns.size(); ++i) {
    outcome.values +=
        (i == 0 ? "" : "|") + (read.columns[i].is_null(0) ? std::string("-") : format_value(read.columns[i], 0));
  }
  for (const Fault& fault : read.faults) outcome.faults.push_back(fault.reason);
  return outcome;
}

ReadColumn text_at(std::vector<std::string> path) { return {std::move(path), TypeKind::kString}; }

TEST(JsonReader, reads_wanted_paths_and_any_scalar_as_text) {
  EXPECT_EQ(read(R"({"x":0,"a":{"b":"t","n":1.50,"t":true,"o":{"p":[1, 2]}},"z":null})",
                 {text_at({"a", "b"}), text_at({"a", "n"}), text_at({"a", "t"}), text_at({"a", "o"}), text_at({"z"}),
                  text_at({"no"})})
                .values,
            "t|1.50|true|{\"p\":[1, 2]}|-|-");
}

TEST(JsonReader, unescapes_texts_and_keys) {
  EXPECT_EQ(read(R"({"\u0061":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"})", {text_at({"a"})}).values,
            "\"\\/\b\f\n\r\t\u00e9\U0001F600");
}

TEST(JsonReader, takes_the_last_of_keys_that_come_twice) {
  EXPECT_EQ(read(R"({"a":1,"a":2})", {text_at({"a"})}).values, "2");
  EXPECT_EQ(read(R"({"a":{"b":1,"c":2},"a":{"b":3}})", {text_at({"a", "b"}), text_at({"a", "c"})}).values, "3|-");
  EXPECT_EQ(read(R"({"a":{"b":1},"a":null})", {text_at({"a", "b"})}).values, "-");
  EXPECT_THAT(read(R"({"a":5,"a":{"b":1}})", {text_at({"a", "b"})}).faults, IsEmpty());
}

TEST(JsonReader, finds_the_same_records_broken_whatever_columns_are_read) {
  const std::vector<std::string> broken = {"",
                                           " ",
                                           "{",
                                           "}",
                                           "[]",
                                           "[{\"a\":1}]",
                                           "1",
                                           "\"a\"",
                                           "null",
                                           "nul",
                                           "{\"a\":1,}",
                                           "{\"a\" 1}",
                                           "{\"a\":}",
                                           "{a:1}",
                                           "{'a':1}",
                                           "{\"a\":1}{\"a\":2}",
                                           "{\"a\":1} x",
                                           "{\"a\":1}]",
                                           "{\"a\":01}",
                                           "{\"a\":+1}",
                                           "{\"a\":1.}",
                                           "{\"a\":.5}",
                                           "{\"a\":1e}",
                                           "{\"a\":NaN}",
                                           "{\"a\":Infinity}",
                                           "{\"a\":0x1}",
                                           "{\"a\":True}",
                                           "{\"a\":\"x}",
                                           "{\"a\":\"\\x\"}",
                                           "{\"a\":\"\\u12\"}",
                                           "{\"a\":\"\\ud800\"}",
                                           "{\"a\":\"\\udc00\"}",
                                           "{\"a\":\"\\ud800\\u0041\"}",
                                           "{\"a\":\"\n\"}",
                                           "{\"a\":\"\xff\"}",
                                           "{\"\xc0\x80\":1}",
                                           "{\"a\":\"\xed\xa0\x80\"}",
                                           "\xEF\xBB\xBF{\"a\":1}",
                                           "{\"a\":1,\"b\":[1,]}",
                                           "{\"a\":1,\"b\":[1}",
                                           "{\"a\":1,\"b\":{]}",
                                           "{\"a\":1,,\"b\":2}",
                                           "{\"a\":1 \"b\":2}",
                                           "{\"a\":1 2}",
                                           "{\"a\":\"x\" \"y\"}",
                                           "{\"a\":1/*c*/}",
                                           std::string("{\"a\":1}\0", 8),
                                           std::string("{\"a\":\"\0\"}", 9),
                                           std::string("{\"a\":\0 1}", 9)};
  for (const std::string& text : broken) {
    for (const auto& columns : {std::vector<ReadColumn>{}, {text_at({"a"})}, {text_at({"b"})}, {text_at({"b", "c"})}}) {
      const Outcome outcome = read(text, columns);
      ASSERT_EQ(outcome.faults.size(), 1U) << text;
      EXPECT_THAT(outcome.faults[0], HasSubstr("not JSON: ")) << text;
    }
  }
}

TEST(JsonReader, refuses_nesting_over_the_limit_wherever_it_is) {
  const auto nested = [](size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_THAT(read(nested(kJsonDepthMax), {text_at({"b"})}).faults, IsEmpty());
  EXPECT_THAT(read(nested(kJsonDepthMax + 1), {text_at({"b"})}).faults, ElementsAre(HasSubstr("nested too deeply")));
  EXPECT_THAT(read("{\"a\":" + std::string(100'000, '['), {}).faults, ElementsAre(HasSubstr("not JSON: ")));
}

TEST(JsonReader, names_the_column_of_a_value_that_does_not_fit) {
  const auto fault = [](std::string_view text, const Type& type) {
    const Outcome outcome = read(text, {{{"a"}, type}});
    return outcome.faults.empty() ? outcome.values : outcome.faults[0];
  };
  EXPECT_EQ(fault(R"({"a":"1"})", TypeKind::kInt), "a: \"1\" does not fit type int");
  EXPECT_THAT(fault(R"({"a":3000000000})", TypeKind::kInt), HasSubstr("a: "));
  EXPECT_THAT(fault(R"({"a":1.5})", TypeKind::kBigint), HasSubstr("a: "));
  EXPECT_EQ(fault(R"({"a":1})", TypeKind::kBool), "a: 1 does not fit type boolean");
  EXPECT_THAT(fault(R"({"a":"x"})", TypeKind::kDate), HasSubstr("a: "));
  EXPECT_EQ(fault(R"({"a":{}})", Type::array(TypeKind::kInt)), "a: {} does not fit type array<int>");
  EXPECT_EQ(fault(R"({"a":"?"})", TypeKind::kBinary), "a: \"?\" does not fit type binary");
  EXPECT_EQ(fault(R"({"a":-7})", TypeKind::kBigint), "-7");
  EXPECT_EQ(fault(R"({"a":1e2})", TypeKind::kDouble), "100.0");
  EXPECT_EQ(fault(R"({"a":[1,null]})", Type::array(TypeKind::kInt)), "[1, null]");
}

TEST(JsonReader, names_what_had_to_be_an_object) {
  EXPECT_THAT(read(R"({"a":5})", {text_at({"a", "b"})}).faults, ElementsAre("a is not an object"));
}

TEST(JsonWriter, writes_what_the_reader_takes_back) {
  const std::vector<ReadColumn> columns = {{{"s"}, TypeKind::kString},
                                           {{"i"}, TypeKind::kInt},
                                           {{"d"}, TypeKind::kDouble},
                                           {{"t"}, TypeKind::kTimestamp},
                                           {{"b"}, TypeKind::kBool},
                                           {{"n"}, TypeKind::kString},
                                           {{"l"}, Type::array(TypeKind::kString)},
                                           {{"x"}, TypeKind::kBinary}};
  const std::string text =
      R"({"s":"a\"\\\n\u0001","i":-5,"d":2.5,"t":"2023-11-14T22:13:20.123Z","b":true,"n":null,"l":["x",null],"x":"AAE="})";
  JsonReader reader(columns);
  Batch batch;
  batch.rows = 1;
  batch.columns = reader.read(one_record(text)).columns;
  std::vector<WriteColumn> out;
  for (size_t i = 0; i < columns.size(); ++i) out.push_back({columns[i].path[0], columns[i].type, i});
  const JsonWriter writer(out);
  const Buffer written = writer.write(batch, Rows::all(1));
  EXPECT_EQ(std::string(written.as<char>(), written.size()), text + "\n");
  EXPECT_GE(writer.record_bytes_at_most(batch), written.size());
}

TEST(JsonWriter, knows_without_writing_what_no_record_can_be_longer_than) {
  const auto at_most_and_written = [](const Column& column) {
    Batch batch;
    batch.rows = column.rows;
    batch.columns.push_back(column);
    const JsonWriter writer({{"x", column.type, 0}});
    return std::pair(writer.record_bytes_at_most(batch), writer.write(batch, Rows::all(1)).size());
  };
  ColumnBuilder structs(Type::array(Type::structure({{"a_name", TypeKind::kString}, {"n", TypeKind::kInt}})));
  for (int i = 0; i < 1000; ++i) structs.child(0).append_null();
  structs.end_nested();
  for (const Column& column : {constant_string(std::string(1000, '\x01')), repeat(constant_string("abc"), 1000),
                               constant_fixed<int64_t>(TypeKind::kTimestamp, INT64_MIN), structs.finish()}) {
    const auto [at_most, written] = at_most_and_written(column);
    EXPECT_GE(at_most, written);
    EXPECT_LT(at_most, 1000 * 1000);
  }
}

}  // namespace
}  // namespace millrace
