#include "wire/cql/parser.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::cql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename T>
T parsed(std::string_view text) {
  auto statement = parse(text);
  MILLRACE_ASSERT(statement.ok(), statement.error().message());
  return std::get<T>(std::move(*statement));
}

std::string error_of(std::string_view text) {
  const auto statement = parse(text);
  return statement.ok() ? "parsed" : statement.error().message();
}
// Without the line that shows the place.
std::string first_line_of_error(std::string_view text) {
  const std::string error = error_of(text);
  return error.substr(0, error.find('\n'));
}

std::string text_of(const Literal& literal) {
  constexpr std::string_view kKinds[] = {"null",     "text", "number", "boolean", "uuid", "blob",
                                         "duration", "list", "set",    "map",     "bind"};
  std::string text = fmt::format("{} {}", kKinds[static_cast<size_t>(literal.kind)], literal.text);
  for (const Literal& element : literal.elements) text += fmt::format("({})", text_of(element));
  return text;
}

std::vector<std::string> texts_of(const std::vector<Relation>& relations) {
  constexpr std::string_view kOperators[] = {"=", "in", "<", "<=", ">", ">="};
  std::vector<std::string> texts;
  for (const Relation& relation : relations) {
    std::string text = fmt::format("{} {}", relation.column.text, kOperators[static_cast<size_t>(relation.op)]);
    for (const Literal& value : relation.values) text += " " + text_of(value);
    texts.push_back(std::move(text));
  }
  return texts;
}

TEST(CqlSelect, EverythingASelectCanSay) {
  const auto select = parsed<Select>(
      "SELECT a, \"B\" AS b2 FROM Shop.Users -- a comment\n"
      "WHERE id = 550e8400-e29b-41d4-a716-446655440000 AND day IN ('x', 'it''s') AND at >= -1.5e3 /* */ AND at < 7\n"
      "ORDER BY at DESC, b LIMIT 10 ALLOW FILTERING;");
  EXPECT_EQ(select.from.keyspace->text, "shop");
  EXPECT_EQ(select.from.table.text, "users");
  ASSERT_EQ(select.selectors.size(), 2U);
  EXPECT_EQ(select.selectors[0].column.text, "a");
  EXPECT_EQ(select.selectors[1].column.text, "B");
  EXPECT_EQ(select.selectors[1].alias->text, "b2");
  EXPECT_THAT(texts_of(select.where), ElementsAre("id = uuid 550e8400-e29b-41d4-a716-446655440000",
                                                  "day in text x text it's", "at >= number -1.5e3", "at < number 7"));
  ASSERT_EQ(select.order_by.size(), 2U);
  EXPECT_TRUE(select.order_by[0].descending);
  EXPECT_FALSE(select.order_by[1].descending);
  EXPECT_EQ(select.limit->text, "10");
  EXPECT_TRUE(select.allow_filtering);
}

TEST(CqlSelect, StarCountAndDistinct) {
  EXPECT_TRUE(parsed<Select>("select * from t").selectors.empty());
  EXPECT_TRUE(parsed<Select>("select count(*) from t").count);
  EXPECT_EQ(parsed<Select>("select count(1) as n from t").alias->text, "n");
  EXPECT_TRUE(parsed<Select>("select distinct a from t").distinct);
  EXPECT_EQ(parsed<Select>("select count from t").selectors[0].column.text, "count");
}

TEST(CqlLiterals, EveryKind) {
  const auto insert = parsed<Insert>(
      "INSERT INTO t (a, b, c, d, e, f, g, h, i, j, k, l, m) VALUES (null, TRUE, 0x0aFF, 1mo2d, [1, -2], {'x'}, {}, "
      "{1: 'a', 2: $$it's$$}, ?, :name, NaN, -infinity, P1Y)");
  std::vector<std::string> values;
  for (const Assignment& one : insert.values) values.push_back(text_of(one.value));
  EXPECT_THAT(values,
              ElementsAre("null null", "boolean true", "blob 0x0aFF", "duration 1mo2d", "list (number 1)(number -2)",
                          "set (text x)", "set ", "map (number 1)(text a)(number 2)(text it's)", "bind ", "bind name",
                          "number nan", "number -infinity", "duration P1Y"));
}

TEST(CqlCreate, ATableWithItsKeyAndProperties) {
  const auto create = parsed<CreateTable>(
      "CREATE TABLE IF NOT EXISTS shop.readings (sensor text, day date, at timestamp, v frozen<map<text, list<int>>>, "
      "PRIMARY KEY ((sensor, day), at)) WITH CLUSTERING ORDER BY (at DESC) AND default_time_to_live = 60 "
      "AND compaction = {'class': 'X'}");
  EXPECT_TRUE(create.if_not_exists);
  ASSERT_EQ(create.columns.size(), 4U);
  EXPECT_EQ(create.columns[3].type.text(), "frozen<map<text, list<int>>>");
  EXPECT_EQ(create.partition_key.size(), 2U);
  EXPECT_EQ(create.clustering_key[0].text, "at");
  EXPECT_TRUE(create.clustering_order[0].descending);
  ASSERT_EQ(create.properties.size(), 2U);
  EXPECT_EQ(create.properties[0].value.text, "60");
  EXPECT_EQ(parsed<CreateTable>("create table t (id uuid primary key, v int)").partition_key[0].text, "id");
  EXPECT_EQ(parsed<CreateKeyspace>("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy'}").name.text, "k");
}

