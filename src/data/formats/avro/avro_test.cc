#include <gtest/gtest.h>

#include "data/formats/avro/avro_testing.h"
#include "data/formats/bytes_testing.h"
#include "data/formats/json_reader.h"

namespace millrace {
namespace {

using namespace std::string_literals;

std::string record_of(std::string_view fields) {
  return R"({"type":"record","name":"R","fields":[)" + std::string(fields) + "]}";
}
std::string field(std::string_view name, std::string_view type) {
  return R"({"name":")" + std::string(name) + R"(","type":)" + std::string(type) + "}";
}
std::string error_of(std::string_view schema) {
  const auto parsed = AvroSchema::parse(schema);
  return parsed.ok() ? "" : parsed.error().message();
}

// Avro's own example of a string and numbers: 0 -1 1 -2 2 are 00 01 02 03 04.
TEST(Avro, NumbersAreZigZag) {
  EXPECT_EQ(decoded(record_of(field("n", "\"long\"")),
                    {"\x00"s, "\x01", "\x02", "\x7f", "\x80\x01", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
                    {{"n", TypeKind::kBigint}}),
            "{\"n\":0}\n{\"n\":-1}\n{\"n\":1}\n{\"n\":-64}\n{\"n\":64}\n{\"n\":-9223372036854775808}\n");
}

TEST(Avro, AllTypesBecomeColumns) {
  const std::string schema = record_of(
      field("b", "\"boolean\"") + "," + field("f", "\"float\"") + "," + field("y", "\"bytes\"") + "," +
      field("e", R"({"type":"enum","name":"E","symbols":["A","B"]})") + "," +
      field("x", R"({"type":"fixed","name":"F","size":2})") + "," +
      field("d", R"({"type":"bytes","logicalType":"decimal","precision":5,"scale":2})") + "," +
      field("day", R"({"type":"int","logicalType":"date"})") + "," +
      field("t", R"({"type":"long","logicalType":"timestamp-millis"})") + "," +
      field("a", R"({"type":"array","items":"int"})") + "," + field("m", R"({"type":"map","values":"string"})") + "," +
      field("u", R"({"type":"fixed","name":"U","size":16,"logicalType":"uuid"})"));
  const auto columns = avro_columns_of(avro_schema(schema));
  ASSERT_TRUE(columns.ok());
  std::string record = "\x01"s + "\x00\x00\xc0\x3f"s + "\x04\xff\x00"s + "\x02" + "ab" + "\x04\xff\x38"s + "\x02" +
                       "\xd0\x0f" + "\x04\x02\x04\x00"s + "\x01\x08\x02k\x02v\x00"s;
  for (char c = 0; c < 16; ++c) record += c;
  EXPECT_EQ(
      decoded(schema, {record}, columns->columns),
      R"({"b":true,"f":1.5,"y":"/wA=","e":"B","x":"YWI=","d":-2.00,"day":"1970-01-02","t":"1970-01-01T00:00:01Z",)"
      R"("a":[1,2],"m":{"k":"v"},"u":"00010203-0405-0607-0809-0a0b0c0d0e0f"})"
      "\n");
}

// What the decoder is to give for what the writer made of every type there is.
TEST(Avro, WhatIsWrittenIsReadAgain) {
  const std::vector<Field> fields = {
      {"s", TypeKind::kString},
      {"i", TypeKind::kInt},
      {"l", TypeKind::kBigint},
      {"d", TypeKind::kDouble},
      {"b", TypeKind::kBool},
      {"bin", TypeKind::kBinary},
      {"dec", Type::decimal(38, 6)},
      {"day", TypeKind::kDate},
      {"ts", TypeKind::kTimestamp},
      {"a", Type::array(Type::structure({{"x", TypeKind::kInt}, {"y", TypeKind::kString}}))},
      {"m", Type::map(TypeKind::kString, Type::array(TypeKind::kDouble))},
      {"mi", Type::map(TypeKind::kInt, TypeKind::kString)},
      {"r", Type::structure({{"x", Type::structure({{"y", TypeKind::kBool}})}})}};
  const std::string json =
      R"({"s":"grüße","i":-2147483648,"l":9223372036854775807,"d":-0.5,"b":true,"bin":"AP8=",)"
      R"("dec":-12345678901234567890123456789012.345678,"day":"1582-10-04","ts":"0001-01-01T00:00:00Z",)"
      R"("a":[{"x":1,"y":"a"},{"x":null,"y":null},null],"m":{"k":[1.0,null],"":null},"mi":{"7":"seven"},)"
      R"("r":{"x":{"y":false}}})"
      "\n"
      R"({"s":null,"i":null,"l":null,"d":null,"b":null,"bin":null,"dec":null,"day":null,"ts":null,"a":null,"m":null,)"
      R"("mi":null,"r":null})"
      "\n"
      R"({"s":"","i":0,"l":0,"d":0.0,"b":false,"bin":"","dec":0.000000,"day":"1970-01-01","ts":"1970-01-01T00:00:00Z",)"
      R"("a":[],"m":{},"mi":{},"r":{"x":null}})"
      "\n";
  const auto columns = read_columns(fields);
  JsonReader from(columns);
  const auto framing = line_framing(std::make_unique<TextStream>(json), {});
  ReadOutcome read = from.read(**cut_all(*framing, kRecordBytesMax));
  ASSERT_TRUE(read.faults.empty()) << read.faults[0].reason;
  Batch batch;
  batch.rows = 3;
  batch.columns = read.columns;
  std::vector<WriteColumn> out;
  for (size_t i = 0; i < fields.size(); ++i) out.push_back({fields[i].name, fields[i].type, i});
  const AvroWriter writer(out);
  const auto written = writer.write(batch, Rows::all(3), "");
  std::vector<std::string> records;
  size_t at = 0;
  for (const size_t end : written.ends) {
    records.emplace_back(written.bytes.as<char>() + at, end - at);
    EXPECT_LE(records.back().size(), writer.record_bytes_at_most(batch));
    at = end;
  }
  const std::string schema = avro_schema_of(fields, "shop.Orders").text();
  EXPECT_EQ(decoded(schema, records, fields), json);
  EXPECT_EQ(decoded(schema, records, fields, schema), json);
  const auto back = avro_columns_of(avro_schema(schema));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->columns, fields);
}

TEST(Avro, SchemasAreNamedAfterPipelineAndTopic) {
  EXPECT_EQ(avro_record_name("users", "users_created"), "users.UsersCreated");
  EXPECT_EQ(avro_record_name("my-shop", "7.orders"), "my_shop._7Orders");
  const std::vector<Field> fields = {{"id", TypeKind::kString},
                                     {"lines", Type::array(Type::structure({{"sku", TypeKind::kString}}))}};
  EXPECT_EQ(avro_schema_of(fields, "shop.Orders").text(),
            R"({"type":"record","name":"Orders","namespace":"shop","fields":[{"name":"id","type":["null","string"],)"
            R"("default":null},{"name":"lines","type":["null",{"type":"array","items":["null",{"type":"record",)"
            R"("name":"OrdersLines","fields":[{"name":"sku","type":["null","string"],"default":null}]}]}],)"
            R"("default":null}]})");
  EXPECT_EQ(avro_name_problem(fields), std::nullopt);
  const std::vector<Field> wrong = {{"a", Type::array(Type::structure({{"größe", TypeKind::kInt}}))}};
  EXPECT_EQ(avro_name_problem(wrong), "größe");
}

TEST(Avro, SchemasArePrintedAsTheyAreRead) {
  const std::string schema =
      R"({"type":"record","name":"R","namespace":"a.b","aliases":["a.b.Q"],"fields":[{"name":"e","type":)"
      R"({"type":"enum","name":"E","namespace":"c","symbols":["X","Y"],"default":"Y"},"aliases":["f"],"default":"X"},)"
      R"({"name":"again","type":["null","c.E","R"]},{"name":"d","type":{"type":"fixed","name":"D","size":4,)"
      R"("logicalType":"decimal","precision":9,"scale":2}},{"name":"t","type":{"type":"map","values":)"
      R"({"type":"long","logicalType":"local-timestamp-micros"}}}]})";
  EXPECT_EQ(avro_schema(schema).text(), schema);
  EXPECT_EQ(avro_schema("\"string\"").text(), "\"string\"");
}

TEST(Avro, WrongSchemasSayWhatIsWrong) {
  EXPECT_EQ(error_of("{"), "the Avro schema is not JSON");
  EXPECT_EQ(error_of("\"strng\""), "the Avro schema is wrong: there is no type 'strng'");
  EXPECT_EQ(error_of("{\"type\":\"record\",\"fields\":[]}"),
            "the Avro schema is wrong: a type of kind record needs a 'name'");
  EXPECT_EQ(error_of(record_of(field("a", "\"int\"") + "," + field("a", "\"int\""))),
            "the Avro schema is wrong: record R has field 'a' twice");
  EXPECT_EQ(error_of(record_of(field("a b", "\"int\""))),
            "the Avro schema is wrong: 'a b' is no name: letters, digits and _");
  EXPECT_EQ(error_of(record_of(field("a", R"(["int","int"])"))), "the Avro schema is wrong: a union has int twice");
  EXPECT_EQ(error_of(record_of(R"({"name":"a","type":"int","default":"x"})")),
            "the Avro schema is wrong: the default of field a of record R, \"x\", is no int");
  EXPECT_EQ(error_of(R"({"type":"enum","name":"E","symbols":["A","A"]})"),
            "the Avro schema is wrong: enum E has symbol 'A' twice");
  EXPECT_EQ(error_of(R"({"type":"fixed","name":"F","size":-1})"),
            "the Avro schema is wrong: fixed F needs a 'size' of 0 to 1048576 bytes");
  EXPECT_EQ(error_of(std::string(kAvroSchemaBytesMax + 1, ' ')),
            "the Avro schema has 1048577 bytes, and 1048576 is the most");
  std::string deep = "\"int\"";
  for (int i = 0; i < 100; ++i) deep = R"({"type":"array","items":)" + deep + "}";
  EXPECT_EQ(error_of(deep), "the Avro schema is wrong: its types go deeper than 64");
}

TEST(Avro, ReadersSchemasResolve) {
  const std::string old = record_of(field("id", "\"int\"") + "," + field("gone", "\"string\"") + "," +
                                    field("kind", R"({"type":"enum","name":"K","symbols":["A","B","C"]})") + "," +
                                    field("was", "\"float\""));
  const std::string now =
      record_of(R"({"name":"is","type":["null","double"],"aliases":["was"]},{"name":"id","type":"long"},)"
                R"({"name":"kind","type":{"type":"enum","name":"K","symbols":["A","UNKNOWN"],"default":"UNKNOWN"}},)"
                R"({"name":"added","type":{"type":"map","values":"int"},"default":{"k":7}})");
  const auto columns = avro_columns_of(avro_schema(now));
  ASSERT_TRUE(columns.ok());
  const std::string record = "\x54\x04no\x04"s + "\x00\x00\x00\x3f"s;
  EXPECT_EQ(decoded(old, {record}, columns->columns, now),
            "{\"is\":0.5,\"id\":42,\"kind\":\"UNKNOWN\",\"added\":{\"k\":7}}\n");
  // Without a schema of the reader's the columns decide: what is missing is null.
  EXPECT_EQ(decoded(old, {record}, columns->columns), "{\"is\":null,\"id\":42,\"kind\":\"C\",\"added\":null}\n");
}

TEST(Avro, WhatDoesNotResolveSaysWhy) {
  const std::string text = record_of(field("n", "\"string\""));
  EXPECT_EQ(decoded(text, {}, {{"n", TypeKind::kInt}}), "n: it is written as string, and read as int");
  EXPECT_EQ(decoded(record_of(field("n", "\"long\"")), {}, {{"n", TypeKind::kInt}}),
            "n: it is written as long, and read as int");
  EXPECT_EQ(decoded(text, {}, {{"m", TypeKind::kInt}}, record_of(field("m", "\"int\""))),
            "m: the writer does not have it, and it has no default");
  EXPECT_EQ(decoded("\"string\"", {}, {}), "an Avro schema of string, not of a record");
  EXPECT_EQ(decoded(record_of(field("r", record_of(field("n", "\"int\"")).replace(25, 1, "Q"))), {},
                    {{"r", Type::structure({{"n", TypeKind::kString}})}}),
            "r: n: it is written as int, and read as string");
}

TEST(Avro, UnionsAreReadBranchByBranch) {
  const std::string writer = record_of(field("u", R"(["null","int","string","double"])"));
  const std::vector<std::string> records = {"\x00"s, "\x02\x54", "\x04\x02x", "\x06\x00\x00\x00\x00\x00\x00\xe0\x3f"s};
  EXPECT_EQ(
      decoded(writer, records, {{"u", TypeKind::kDouble}}),
      "{\"u\":null}\n{\"u\":42.0}\n{\"u\":null}\n{\"u\":0.5}\n2 u: it is written as string, and read as double\n");
  const auto columns = avro_columns_of(avro_schema(writer));
  ASSERT_TRUE(columns.ok());
  EXPECT_EQ(decoded(writer, records, columns->columns, writer),
            "{\"u\":null}\n"
            "{\"u\":{\"member0\":42,\"member1\":null,\"member2\":null}}\n"
            "{\"u\":{\"member0\":null,\"member1\":\"x\",\"member2\":null}}\n"
            "{\"u\":{\"member0\":null,\"member1\":null,\"member2\":0.5}}\n");
  EXPECT_EQ(decoded(record_of(field("u", "\"int\"")), {"\x54"}, columns->columns, writer),
            "{\"u\":{\"member0\":42,\"member1\":null,\"member2\":null}}\n");
}

// Whatever the columns are.
TEST(Avro, ABrokenRecordIsBrokenAndItsNeighboursAreNot) {
  const std::string schema = record_of(field("a", "\"string\"") + "," + field("b", R"(["null","boolean"])") + "," +
                                       field("c", R"({"type":"array","items":"int"})"));
  const std::string good = "\x02x\x02\x01\x02\x02\x00"s;
  const std::vector<std::string> records = {good,
                                            good + "x",
                                            good.substr(0, 6),
                                            "\x02\xff\x00\x00"s,
                                            "\x02x\x04"s,
                                            "\x02x\x02\x02\x00"s,
                                            "\x01",
                                            "\x02x\x00\x01\x06\x02\x00"s,
                                            "",
                                            good};
  const std::string faults =
      "1 not Avro: there are bytes behind its end\n"
      "2 not Avro: field c: the bytes end inside of it\n"
      "3 not Avro: field a: a text that is not UTF-8\n"
      "4 not Avro: field b: a branch of a union that there is not\n"
      "5 not Avro: field b: a boolean that is neither 0 nor 1\n"
      "6 not Avro: field a: a length below 0\n"
      "7 not Avro: field c: the bytes end inside of it\n"
      "8 not Avro: field a: the bytes end inside of it\n";
  const auto rows = [](const std::string& first, const std::string& null) {
    return first + null + null + null + null + null + null + null + null + first;
  };
  EXPECT_EQ(decoded(schema, records, {{"a", TypeKind::kString}}), rows("{\"a\":\"x\"}\n", "{\"a\":null}\n") + faults);
  EXPECT_EQ(decoded(schema, records, {{"b", TypeKind::kBool}}), rows("{\"b\":true}\n", "{\"b\":null}\n") + faults);
}

TEST(Avro, HostileRecordsCostLittle) {
  const std::string nulls = record_of(field("n", R"({"type":"array","items":"null"})"));
  const std::vector<Field> none = {{"x", TypeKind::kInt}};
  EXPECT_EQ(decoded(nulls, {"\x80\x80\x80\x80\x80\x80\x01\x00"s}, none),
            "{\"x\":null}\n0 not Avro: field n: more than 65536 values that take no bytes\n");
  const std::string texts = record_of(field("n", R"({"type":"array","items":"string"})"));
  EXPECT_EQ(decoded(texts, {"\x80\x80\x80\x80\x80\x80\x01\x00"s}, none),
            "{\"x\":null}\n0 not Avro: field n: the bytes end inside of it\n");
  const std::string tree = record_of(field("in", R"({"type":"array","items":"R"})"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "\x02";
  EXPECT_EQ(decoded(tree, {deep}, none), "{\"x\":null}\n0 not Avro: field in: values go deeper than 256\n");
  // Records of nothing inside of records of nothing, two in each.
  std::string fields;
  for (int i = 0; i < 60; ++i) {
    const std::string before = i == 0 ? "\"null\"" : "\"R" + std::to_string(i - 1) + "\"";
    fields += (i == 0 ? "" : ",") +
              field("f" + std::to_string(i), R"({"type":"record","name":"R)" + std::to_string(i) + R"(","fields":[)" +
                                                 field("a", before) + "," + field("b", before) + "]}");
  }
  EXPECT_EQ(decoded(record_of(fields), {""}, none),
            "{\"x\":null}\n0 not Avro: field f14: more than 65536 values that take no bytes\n");
  const auto columns = avro_columns_of(avro_schema(record_of(fields)));
  ASSERT_TRUE(columns.ok());
  EXPECT_EQ(columns->left_out.size(), 60U);
}

TEST(Avro, ValuesThatDoNotFitTheirTypeAreFaults) {
  const std::string schema =
      record_of(field("d", R"({"type":"bytes","logicalType":"decimal","precision":5,"scale":2})") + "," +
                field("t", R"({"type":"long","logicalType":"timestamp-millis"})") + "," + field("y", "\"bytes\""));
  const std::vector<Field> fields = {{"d", Type::decimal(4, 1)}, {"t", TypeKind::kTimestamp}, {"y", TypeKind::kString}};
  EXPECT_EQ(decoded(schema, {"\x02\x64\x00\x02y"s, "\x02\x65\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\xff"}, fields),
            "{\"d\":1.0,\"t\":\"1970-01-01T00:00:00Z\",\"y\":\"y\"}\n{\"d\":null,\"t\":null,\"y\":null}\n"
            "1 d: a decimal does not fit decimal(4,1)\n"
            "1 t: -9223372036854775808 is no time that a timestamp can be\n"
            "1 y: the bytes are not UTF-8\n");
}

}  // namespace
}  // namespace millrace
