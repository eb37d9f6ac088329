#include "base/one_line.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(OneLine, HasOneSpaceForEachRunOfWhiteSpaceAndNoneAtItsEnds) {
  EXPECT_EQ(one_line("\n  a,\n\t b \r\n"), "a, b");
  EXPECT_EQ(one_line(" \n "), "");
  EXPECT_EQ(one_line("as it is"), "as it is");
}

}  // namespace
}  // namespace millrace
