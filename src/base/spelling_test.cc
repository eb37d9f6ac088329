#include "base/spelling.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Spelling, NearestFindsSwappedAndMissingLetters) {
  const std::vector<std::string_view> words = {"select", "expect", "explode"};
  EXPECT_EQ(nearest_spelling("selcet", words), "select");
  EXPECT_EQ(nearest_spelling("exlode", words), "explode");
}

TEST(Spelling, NearestProposesNothingForAWordThatIsFar) {
  const std::vector<std::string_view> words = {"select", "expect"};
  EXPECT_EQ(nearest_spelling("window", words), std::nullopt);
}

TEST(Spelling, DistanceCountsASwapAsOne) {
  EXPECT_EQ(edit_distance("ab", "ba"), 1);
  EXPECT_EQ(edit_distance("Name", "name"), 0);
}

}  // namespace
}  // namespace millrace
