#include "connect/home/offset_set.h"

#include <set>

#include <gtest/gtest.h>

#include "base/random.h"

namespace millrace {
namespace {

TEST(OffsetSet, is_the_same_as_a_plain_set_and_comes_back_from_its_text) {
  Random random(7);
  OffsetSet set;
  std::set<int64_t> plain;
  for (int i = 0; i < 2'000; ++i) {
    const auto offset = static_cast<int64_t>(random.below(500));
    set.add(offset);
    plain.insert(offset);
    if (i % 500 == 250) {
      set.add_all_below(i / 10);
      for (int64_t below = 0; below < i / 10; ++below) plain.insert(below);
    }
    ASSERT_EQ(set.size(), plain.size());
  }
  const auto back = OffsetSet::parse(set.text());
  ASSERT_TRUE(back.ok()) << back.error().message();
  for (int64_t offset = 0; offset < 510; ++offset) {
    EXPECT_EQ(back->contains(offset), plain.contains(offset)) << offset;
  }
}

TEST(OffsetSet, keeps_neighbours_in_one_range) {
  OffsetSet set;
  for (const int64_t offset : {4, 2, 3, 9, 0}) set.add(offset);
  EXPECT_EQ(set.text(), "0,2-4,9");
  set.add_all_below(3);
  EXPECT_EQ(set.text(), "0-4,9");
}

TEST(OffsetSet, refuses_what_is_none) {
  for (const char* text : {"a", "1-", "-1", "3,1", "1,,2", "1,", "5-3", "1 2"}) {
    const auto set = OffsetSet::parse(text);
    ASSERT_FALSE(set.ok()) << text;
    EXPECT_EQ(set.error().message(), std::string("'") + text + "' is no set of offsets");
  }
}

}  // namespace
}  // namespace millrace
