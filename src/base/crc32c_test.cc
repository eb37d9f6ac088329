#include "base/crc32c.h"

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"

namespace millrace {
namespace {

// The vectors of RFC 3720, B.4.
TEST(Crc32c, GivesTheSumsOfTheStandard) {
  std::string rising, falling;
  for (char i = 0; i < 32; ++i) {
    rising += i;
    falling += static_cast<char>(31 - i);
  }
  for (const auto crc : {crc32c, crc32c_portable}) {
    EXPECT_EQ(crc("", 0), 0u);
    EXPECT_EQ(crc("123456789", 0), 0xe3069283u);
    EXPECT_EQ(crc(std::string(32, '\0'), 0), 0x8a9136aau);
    EXPECT_EQ(crc(std::string(32, '\xff'), 0), 0x62a8ab43u);
    EXPECT_EQ(crc(rising, 0), 0x46dd794eu);
    EXPECT_EQ(crc(falling, 0), 0x113fdb5cu);
  }
}

TEST(Crc32c, IsTheSameWithAndWithoutTheInstructionAndInPieces) {
  Random random(7);
  std::string bytes(5000, ' ');
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  for (int round = 0; round < 200; ++round) {
    const size_t begin = random.below(bytes.size());
    const std::string_view part = std::string_view(bytes).substr(begin, random.below(bytes.size() - begin + 1));
    const size_t cut = random.below(part.size() + 1);
    EXPECT_EQ(crc32c(part), crc32c_portable(part));
    EXPECT_EQ(crc32c(part), crc32c(part.substr(cut), crc32c(part.substr(0, cut))));
  }
}

}  // namespace
}  // namespace millrace
