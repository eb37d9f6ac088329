#include "connect/http/paging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connect/http/pace.h"
#include "connect/http/poll_position.h"

namespace millrace {
namespace {

using testing::HasSubstr;

const std::string kUrl = "https://a.example/v1?q=1";

// What comes behind a page; "end", or what is wrong.
std::string next(const Paging& paging, const std::string& page, const HttpResponse& response, const PageFacts& facts) {
  const auto next = paging.next(kUrl, page, response, facts);
  return !next.ok() ? next.error().message() : next->value_or("end");
}

HttpResponse answer(std::string body) { return {.status = 200, .body = std::move(body), .url = kUrl}; }

TEST(PagingTest, WithoutPagingOneAnswerIsAll) {
  const Paging paging;
  EXPECT_EQ(paging.url_of(kUrl, paging.first_page()), kUrl);
  EXPECT_EQ(next(paging, "", answer("[{}]"), {.records = 1}), "end");
}

TEST(PagingTest, NumbersGoOnUntilAPageIsEmpty) {
  const Paging paging{.kind = Paging::Kind::kPage, .parameter = "p", .size_parameter = "n", .size = 50, .first = 1};
  EXPECT_EQ(paging.url_of(kUrl, paging.first_page()), "https://a.example/v1?q=1&n=50&p=1");
  EXPECT_EQ(next(paging, "9", answer(""), {.records = 1}), "10");
  EXPECT_EQ(next(paging, "9", answer(""), {.records = 1, .unreadable = true}), "10");
  EXPECT_EQ(next(paging, "9", answer(""), {.records = 0}), "end");
}

TEST(PagingTest, AnOffsetGrowsByWhatCame) {
  Paging paging{.kind = Paging::Kind::kOffset, .parameter = "skip"};
  EXPECT_EQ(next(paging, "100", answer(""), {.records = 37}), "137");
  EXPECT_EQ(next(paging, "100", answer(""), {.records = 0}), "end");
  EXPECT_THAT(next(paging, "100", answer(""), {.records = 1, .unreadable = true}),
              HasSubstr("the answer cannot be read, so nobody knows where the next page begins; say `size`"));
  paging.size = 50;
  EXPECT_EQ(next(paging, "100", answer(""), {.records = 1, .unreadable = true}), "150");
}

TEST(PagingTest, ACursorIsWhatStandsAtItsPath) {
  const Paging paging{.kind = Paging::Kind::kCursor, .parameter = "after", .path = {"meta", "next"}};
  EXPECT_EQ(paging.url_of(kUrl, ""), kUrl);
  EXPECT_EQ(paging.url_of(kUrl, "a&b"), "https://a.example/v1?q=1&after=a%26b");
  EXPECT_EQ(next(paging, "", answer(R"({"meta":{"next":"x"}})"), {}), "x");
  EXPECT_EQ(next(paging, "x", answer(R"({"meta":{"next":"x"}})"), {}),
            "the cursor at meta.next leads to the same page again");
  EXPECT_EQ(next(paging, "x", answer(R"({"meta":{"next":null}})"), {.records = 5}), "end");
  EXPECT_EQ(next(paging, "x", answer(""), {}), "end");
}

TEST(PagingTest, ALinkStaysOnItsHostAndUnderTls) {
  Paging paging{.kind = Paging::Kind::kNext, .path = {"next"}};
  const auto leads_to = [&](const std::string& url) {
    return next(paging, "", answer(R"({"next":")" + url + "\"}"), {});
  };
  EXPECT_EQ(leads_to("?page=2"), "https://a.example/v1?page=2");
  EXPECT_EQ(leads_to("https://A.example:443/v2"), "https://A.example:443/v2");
  EXPECT_THAT(leads_to("https://b.example/v1"),
              HasSubstr("the next page is on another host, https://b.example/v1, which"));
  EXPECT_THAT(leads_to("http://a.example/v1"), HasSubstr("is on another host"));
  EXPECT_THAT(leads_to("ftp://a.example/v1"), HasSubstr("the link to the next page: 'ftp://a.example/v1' is no URL"));
  EXPECT_THAT(leads_to(kUrl), HasSubstr("leads to the same page again"));
  paging.hosts = {"b.example", "c.example:8443"};
  EXPECT_EQ(leads_to("https://b.example/v1"), "https://b.example/v1");
  EXPECT_EQ(leads_to("https://c.example:8443/v1"), "https://c.example:8443/v1");
  EXPECT_THAT(leads_to("https://c.example/v1"), HasSubstr("is on another host"));
  EXPECT_THAT(leads_to("http://b.example/v1"), HasSubstr("is on another host"));
}

std::string at(std::string_view json, const std::vector<std::string>& path) {
  const auto found = scalar_at(json, path);
  return !found.ok() ? found.error().message() : found->value_or("nothing");
}

TEST(ScalarAtTest, FindsTextsAndNumbersInObjectsAndLists) {
  constexpr std::string_view kJson = R"({"a":[{"b":1},{"b":"x\u0041","c":null,"d":"","e":false,"f":1.50 }],"g":{}})";
  EXPECT_EQ(at(kJson, {"a", "0", "b"}), "1");
  EXPECT_EQ(at(kJson, {"a", "1", "b"}), "xA");
  EXPECT_EQ(at(kJson, {"a", "1", "f"}), "1.50");
  for (const char* name : {"c", "d", "e", "z"}) EXPECT_EQ(at(kJson, {"a", "1", name}), "nothing") << name;
  for (const char* name : {"2", "x", "-1"}) EXPECT_EQ(at(kJson, {"a", name, "b"}), "nothing") << name;
  EXPECT_EQ(at(kJson, {"g", "x", "y"}), "nothing");
  EXPECT_EQ(at("7", {"a"}), "nothing");
}

TEST(ScalarAtTest, SaysWhatLeadsNowhere) {
  EXPECT_EQ(at(R"({"g":{}})", {"g"}), "what stands at g of the answer is an object, and a text or a number leads on");
  EXPECT_EQ(at(R"({"g":[1]})", {"g"}), "what stands at g of the answer is a list, and a text or a number leads on");
  EXPECT_THAT(at(R"({"a": [1, 2, "next")", {"next"}), HasSubstr("the answer cannot be read up to next: "));
  EXPECT_THAT(at("", {"next"}), HasSubstr("the answer cannot be read up to next: "));
}

TEST(PaceTest, LetsAsManyThroughAsTheRateSays) {
  ManualClock clock(0);
  Pace pace(*Rate::parse("2 per 1s"), clock);
  for (const int64_t wait_us : {0, 0, 1'000'000}) {
    EXPECT_EQ(pace.wait_us(), wait_us);
    if (wait_us == 0) pace.request_goes();
  }
  clock.advance(999'999);
  EXPECT_EQ(pace.wait_us(), 1);
  clock.advance(1);
  EXPECT_EQ(pace.wait_us(), 0);
}

TEST(PaceTest, KnowsWhatARateIs) {
  EXPECT_EQ(Rate::parse("100 per 1m")->per_us, 60'000'000);
  for (const char* text : {"5/s", "5", "0 per 1s", "-1 per 1s", "5 per 0s", "5 per", "x per 1s", "100000 per 1s", ""}) {
    EXPECT_FALSE(Rate::parse(text).has_value()) << text;
  }
}

TEST(PollPositionTest, IsKeptAndFoundAgain) {
  PollPosition poll{.pages = 3,
                    .next = "https://a.example/?cursor=\"x\"",
                    .times = {.start_us = 1, .end_us = 2},
                    .validators = {.etag = "W/\"1\"", .modified = "yesterday", .request = UINT64_MAX}};
  EXPECT_EQ(PollPosition::of(poll.as_position(7)), poll);
  EXPECT_EQ(poll.as_position(7).at("poll").stamp_us, 7);
  poll.at_end = true;
  poll.next = "";
  EXPECT_EQ(PollPosition::of(poll.as_position(7)), poll);
  EXPECT_EQ(PollPosition::of(poll.between_polls().as_position(7)), (PollPosition{.validators = poll.validators}));
}

TEST(PollPositionTest, AnotherSourcesPositionIsAPollThatBegins) {
  EXPECT_EQ(PollPosition::of({}), PollPosition());
  EXPECT_EQ(PollPosition::of({{"users.jsonl", {.next = 7}}}), PollPosition());
  EXPECT_EQ(PollPosition::of({{"poll", {.next = 7, .token = "x"}}}), PollPosition());
  EXPECT_EQ(PollPosition::of({{"poll", {.next = 7, .token = R"({"next":5})"}}}), PollPosition());
}

}  // namespace
}  // namespace millrace
