#include "flow/checks/value_set.h"

#include <string>

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(ValueSet, FindsWhatWasPutInHoweverMuchItGrew) {
  ValueSet set;
  constexpr int64_t kValues = 100'000;
  for (int64_t value = 0; value < kValues; ++value) {
    ASSERT_FALSE(set.contains(ValueKey::of(value * 4096)));
    set.insert(ValueKey::of(value * 4096));
  }
  EXPECT_EQ(set.size(), static_cast<size_t>(kValues));
  for (int64_t value = 0; value < kValues; ++value) ASSERT_TRUE(set.contains(ValueKey::of(value * 4096)));
  EXPECT_FALSE(set.contains(ValueKey::of(int64_t{1})));
  EXPECT_FALSE(set.contains(ValueKey::of(int64_t{-4096})));
}

TEST(ValueSet, TellsTextsApartThatDifferInLengthOrAtTheEnd) {
  ValueSet set;
  std::string text;
  for (size_t size = 0; size < 70; ++size) {
    ASSERT_FALSE(set.contains(ValueKey::of(std::string_view(text)))) << size;
    set.insert(ValueKey::of(std::string_view(text)));
    text += '\0';
  }
  EXPECT_FALSE(set.contains(ValueKey::of(std::string_view("x"))));
  text.back() = 'x';
  EXPECT_FALSE(set.contains(ValueKey::of(std::string_view(text))));
}

TEST(ValueSet, IsFullAtItsLimit) {
  ValueSet set(2);
  set.insert(ValueKey::of(std::string_view("a")));
  EXPECT_FALSE(set.full());
  set.insert(ValueKey::of(std::string_view("b")));
  EXPECT_TRUE(set.full());
  EXPECT_TRUE(set.contains(ValueKey::of(std::string_view("a"))));
}

TEST(ValueSet, NoValueHasTheKeyOfNone) {
  EXPECT_TRUE(ValueKey().empty());
  EXPECT_FALSE(ValueKey::of(int64_t{0}).empty());
  EXPECT_FALSE(ValueKey::of(std::string_view()).empty());
}

}  // namespace
}  // namespace millrace