TEST(CqlChanges, AlterDropUseAndTruncate) {
  EXPECT_EQ(parsed<AlterTable>("ALTER TABLE t ADD a int, b text").add.size(), 2U);
  EXPECT_EQ(parsed<AlterTable>("ALTER TABLE t DROP (a, b)").drop.size(), 2U);
  EXPECT_EQ(parsed<AlterTable>("ALTER TABLE t RENAME a TO b AND c TO d").rename[1].to.text, "d");
  EXPECT_EQ(parsed<AlterTable>("ALTER TABLE t WITH default_time_to_live = 1").properties[0].name.text,
            "default_time_to_live");
  EXPECT_TRUE(parsed<Drop>("DROP KEYSPACE IF EXISTS k").keyspace);
  EXPECT_EQ(parsed<Drop>("drop table k.t").name.keyspace->text, "k");
  EXPECT_EQ(parsed<Use>("use \"K\"").keyspace.text, "K");
  EXPECT_EQ(parsed<Truncate>("TRUNCATE TABLE t").name.table.text, "t");
}

TEST(CqlWrites, UpdateAndDelete) {
  const auto update = parsed<Update>("UPDATE t USING TTL 60 AND TIMESTAMP 123 SET a = 1, b = null WHERE id = 2");
  EXPECT_EQ(update.options.ttl->text, "60");
  EXPECT_EQ(update.options.timestamp->text, "123");
  EXPECT_EQ(update.set.size(), 2U);
  EXPECT_THAT(texts_of(update.where), ElementsAre("id = number 2"));
  const auto gone = parsed<Delete>("DELETE a, b FROM t USING TIMESTAMP 5 WHERE id = 1 AND at > 3");
  EXPECT_EQ(gone.columns.size(), 2U);
  EXPECT_EQ(gone.options.timestamp->text, "5");
  EXPECT_EQ(parsed<Delete>("DELETE FROM t WHERE id = 1").columns.size(), 0U);
  EXPECT_TRUE(parsed<Insert>("INSERT INTO t (a) VALUES (1) IF NOT EXISTS USING TTL 5").if_not_exists);
}

TEST(CqlErrors, ShowTheLineAndThePlace) {
  EXPECT_EQ(error_of("SELECT a\nFORM t"),
            "2:1: FROM is expected here, but there is 'form'; did you mean FROM?\n"
            "FORM t\n"
            "^");
  EXPECT_EQ(error_of("SELECT \u00e4 FROM t"), "1:8: '\u00e4' has no meaning in CQL\nSELECT \u00e4 FROM t\n       ^");
  const std::string shown = error_of("SELECT " + std::string(500, 'a') + " FORM t");
  EXPECT_LT(shown.size(), 300U);
}

