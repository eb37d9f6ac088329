#include "data/find_text.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace millrace {
namespace {

TEST(FindText, FindsWhatTheLibraryFindsInTextsOfTwoLetters) {
  Random random(1);
  const auto text_of = [&](size_t size) {
    std::string text;
    while (text.size() < size) text += random.below(3) == 0 ? 'b' : 'a';
    return text;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = text_of(random.below(80));
    const std::string part = text_of(random.below(9));
    const size_t from = random.below(text.size() + 2);
    ASSERT_EQ(find_text(text, part, from), text.find(part, from)) << text << " " << part << " " << from;
  }
}

TEST(FindText, FindsAPartThatEndsTheText) {
  const std::string text = std::string(40, 'x') + "wheel";
  EXPECT_EQ(find_text(text, "wheel"), 40U);
  EXPECT_EQ(find_text(text, "wheels"), std::string::npos);
}

}  // namespace
}  // namespace millrace
