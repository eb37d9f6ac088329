#include "connect/file/given_csv.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

Node text(std::string value) { return {.kind = Node::Kind::kScalar, .text = std::move(value)}; }

Node record(const std::vector<std::pair<std::string, std::string>>& fields) {
  Node node{.kind = Node::Kind::kMap};
  for (const auto& [key, value] : fields) node.entries.emplace_back(text(key), text(value));
  return node;
}

TEST(GivenCsv, TheHeaderHasWhatIsWantedAndWhatTheMapsName) {
  EXPECT_EQ(
      given_csv({record({{"name", "Ada"}, {"more", "x"}}), record({{"id", "2"}})}, {"id", "name", "id"}, {}).value(),
      "id,name,more\n,Ada,x\n2,,\n");
}

TEST(GivenCsv, FieldsAreQuotedWhereTheFormatAsksForIt) {
  const CsvDialect dialect{.delimiter = ';', .escape = '\\', .null_text = "NULL"};
  EXPECT_EQ(given_csv({record({{"a", "x;y"}, {"b", "say \"hi\" \\"}}), record({{"a", ""}, {"b", "NULL"}})},
                      {"a", "b", "c"}, dialect)
                .value(),
            "a;b;c\n\"x;y\";\"say \"\"hi\"\" \\\\\";NULL\n\"\";\"NULL\";NULL\n");
}

TEST(GivenCsv, ATextIsALineAsItIs) {
  EXPECT_EQ(given_csv({text("1,\"broken"), text("2,b\n")}, {"id", "name"}, {}).value(), "id,name\n1,\"broken\n2,b\n");
}

TEST(GivenCsv, AFileWithoutAHeaderHasItsOwnColumnsOnly) {
  const CsvDialect dialect{.header = false, .names = {"id", "name"}};
  EXPECT_EQ(given_csv({record({{"name", "Ada"}})}, {"id"}, dialect).value(), ",Ada\n");
  EXPECT_EQ(given_csv({record({{"nmae", "Ada"}})}, {}, dialect).error().message(),
            "the test gives 'nmae', and the file has no such column; there are: id, name");
}

}  // namespace
}  // namespace millrace
