#include "cli/table.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Table, ColumnsAreAlignedAndLinesHaveNoSpacesAtTheirEnds) {
  Table table({"name", "n"});
  table.add({"Zoë", "1"});
  table.add({"a", ""});
  EXPECT_EQ(table.render(80, "  "), "  name  n\n  Zoë   1\n  a\n");
}

TEST(Table, ColumnsThatDoNotFitGoBelowWithTheFirstRepeated) {
  Table table({"id", "a column with a name", "another one"});
  table.add({"1", "x", "y"});
  EXPECT_EQ(table.render(26), "id  a column with a name\n1   x\n\nid  another one\n1   y\n");
}

TEST(Table, TextsAreWrappedAtSpaces) {
  EXPECT_EQ(wrapped("a bc def", 4), (std::vector<std::string>{"a bc", "def"}));
  EXPECT_EQ(wrapped("toolong äöü x", 5), (std::vector<std::string>{"toolong", "äöü x"}));
  EXPECT_EQ(wrapped("", 5), (std::vector<std::string>{""}));
}

TEST(Table, TextsAreCutAtCharactersNotAtBytes) {
  EXPECT_EQ(fit("äöü", 3), "äöü");
  EXPECT_EQ(fit("äöüß", 3), "äö…");
  EXPECT_EQ(fit("a\nb", 5), "a b");
  EXPECT_EQ(fit("abc", 0), "");
}

}  // namespace
}  // namespace millrace
