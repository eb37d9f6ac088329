#include "data/matchers.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

TEST(Matchers, EmailIsANameAtADomainWithADot) {
  for (const char* good : {"a@b.co", "John.Doe+x%y@mail-1.example.com", "_@-.AA"}) EXPECT_TRUE(is_email(good)) << good;
  for (const char* bad : {"", "a", "a@", "@b.co", "a@b", "a@b.c", "a@b.c0", "a@.co", "a@b..co", "a@b.co.", "a b@c.de",
                          "a@b@c.de", "a@b_c.de", "é@b.co", "a@b.co\n"}) {
    EXPECT_FALSE(is_email(bad)) << bad;
  }
}

TEST(Matchers, EmailHasTheLengthsOfItsParts) {
  EXPECT_TRUE(is_email(std::string(64, 'a') + "@b.co"));
  EXPECT_FALSE(is_email(std::string(65, 'a') + "@b.co"));
  EXPECT_TRUE(is_email("a@" + std::string(63, 'b') + ".co"));
  EXPECT_FALSE(is_email("a@" + std::string(64, 'b') + ".co"));
  const std::string label = std::string(62, 'b') + ".";
  EXPECT_TRUE(is_email("a@" + label + label + label + label.substr(0, 60) + ".c" + "o"));  // 254
  EXPECT_FALSE(is_email("aa@" + label + label + label + label.substr(0, 60) + ".co"));
}

TEST(Matchers, UuidIsHexadecimalWithHyphensInTheirPlaces) {
  EXPECT_TRUE(is_uuid("123e4567-e89b-12d3-A456-426614174000"));
  EXPECT_FALSE(is_uuid("123e4567-e89b-12d3-a456-42661417400"));
  EXPECT_FALSE(is_uuid("123e4567-e89b-12d3-a456-4266141740001"));
  EXPECT_FALSE(is_uuid("123e4567ee89b-12d3-a456-42661417400-"));
  EXPECT_FALSE(is_uuid("123e4567-e89b-12d3-a456-42661417400g"));
  EXPECT_FALSE(is_uuid("{23e4567-e89b-12d3-a456-42661417400}"));
}

TEST(Matchers, UrlIsHttpWithAHost) {
  for (const char* good :
       {"http://a", "HTTPS://example.com/x?y=z#w", "http://u:p@h.org:8080", "http://[::1]:80/", "https://bücher.de",
        "http://example.com.", "http://a?b", "https://randomuser.me/api/portraits/med/men/75.jpg"}) {
    EXPECT_TRUE(is_url(good)) << good;
  }
  for (const char* bad : {"", "http://", "http:///x", "ftp://a", "http//a", "http://a b", "http://a:99999", "http://a:",
                          "http://.a", "http://a..b", "http://[1]", "http://a\\b", "example.com", "http://a/\n"}) {
    EXPECT_FALSE(is_url(bad)) << bad;
  }
}

TEST(Matchers, PhoneIsSevenToFifteenDigitsWithCommonPunctuation) {
  for (const char* good : {"1234567", "+123456789012345", "(030) 123-4567", "+49 (0)30/1234567", "06.12.34.56.78",
                           "011-962-7516", "+1 (555) 123-4567"}) {
    EXPECT_TRUE(is_phone(good)) << good;
  }
  for (const char* bad : {"", "123456", "1234567890123456", "++1234567", "12345-", "-1234567", "12--34567", "(123456",
                          "123)4567", "()1234567", "1234567x12", "(12)(34)567", "1234567 ", "12345a7"}) {
    EXPECT_FALSE(is_phone(bad)) << bad;
  }
}

}  // namespace
}  // namespace millrace