TEST(CqlErrors, SayWhatIsExpectedAndProposeTheWordThatWasMeant) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"",
       "1:1: SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, TRUNCATE or USE is expected here, but the statement "
       "ends"},
      {"SELCT * FROM t",
       "1:1: SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, TRUNCATE or USE is expected here, but "
       "there is 'selct'; did you mean SELECT?"},
      {"SELECT * FROM", "1:14: a table's name is expected here, but the statement ends"},
      {"SELECT * FROM select",
       "1:15: a table's name is expected here, and SELECT is a word of CQL; put it in double quotes "
       "if it is a name"},
      {"SELECT * FROM t WEHRE a = 1",
       "1:17: WHERE, ORDER BY, LIMIT, ALLOW FILTERING or the end is expected here, but there "
       "is 'wehre'; did you mean WHERE?"},
      {"SELECT * FROM t WHERE a = b", "1:27: a value is expected here, but there is 'b'; put text in single quotes"},
      {"SELECT * FROM t WHERE a = \"b\"",
       "1:27: a value is expected here; text stands in single quotes, not double ones"},
      {"SELECT * FROM t WHERE a != 1", "1:25: CQL has no !=; ask for the ranges on both sides"},
      {"SELECT * FROM t WHERE a LIKE 1", "1:25: =, IN, <, <=, > or >= is expected here, but there is 'like'"},
      {"SELECT * FROM t WHERE a = 1 OR b = 2", "1:29: CQL has no OR; use IN, or ask twice"},
      {"SELECT * FROM t WHERE token(a) > 1", "1:23: functions such as token() are not supported; compare columns"},
      {"SELECT * FROM t WHERE (a, b) = (1, 2)",
       "1:23: conditions on several columns at once are not supported; join them by AND"},
      {"SELECT max(a) FROM t", "1:8: functions such as max() are not supported; there is count(*), alone"},
      {"SELECT count(a) FROM t", "1:14: * or 1 is expected here, but there is 'a'"},
      {"SELECT * FROM t GROUP BY a", "1:17: GROUP BY is not supported"},
      {"SELECT * FROM t PER PARTITION LIMIT 2", "1:31: PER PARTITION LIMIT is not supported"},
      {"SELECT * FROM t LIMIT 1.5", "1:23: a LIMIT is a whole number"},
      {"SELECT * FROM t; x", "1:18: the end of the statement is expected here, but there is 'x'"},
      {"SELECT * FROM t WHERE a = 'x", "1:27: this string has no end; close it with '"},
      {"SELECT * FROM t WHERE a = $$x", "1:27: this string has no end; close it with $$"},
      {"SELECT * FROM \"t", "1:15: this name has no end; close it with \""},
      {"SELECT * /* FROM t", "1:10: this comment has no end; close it with */"},
      {"SELECT * FROM \"\"", "1:15: a table's name must not be empty"},
      {"SELECT * FROM t WHERE a = 0x0", "1:27: a blob is an even number of hexadecimal digits behind 0x"},
      {"SELECT * FROM t WHERE a = 1x", "1:27: '1x' is neither a number nor a duration; a name begins with a letter"},
      {"SELECT * FROM t WHERE a = -'x'", "1:28: a number is expected behind '-'"},
      {"SELECT * FROM t WHERE a = now()", "1:27: functions such as now() are not supported here; write the value"},
      {"CREATE INDEX i", "1:8: KEYSPACE or TABLE is expected here, but there is 'index'"},
      {"CREATE TABLE t (a int)", "1:14: the table has no PRIMARY KEY; add PRIMARY KEY (column) behind its columns"},
      {"CREATE TABLE t (a int primary key, primary key (a))", "1:48: there is a PRIMARY KEY already"},
      {"CREATE TABLE t (a txet primary key)", "1:19: type 'txet': there is no type txet; did you mean text?"},
      {"CREATE TABLE t (a int static)", "1:23: static columns are not supported"},
      {"ALTER TABLE t ADDD a int",
       "1:15: ADD, DROP, RENAME or WITH is expected here, but there is 'addd'; did you mean ADD?"},
      {"DROP INDEX i", "1:6: KEYSPACE or TABLE is expected here, but there is 'index'"},
      {"INSERT INTO t (a, b) VALUES (1)", "1:31: there are 2 columns, but 1 values"},
      {"INSERT INTO t (a) VALUES (1, 2)", "1:28: there are more values than the 1 columns"},
      {"INSERT INTO t JSON '{}'", "1:15: INSERT JSON is not supported"},
      {"INSERT INTO t (a) VALUES (1) USING TLL 1",
       "1:36: TTL or TIMESTAMP is expected here, but there is 'tll'; did you mean TTL?"},
      {"UPDATE t SET a = 1", "1:19: WHERE with the key of the row is expected here, but the statement ends"},
      {"UPDATE t SET a[1] = 1 WHERE b = 1", "1:15: collections are set whole; parts of them cannot be changed"},
      {"UPDATE t SET a = {1} + a WHERE b = 1", "1:22: collections are set whole; parts of them cannot be changed"},
      {"UPDATE t SET a = 1 WHERE b = 1 IF a = 2", "1:32: conditions behind IF are not supported"},
      {"UPDATE t USING TTL 'x' SET a = 1 WHERE b = 1", "1:20: a TTL is a whole number"},
      {"DELETE a FORM t WHERE b = 1", "1:10: FROM is expected here, but there is 'form'; did you mean FROM?"},
      {"SELECT * FROM t WHERE a = [[[[[[[[[1]]]]]]]]]", "1:35: collections within collections, more than 8 deep"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(first_line_of_error(text), expected) << text;
}

TEST(CqlErrors, LimitsAreSaid) {
  EXPECT_EQ(error_of(std::string(kStatementBytesMax + 1, ' ')), "the statement has 1048577 bytes; 1048576 at most");
  EXPECT_EQ(error_of("SELECT \xff"), "the statement is not UTF-8 from byte 7 on");
  std::string many = "SELECT a";
  for (size_t i = 0; i < kListMax; ++i) many += ",a";
  EXPECT_THAT(error_of(many + " FROM t"), HasSubstr("more than 10000 columns"));
  many = "SELECT * FROM t WHERE a IN (1";
  for (size_t i = 0; i < kListMax; ++i) many += ",1";
  EXPECT_THAT(error_of(many + ")"), HasSubstr("more than 10000 values"));
}

}  // namespace
}  // namespace millrace::cql
