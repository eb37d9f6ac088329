#include <gtest/gtest.h>

#include "wire/http/link_header.h"
#include "wire/http/retry_after.h"

namespace millrace {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kNowUs = 784'111'777 * kSecondUs;  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(RetryAfterTest, ReadsSeconds) {
  EXPECT_EQ(retry_after_us("120", kNowUs), 120 * kSecondUs);
  EXPECT_EQ(retry_after_us("0", kNowUs), 0);
}

TEST(RetryAfterTest, ReadsDates) {
  EXPECT_EQ(retry_after_us("Sun, 06 Nov 1994 08:50:07 GMT", kNowUs), 30 * kSecondUs);
  EXPECT_EQ(retry_after_us("Sunday, 06-Nov-94 08:50:07 GMT", kNowUs), 30 * kSecondUs);
  EXPECT_EQ(retry_after_us("Sun Nov  6 08:50:07 1994", kNowUs), 30 * kSecondUs);
  EXPECT_EQ(retry_after_us("Sun, 06 Nov 1994 08:00:00 GMT", kNowUs), 0);
}

TEST(RetryAfterTest, ForEverIsALongTimeThatCanBeReckonedWith) {
  EXPECT_GT(*retry_after_us("99999999999999999999999", kNowUs), int64_t{3600} * kSecondUs);
  EXPECT_LT(*retry_after_us("99999999999999999999999", kNowUs), INT64_MAX / 2);
}

TEST(RetryAfterTest, PassesOverWhatItCannotRead) {
  for (const char* text : {"", "-1", "1.5", "soon", "12x"})
    EXPECT_EQ(retry_after_us(text, kNowUs), std::nullopt) << text;
}

std::optional<std::string> next(const std::string& header) { return link_target({{"link", header}}, "next"); }

TEST(LinkHeaderTest, FindsTheTargetOfARelation) {
  EXPECT_EQ(next("<https://a.example/x?page=2>; rel=\"next\", <https://a.example/x?page=9>; rel=\"last\""),
            "https://a.example/x?page=2");
  EXPECT_EQ(next("</first>; rel=first,</second?a=1,2;3>;rel=next"), "/second?a=1,2;3");
  EXPECT_EQ(next("<a>; title=\"rel=next, \\\" ; <b>\"; REL=\"prev NEXT\""), "a");
  EXPECT_EQ(next("<a>; rel=last; rel=next"), std::nullopt);
  EXPECT_EQ(next("<a>; rel=last"), std::nullopt);
  EXPECT_EQ(next(""), std::nullopt);
  EXPECT_EQ(next("<a"), std::nullopt);
}

TEST(LinkHeaderTest, LooksAtEveryLinkHeader) {
  EXPECT_EQ(link_target({{"Link", "<a>; rel=prev"}, {"X", "<b>; rel=next"}, {"LINK", "<c>; rel=next"}}, "next"), "c");
}

}  // namespace
}  // namespace millrace
