#include "data/cql/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/int128.h"
#include "data/builder.h"
#include "data/cql/number.h"
#include "data/cql/scalar_text.h"

namespace millrace {
namespace {

struct Example {
  std::string type, text, bytes, printed;
};

std::string hex(std::string_view bytes) { return cql_text(CqlKind::kBlob, bytes).substr(2); }

// What goes in as text, the protocol's bytes, what is printed.
std::vector<Example> examples() {
  return {
      {"ascii", "abc", "616263", "abc"},
      {"bigint", "-2", "fffffffffffffffe", "-2"},
      {"blob", "0x0aFF", "0aff", "0x0aff"},
      {"boolean", "true", "01", "true"},
      {"date", "1970-01-02", "80000001", "1970-01-02"},
      {"date", "1969-12-31", "7fffffff", "1969-12-31"},
      {"decimal", "-1.50", "00000002ff6a", "-1.50"},
      {"decimal", "12345678901234567890.5", "0000000106b14e9f812f366c39", "12345678901234567890.5"},
      {"double", "1.5", "3ff8000000000000", "1.5"},
      {"duration", "1mo2d3ns", "020406", "1mo2d3ns"},
      {"duration", "-P1Y2DT3H", "1703fc13a52453bfff", "-1y2d3h"},
      {"float", "0.1", "3dcccccd", "0.1"},
      {"inet", "127.0.0.1", "7f000001", "127.0.0.1"},
      {"inet", "::1", "00000000000000000000000000000001", "::1"},
      {"int", "2147483647", "7fffffff", "2147483647"},
      {"smallint", "-32768", "8000", "-32768"},
      {"text", "gr\u00fc\u00df", "6772c3bcc39f", "gr\u00fc\u00df"},
      {"time", "08:12:54.123456789", "00001ae5c31f8915", "08:12:54.123456789"},
      {"timestamp", "1970-01-01T00:00:01.5Z", "00000000000005dc", "1970-01-01 00:00:01.5"},
      {"timestamp", "1969-12-31T23:59:59.9999Z", "ffffffffffffffff", "1969-12-31 23:59:59.999"},
      {"timeuuid", "8a8bbd00-c6b4-11f0-8de9-0242ac120002", "8a8bbd00c6b411f08de90242ac120002",
       "8a8bbd00-c6b4-11f0-8de9-0242ac120002"},
      {"tinyint", "-128", "80", "-128"},
      {"uuid", "550E8400-e29b-41d4-a716-446655440000", "550e8400e29b41d4a716446655440000",
       "550e8400-e29b-41d4-a716-446655440000"},
      {"varint", "-129", "ff7f", "-129"},
      {"varint", "340282366920938463463374607431768211456", "0100000000000000000000000000000000",
       "340282366920938463463374607431768211456"},
  };
}

TEST(CqlValue, TextBecomesTheProtocolsBytesAndIsPrintedAsCqlDoes) {
  for (const Example& example : examples()) {
    const CqlType type = *parse_cql_type(example.type);
    const auto bytes = cql_value_of(type, example.text);
    ASSERT_TRUE(bytes.ok()) << bytes.error().message();
    EXPECT_EQ(hex(*bytes), example.bytes) << example.type << " " << example.text;
    EXPECT_TRUE(is_cql_value(type, *bytes)) << example.type;
    EXPECT_EQ(cql_text(type, *bytes), example.printed) << example.type;
  }
}

// The column that a value makes when it is read, and what that prints.
std::string column_text(const CqlType& type, std::string_view bytes) {
  CqlColumnBuilder builder(type);
  EXPECT_TRUE(builder.append(bytes));
  const Column column = builder.finish();
  EXPECT_EQ(column.type, data_type_of(type));
  return format_value(column, 0);
}

TEST(CqlValue, EveryTypeGoesThroughAColumnAndBack) {
  for (const Example& example : examples()) {
    const CqlType type = *parse_cql_type(example.type);
    const std::string bytes = *cql_value_of(type, example.text);
    CqlColumnBuilder builder(type);
    ASSERT_TRUE(builder.append(bytes));
    const Column column = builder.finish();
    const auto encoder = CqlEncoder::bind(column.type, type);
    ASSERT_TRUE(encoder.ok()) << encoder.error().message();
    std::string back;
    ASSERT_TRUE(encoder->append(column, 0, back)) << example.type << " " << example.text;
    EXPECT_EQ(hex(back), hex(bytes)) << example.type << " " << example.text;
  }
}

TEST(CqlValue, CollectionsGoThroughAColumnAndBack) {
  ColumnBuilder builder(*parse_type("map<string,array<int>>"));
  for (const auto& [key, numbers] :
       std::vector<std::pair<std::string, std::vector<int>>>{{"b", {3, 1, 3}}, {"a", {}}, {"b", {2}}}) {
    builder.child(0).append_string(key);
    for (const int number : numbers) builder.child(1).child(0).append_int(number);
    builder.child(1).end_nested();
  }
  builder.end_nested();
  const Column column = builder.finish();
  const auto text_of = [&](std::string_view type_text) {
    const CqlType type = *parse_cql_type(type_text);
    std::string bytes;
    EXPECT_TRUE(CqlEncoder::bind(column.type, type)->append(column, 0, bytes));
    EXPECT_TRUE(is_cql_value(type, bytes));
    return cql_text(type, bytes) + " " + column_text(type, bytes);
  };
  EXPECT_EQ(text_of("map<text, frozen<list<int>>>"), "{'a': [], 'b': [2]} {a -> [], b -> [2]}");
  EXPECT_EQ(text_of("map<text, frozen<set<bigint>>>"), "{'a': {}, 'b': {2}} {a -> [], b -> [2]}");
}

TEST(CqlValue, NumbersFitOrAreRefusedWithTheirLimits) {
  const auto why = [](const Column& column, std::string_view to) {
    const auto encoder = CqlEncoder::bind(column.type, *parse_cql_type(to));
    std::string bytes = "kept";
    EXPECT_FALSE(encoder->append(column, 0, bytes));
    EXPECT_EQ(bytes, "kept");
    return encoder->why_not(column, 0);
  };
  EXPECT_EQ(why(constant_fixed<int64_t>(TypeKind::kBigint, 70'000), "smallint"),
            "'70000' is no smallint: a smallint is a whole number from -32768 to 32767");
  EXPECT_EQ(why(constant_fixed<Int128>(Type::decimal(5, 2), 150), "int"),
            "'1.50' is no int: an int is a whole number from -2147483648 to 2147483647");
  EXPECT_EQ(why(constant_fixed<double>(TypeKind::kDouble, 1e300), "float"),
            "'1.0E300' is no float: a float is a number up to 3.4e38");
  EXPECT_EQ(why(constant_string("x"), "uuid"), "'x' is no uuid: a uuid has 8-4-4-4-12 hexadecimal digits");
  EXPECT_EQ(why(constant_string("550e8400-e29b-41d4-a716-446655440000"), "timeuuid"),
            "'550e8400-e29b-41d4-a716-446655440000' is no timeuuid: a timeuuid is a uuid of version 1");
  EXPECT_EQ(why(constant_string("25:00"), "time"), "'25:00' is no time: a time is written as in 08:12:54.123456789");
  EXPECT_EQ(why(constant_string("1.2.3"), "inet"), "'1.2.3' is no inet: an inet is an address, as in 127.0.0.1 or ::1");
  EXPECT_EQ(why(constant_string("gr\u00fcn"), "ascii"),
            "'gr\u00fcn' is no ascii: ascii takes characters below 128 only");
  EXPECT_EQ(why(constant_string("2d1mo"), "duration"), "'2d1mo' is no duration: a duration is written as in 1mo2d3h4m");
  EXPECT_EQ(why(constant_string(std::string(100, '9') + "x"), "varint"),
            "'" + std::string(80, '9') + "...' is no varint: a varint is a whole number of at most 1000 digits");
}

TEST(CqlValue, ColumnsThatDoNotFitAreRefusedWithACast) {
  const auto why = [](std::string_view from, std::string_view to) {
    return CqlEncoder::bind(*parse_type(from), *parse_cql_type(to)).error().message();
  };
  EXPECT_EQ(why("int", "text"), "int cannot be stored as text; write cast(... AS string)");
  EXPECT_EQ(
      why("string", "blob"),
      "string cannot be stored as blob; write cast(... AS binary) for its bytes, or unhex(...) for hexadecimal digits");
  EXPECT_EQ(why("bigint", "timestamp"),
            "bigint cannot be stored as timestamp; write timestamp_millis(...) or timestamp_seconds(...)");
  EXPECT_EQ(why("timestamp", "date"), "timestamp cannot be stored as date; write cast(... AS date)");
  EXPECT_EQ(why("array<struct<a:int>>", "list<int>"),
            "array<struct<a:int>> cannot be stored as list<int>; give it array<int>");
  EXPECT_EQ(why("double", "int"), "double cannot be stored as int; write cast(... AS int)");
}

TEST(CqlValue, NumbersOfEveryColumnTypeAreConverted) {
  const auto printed = [](const Column& column, std::string_view to) {
    const CqlType type = *parse_cql_type(to);
    std::string bytes;
    EXPECT_TRUE(CqlEncoder::bind(column.type, type)->append(column, 0, bytes)) << to;
    return cql_text(type, bytes);
  };
  EXPECT_EQ(printed(constant_fixed<int32_t>(TypeKind::kInt, -7), "bigint"), "-7");
  EXPECT_EQ(printed(constant_fixed<int64_t>(TypeKind::kBigint, 7), "double"), "7");
  EXPECT_EQ(printed(constant_fixed<int64_t>(TypeKind::kBigint, 7), "decimal"), "7");
  EXPECT_EQ(printed(constant_fixed<Int128>(Type::decimal(5, 2), 700), "tinyint"), "7");
  EXPECT_EQ(printed(constant_fixed<Int128>(Type::decimal(5, 2), 725), "decimal"), "7.25");
  EXPECT_EQ(printed(constant_fixed<Int128>(Type::decimal(5, 2), 725), "double"), "7.25");
  EXPECT_EQ(printed(constant_fixed<double>(TypeKind::kDouble, 0.1), "decimal"), "0.1");
  EXPECT_EQ(printed(constant_fixed<double>(TypeKind::kDouble, 0.1), "float"), "0.1");
  EXPECT_EQ(printed(constant_fixed<int64_t>(TypeKind::kBigint, 1'500), "time"), "00:00:00.000001500");
  EXPECT_EQ(printed(constant_string(" 12 "), "int"), "12");
}

TEST(CqlValue, DecimalsArePrintedAsJavaDoes) {
  const auto printed = [](std::string_view text) {
    return cql_text(CqlKind::kDecimal, *cql_value_of(CqlKind::kDecimal, text));
  };
  EXPECT_EQ(printed("1e3"), "1E+3");
  EXPECT_EQ(printed("0.0000001"), "1E-7");
  EXPECT_EQ(printed("0.000001"), "0.000001");
  EXPECT_EQ(printed("123e-9"), "1.23E-7");
  EXPECT_EQ(printed("-0.00"), "0.00");
  EXPECT_EQ(printed(std::string(1'000, '7')), std::string(1'000, '7'));
  EXPECT_FALSE(cql_value_of(CqlKind::kDecimal, std::string(1'001, '7')).ok());
  EXPECT_FALSE(cql_value_of(CqlKind::kDecimal, "1e3000000000").ok());
}

TEST(CqlValue, BytesFromOutsideAreLookedAt) {
  const auto valid = [](std::string_view type, std::string_view digits) {
    return is_cql_value(*parse_cql_type(type), *cql_value_of(CqlKind::kBlob, digits));
  };
  EXPECT_FALSE(valid("int", "0x000000"));
  EXPECT_FALSE(valid("boolean", "0x02"));
  EXPECT_FALSE(valid("text", "0xff"));
  EXPECT_FALSE(valid("time", "0xffffffffffffffff"));
  EXPECT_FALSE(valid("inet", "0x7f0000"));
  EXPECT_FALSE(valid("duration", "0x0001"));
  EXPECT_FALSE(valid("duration", "0x020102"));
  EXPECT_TRUE(valid("list<tinyint>",
                    "0x000000020000000102"
                    "0000000101"));
  EXPECT_FALSE(valid("set<tinyint>",
                     "0x000000020000000102"
                     "0000000101"));
  EXPECT_FALSE(valid("list<tinyint>",
                     "0x00000001"
                     "0000000101"
                     "00"));
  EXPECT_FALSE(valid("list<tinyint>", "0xffffffff"));
  EXPECT_FALSE(valid("map<tinyint, tinyint>",
                     "0x00000001"
                     "0000000101"));
}

}  // namespace
}  // namespace millrace
