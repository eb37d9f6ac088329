#include "base/base64.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

using testing::Optional;

TEST(Base64, EncodesWithPadding) {
  EXPECT_EQ(encode_base64(""), "");
  EXPECT_EQ(encode_base64("f"), "Zg==");
  EXPECT_EQ(encode_base64("fo"), "Zm8=");
  EXPECT_EQ(encode_base64("foo"), "Zm9v");
  EXPECT_EQ(encode_base64(std::string("\0\xff\xfe", 3)), "AP/+");
}

TEST(Base64, DecodesWithAndWithoutPadding) {
  EXPECT_THAT(decode_base64(""), Optional(std::string()));
  EXPECT_THAT(decode_base64("Zg=="), Optional(std::string("f")));
  EXPECT_THAT(decode_base64("Zg"), Optional(std::string("f")));
  EXPECT_THAT(decode_base64("Zm8="), Optional(std::string("fo")));
  EXPECT_THAT(decode_base64("Zm9v"), Optional(std::string("foo")));
}

TEST(Base64, RefusesWhatIsNoBase64) {
  for (const char* text : {"Z", "Zg=", "=", "==", "====", "Z===", "Zm9v=", "Zm 9", "Zg=a", "Zm9vYg=v"}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace millrace
