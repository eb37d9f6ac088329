#include "store/topics/record_batch.h"

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "store/topics/varint.h"

namespace millrace {
namespace {

using testing::HasSubstr;

constexpr std::array kAll = {TopicCompression::kNone, TopicCompression::kGzip, TopicCompression::kSnappy,
                             TopicCompression::kLz4, TopicCompression::kZstd};

const std::vector<RecordHeader> kHeaders = {{"source", "api"}, {"empty", ""}, {"null", std::nullopt}};

// Records of every shape: with and without key, value and headers, times that go back, one that is large.
std::vector<TopicRecord> samples(const std::string& large) {
  std::vector<TopicRecord> records = {
      {.key = "k", .value = "v", .timestamp_ms = 1'700'000'000'000},
      {.key = std::nullopt, .value = "no key", .timestamp_ms = 1'700'000'000'001},
      {.key = "tombstone", .value = std::nullopt, .timestamp_ms = 1'600'000'000'000},
      {.key = "", .value = "", .headers = kHeaders, .timestamp_ms = 1'700'000'000'002},
      {.key = std::nullopt, .value = std::nullopt, .timestamp_ms = -1},
      {.key = "large", .value = large, .headers = std::span(kHeaders).first(1), .timestamp_ms = INT64_MAX},
  };
  for (size_t i = 0; i < records.size(); ++i) records[i].offset = static_cast<int64_t>(i);
  return records;
}

void expect_equal(const TopicRecord& got, const TopicRecord& wanted) {
  EXPECT_EQ(got.key, wanted.key);
  EXPECT_EQ(got.value, wanted.value);
  EXPECT_EQ(got.timestamp_ms, wanted.timestamp_ms);
  EXPECT_EQ(got.offset, wanted.offset);
  ASSERT_EQ(got.headers.size(), wanted.headers.size());
  for (size_t i = 0; i < got.headers.size(); ++i) {
    EXPECT_EQ(got.headers[i].key, wanted.headers[i].key);
    EXPECT_EQ(got.headers[i].value, wanted.headers[i].value);
  }
}

std::string encoded(TopicCompression compression, const std::vector<TopicRecord>& records) {
  RecordBatchEncoder encoder(compression);
  for (const TopicRecord& record : records) encoder.add(record);
  auto batch = encoder.finish();
  EXPECT_TRUE(batch.ok()) << batch.error().message();
  return std::string(batch->bytes());
}

std::string random_text(size_t bytes) {
  Random random(11);
  std::string text(bytes, ' ');
  for (char& c : text) c = static_cast<char>('a' + random.below(20));
  return text;
}

TEST(RecordBatch, WhatIsWrittenIsReadWithEveryCompression) {
  const std::string large = random_text(300'000);
  const std::vector<TopicRecord> records = samples(large);
  for (const TopicCompression compression : kAll) {
    SCOPED_TRACE(topic_compression_name(compression));
    const std::string bytes = encoded(compression, records) + "what stands behind is not looked at";
    RecordBatchDecoder decoder;
    for (int round = 0; round < 2; ++round) {  // in memory that was used before
      auto read = decoder.decode(bytes);
      ASSERT_TRUE(read.ok()) << read.error().message();
      ASSERT_EQ(read->size(), records.size());
      for (size_t i = 0; i < records.size(); ++i) expect_equal((*read)[i], records[i]);
    }
    EXPECT_EQ(decoder.header().max_timestamp_ms, INT64_MAX);
    EXPECT_EQ(decoder.header().end_offset(), 6);
  }
}

TEST(RecordBatch, AnEncoderIsUsedAgain) {
  RecordBatchEncoder encoder(TopicCompression::kLz4);
  for (int round = 0; round < 3; ++round) {
    encoder.begin();
    for (int i = 0; i <= round; ++i) encoder.add({.value = "value", .timestamp_ms = round});
    auto batch = encoder.finish();
    ASSERT_TRUE(batch.ok());
    EXPECT_EQ(batch->offsets(), round + 1);
    EXPECT_EQ(batch->max_timestamp_ms(), round);
    RecordBatchDecoder decoder;
    EXPECT_EQ(decoder.decode(batch->bytes())->size(), static_cast<size_t>(round) + 1);
  }
}

TEST(RecordBatch, EveryCutAndEveryFlippedBitIsFound) {
  for (const TopicCompression compression : kAll) {
    SCOPED_TRACE(topic_compression_name(compression));
    std::string bytes = encoded(compression, samples("not so large"));
    RecordBatchDecoder decoder;
    for (size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_FALSE(decoder.decode(std::string_view(bytes).substr(0, length)).ok()) << length;
    }
    for (size_t at = 8; at < bytes.size(); ++at) {
      if (at >= 12 && at < 16) continue;  // the leader's epoch is outside of the checksum, as is the offset before it
      bytes[at] ^= 0x10;
      EXPECT_FALSE(decoder.decode(bytes).ok()) << at;
      bytes[at] ^= 0x10;
    }
    EXPECT_TRUE(decoder.decode(bytes).ok());
  }
}

TEST(RecordBatch, SaysWhatIsWrong) {
  std::string bytes = encoded(TopicCompression::kNone, {{.value = "v"}});
  const auto error = [](std::string_view text) {
    return std::string(RecordBatchDecoder().decode(text).error().message());
  };
  EXPECT_EQ(error("short"), "not a record batch: 5 bytes are too few for its header");
  EXPECT_EQ(error(std::string_view(bytes).substr(0, 65)), "not a record batch: 4 of its 69 bytes are missing");
  std::string other = bytes;
  other[16] = 1;
  EXPECT_EQ(error(other), "not a record batch: its format version is 1, not 2");
  other = bytes;
  other[8] = 0x7f;
  EXPECT_THAT(error(other), HasSubstr("bytes is not possible"));
  other = bytes;
  other.back() ^= 1;
  EXPECT_THAT(error(other), HasSubstr("its checksum is"));
  const auto refused = RecordBatches::check(bytes + other);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message(), HasSubstr("batch 2: not a record batch: its checksum is"));
  EXPECT_EQ(RecordBatches::check("").error().message(), "batch 1: there is none");
}

TEST(RecordBatch, BatchesFromElsewhereAreChecked) {
  const std::string bytes = encoded(TopicCompression::kNone, {{.value = "a", .timestamp_ms = 5}, {.value = "b"}}) +
                            encoded(TopicCompression::kZstd, {{.value = "c", .timestamp_ms = 7}});
  auto checked = RecordBatches::check(bytes);
  ASSERT_TRUE(checked.ok()) << checked.error().message();
  EXPECT_EQ(checked->batches(), 2u);
  EXPECT_EQ(checked->offsets(), 3);
  EXPECT_EQ(checked->max_timestamp_ms(), 7);
  EXPECT_EQ(checked->bytes(), bytes);
}

TEST(RecordBatch, ABatchHasALimit) {
  RecordBatchEncoder encoder;
  const std::string large(size_t{33} << 20, 'x');
  encoder.add({.value = large});
  encoder.add({.value = large});
  EXPECT_EQ(encoder.finish().error().message(),
            "a batch of 2 records has 69206103 bytes, more than 67108864; put fewer records into one");
  for (int i = 0; i < 8; ++i) encoder.add({.value = large});
  EXPECT_EQ(encoder.finish().error().message(),
            "a batch of 10 records is larger than 268435456 bytes; put fewer records into one, or smaller ones");
}

TEST(RecordBatch, WhatUnpacksBeyondTheLimitIsRefused) {
  std::string zeros(size_t{40} << 20, '\0');
  for (const TopicCompression compression : {TopicCompression::kGzip, TopicCompression::kZstd}) {
    RecordBatchEncoder encoder(compression);
    for (int i = 0; i < 6; ++i) encoder.add({.value = zeros});
    auto batch = encoder.finish();
    ASSERT_TRUE(batch.ok());
    EXPECT_TRUE(RecordBatchDecoder().decode(batch->bytes()).ok()) << "240 MiB are within it";
  }
}

TEST(Varint, GoesThereAndBack) {
  for (const int64_t number : {int64_t{0}, int64_t{-1}, int64_t{1}, int64_t{63}, int64_t{64}, int64_t{-64},
                               int64_t{-65}, int64_t{1} << 40, INT64_MIN, INT64_MAX}) {
    char bytes[kVarintBytesMax];
    const char* const end = put_varint(bytes, number);
    EXPECT_EQ(static_cast<size_t>(end - bytes), varint_bytes(number)) << number;
    const char* at = bytes;
    EXPECT_EQ(get_varint(at, end), number);
    EXPECT_EQ(at, end);
    at = bytes;
    EXPECT_EQ(get_varint(at, end - 1), std::nullopt);
  }
  const std::string too_long(11, '\xff');
  const char* at = too_long.data();
  EXPECT_EQ(get_varint(at, at + too_long.size()), std::nullopt);
}

TEST(TopicCompression, HasNames) {
  for (const TopicCompression compression : kAll) {
    EXPECT_EQ(topic_compression_of_name(topic_compression_name(compression)), compression);
  }
  EXPECT_EQ(topic_compression_of_name("brotli"), std::nullopt);
}

}  // namespace
}  // namespace millrace
