#include "connect/http/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

using testing::ElementsAre;

constexpr size_t kRecordMax = 100;

struct Read {
  std::vector<std::string> records;
  std::vector<std::string> damaged;  // "1: why"
  PageFacts facts;
};

Read read(const FileFormat& format, std::string_view body) {
  const auto page = page_of(body, format, kRecordMax);
  MILLRACE_ASSERT(page.ok(), page.error().message());
  Read out{.facts = page->facts};
  for (size_t i = 0; i < page->origin->records(); ++i) out.records.emplace_back(page->origin->record_bytes(i));
  for (const auto& damage : page->origin->damaged) {
    out.damaged.push_back(std::to_string(damage.record) + ": " + damage.reason);
  }
  return out;
}

const FileFormat kDocument{.kind = FileFormat::Kind::kJsonDocument};
const FileFormat kItems{.kind = FileFormat::Kind::kJsonDocument, .records = {"items"}};

TEST(PageTest, AllRecordsOfAnAnswerAreOnePage) {
  const Read page = read(kItems, R"({"n":2,"items":[{"id":1},{"id":2}],"next":"x"})");
  EXPECT_THAT(page.records, ElementsAre(R"({"id":1})", R"({"id":2})"));
  EXPECT_EQ(page.facts.records, 2U);
  EXPECT_FALSE(page.facts.unreadable);
  EXPECT_EQ(read(kDocument, "{\"id\":1}").facts.records, 1U);
  EXPECT_THAT(read({.kind = FileFormat::Kind::kJsonLines}, "{\"id\":1}\n\n{\"id\":2}").records,
              ElementsAre(R"({"id":1})", R"({"id":2})"));
  EXPECT_THAT(read({.kind = FileFormat::Kind::kCsv}, "id,name\n1,ada\n2,bob\n").records, ElementsAre("1,ada", "2,bob"));
}

TEST(PageTest, AnEmptyAnswerHasNoRecords) {
  for (const char* body : {"", "\n", "[]"}) EXPECT_EQ(read(kDocument, body).facts.records, 0U) << body;
  EXPECT_EQ(read(kItems, R"({"items":[]})").facts.records, 0U);
  EXPECT_EQ(read({.kind = FileFormat::Kind::kCsv}, "id,name\n").facts.records, 0U);
}

TEST(PageTest, ARecordThatIsTooLongIsInThePageWithTheOthers) {
  const std::string body = R"([{"id":1},{"id":")" + std::string(2 * kRecordMax, 'x') + R"("},{"id":3}])";
  const Read page = read(kDocument, body);
  ASSERT_EQ(page.records.size(), 3U);
  EXPECT_EQ(page.records[0], R"({"id":1})");
  EXPECT_EQ(page.records[1], body.substr(10, kRecordMax));
  EXPECT_EQ(page.records[2], R"({"id":3})");
  ASSERT_EQ(page.damaged.size(), 1U);
  EXPECT_TRUE(page.damaged[0].starts_with("1: the record has ")) << page.damaged[0];
  EXPECT_FALSE(page.facts.unreadable);
}

TEST(PageTest, AnAnswerThatEndsInItsMiddleHasWhatCameAndWhatIsBroken) {
  const Read page = read(kItems, R"({"items":[{"id":1},{"id":)");
  EXPECT_THAT(page.records, ElementsAre(R"({"id":1})", R"({"id":)"));
  EXPECT_THAT(page.damaged, ElementsAre("1: the file ends inside a document"));
}

TEST(PageTest, WhatIsNoJsonIsOneBrokenRecord) {
  const Read page = read(kDocument, "<html>\n<h1>Sorry</h1>\n</html>");
  EXPECT_THAT(page.records, ElementsAre("<html>\n<h1>Sorry</h1>\n</html>"));
  EXPECT_THAT(page.damaged, ElementsAre("0: the answer is no JSON"));
  EXPECT_TRUE(page.facts.unreadable);
  EXPECT_EQ(read(kDocument, std::string(2 * kRecordMax, 'x')).records[0].size(), kRecordMax);
}

TEST(PageTest, AnAnswerWithoutTheRecordsIsOneBrokenRecordWithAllItsBytes) {
  const Read page = read(kItems, R"({"error": "no such user"})");
  EXPECT_THAT(page.records, ElementsAre(R"({"error": "no such user"})"));
  EXPECT_EQ(page.damaged.size(), 1U);
  EXPECT_TRUE(page.facts.unreadable);
}

}  // namespace
}  // namespace millrace
