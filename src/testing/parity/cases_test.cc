#include "testing/parity/cases.h"

#include <gtest/gtest.h>

namespace millrace::parity {

TEST(ParityCases, ATableNamesItsRowsByTheirValues) {
  const auto tables = parse_cases("# a comment\nupper('a')\n@ s string | n int\n| 'a|\\'b' | 2\nleft(s, n)\n");
  ASSERT_TRUE(tables.ok());
  ASSERT_EQ(tables->size(), 2U);
  EXPECT_EQ((*tables)[0].key((*tables)[0].expressions[0], 0), "upper('a')");
  EXPECT_EQ((*tables)[1].key((*tables)[1].expressions[0], 0), "left(s, n) | s string = 'a|\\'b', n int = 2");
}

TEST(ParityCases, ARowThatDoesNotFitItsColumnsIsAnError) { EXPECT_FALSE(parse_cases("@ s string\n| 'a' | 1\n").ok()); }

TEST(ParityCases, AColumnWithoutATypeIsAnError) { EXPECT_FALSE(parse_cases("@ s\n").ok()); }

}  // namespace millrace::parity
