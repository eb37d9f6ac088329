#include "connect/home/raw.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "connect/home/stretch.h"
#include "store/tables/tables_testing.h"

namespace millrace {
namespace {

constexpr int64_t kNoon = 1'795'262'400'000'000;
constexpr int64_t kSecondUs = 1'000'000;
constexpr std::string_view kTopic = "users.api.raw";

class RawTest : public ::testing::Test {
 protected:
  RawTest() : clock_(kNoon), files_(real_file_system()) {
    auto topics = TopicStore::open({.directory = folder_.path() + "/topics"}, *files_, clock_);
    MILLRACE_ASSERT(topics.ok(), topics.error().message());
    topics_ = std::move(*topics);
    for (const std::string_view name : {kTopic, std::string_view("users")}) {
      MILLRACE_ASSERT(topics_->create_topic(name, {}).ok(), "a topic is made");
    }
  }

  static Payload payload(int64_t number) {
    return {.at_us = kNoon + number * kSecondUs,
            .stamp_us = kNoon + number,
            .run_id = number < 3 ? "first" : "second",
            .source = "https://api.example.com/?page=" + std::to_string(number),
            .status = 200,
            .headers = {{"ETag", "\"x\""}, {"Set-Cookie", "***"}},
            .bytes = std::string("\xff\0 no JSON", 10) + std::to_string(number)};
  }

  void append(std::string_view topic, RecordBatchEncoder& encoder) {
    const auto batch = encoder.finish();
    MILLRACE_ASSERT(batch.ok(), "a batch of a few bytes");
    Commit commit;
    commit.append(topic, 0, *batch);
    MILLRACE_ASSERT(topics_->submit(commit).ok(), "a commit of a few bytes");
    encoder.begin();
  }

  void keep(int64_t number) {
    RecordBatchEncoder encoder(TopicCompression::kZstd);
    add_payload(encoder, "users.ingest", payload(number));
    append(kTopic, encoder);
  }

  // The offsets of those that are meant.
  std::vector<int64_t> meant(const PayloadQuery& query, PayloadReader::Range range = {}) {
    auto reader = PayloadReader::open(*topics_, std::string(kTopic), query, range);
    EXPECT_TRUE(reader.ok());
    std::vector<int64_t> offsets;
    while (true) {
      const auto kept = reader->next();
      EXPECT_TRUE(kept.ok());
      if (!kept.ok() || !*kept) return offsets;
      EXPECT_EQ((*kept)->payload, payload((*kept)->at));
      EXPECT_EQ((*kept)->flow, "users.ingest");
      offsets.push_back((*kept)->at);
    }
  }

  testing::TempFolder folder_;
  ManualClock clock_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<TopicStore> topics_;
};

TEST_F(RawTest, APayloadComesBackByteByByteWithAllThatItCameWith) {
  keep(0);
  EXPECT_EQ(meant({}), std::vector<int64_t>{0});
  EXPECT_EQ(raw_topics(*topics_), std::vector<std::string>{std::string(kTopic)});
}

TEST_F(RawTest, PayloadsAreChosenByOffsetRunTimeAndFlow) {
  for (int64_t number = 0; number < 6; ++number) keep(number);
  const auto at = OffsetSet::parse("1-2,5,9");
  EXPECT_EQ(meant({.at = *at}), (std::vector<int64_t>{1, 2, 5}));
  EXPECT_EQ(meant({.run = "second"}), (std::vector<int64_t>{3, 4, 5}));
  EXPECT_EQ(meant({.from_us = kNoon + 2 * kSecondUs, .to_us = kNoon + 4 * kSecondUs}), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(meant({.flow = "ingest", .run = "first"}), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(meant({.flow = "gest"}), std::vector<int64_t>{});
  EXPECT_EQ(meant({}, {.from = 2, .until = 4}), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ((PayloadQuery{.at = *at, .run = "x", .from_us = kNoon}.text()),
            "payloads at 1-2,5,9 of run x from 2026-11-21 12:00:00");
}

TEST_F(RawTest, ARecordThatIsNoPayloadIsPassedOverAndOneOfAnotherVersionIsAnError) {
  RecordBatchEncoder encoder;
  encoder.add({.value = "{}"});
  append(kTopic, encoder);
  EXPECT_EQ(meant({}), std::vector<int64_t>{});
  const std::vector<RecordHeader> headers = {{"millrace.raw", "2"}};
  encoder.add({.value = "{}", .headers = headers});
  append(kTopic, encoder);
  auto reader = PayloadReader::open(*topics_, std::string(kTopic), {}, {});
  EXPECT_EQ(reader->next().error().message(),
            "payload 1 cannot be read: it has version 2, and this program knows version 1");
}

TEST_F(RawTest, HeadersThatSayWhoSomebodyIsAreMasked) {
  std::vector<PayloadHeader> headers = {{"Content-Type", "text/csv"}, {"X-Api-Key", "k"},
                                        {"AUTHORIZATION", "b"},       {"Set-Cookie", "c"},
                                        {"X-Csrf-Token", "t"},        {"WWW-Authenticate", "Basic"}};
  mask_credentials(headers);
  EXPECT_EQ(headers, (std::vector<PayloadHeader>{{"Content-Type", "text/csv"},
                                                 {"X-Api-Key", "***"},
                                                 {"AUTHORIZATION", "***"},
                                                 {"Set-Cookie", "***"},
                                                 {"X-Csrf-Token", "***"},
                                                 {"WWW-Authenticate", "Basic"}}));
}

TEST_F(RawTest, AStretchIsStampedAsTheWholePartitionIs) {
  // Times stand still, jump, and go back; stamps run ahead of them where many records have one time.
  const std::vector<std::pair<int64_t, int>> batches = {{kNoon, 2000}, {kNoon, 500},         {kNoon + 1'000, 3000},
                                                        {kNoon, 1},    {kNoon + 9'000, 100}, {kNoon + kSecondUs, 3}};
  std::vector<int64_t> stamps;
  RecordBatchEncoder encoder;
  for (const auto& [at_us, records] : batches) {
    for (int i = 0; i < records; ++i) {
      encoder.add({.value = "{}", .timestamp_ms = at_us / 1000});
      const int64_t last = stamps.empty() ? 0 : stamps.back();
      stamps.push_back(i > 0 ? last + 1 : std::max(last + 1, at_us));
    }
    append("users", encoder);
  }
  const auto at_the_beginning = stamp_in_front(*topics_, "users", 0, 0);
  ASSERT_TRUE(at_the_beginning.ok());
  EXPECT_EQ(*at_the_beginning, 0);
  for (const int64_t offset : {1, 1999, 2000, 2001, 2500, 5499, 5500, 5501, 5550, 5601, 5602, 5604}) {
    const auto stamp = stamp_in_front(*topics_, "users", 0, offset);
    ASSERT_TRUE(stamp.ok());
    EXPECT_EQ(*stamp, stamps[static_cast<size_t>(offset) - 1]) << offset;
  }
}

}  // namespace
}  // namespace millrace
