#include "data/formats/compression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/formats/bytes_testing.h"

namespace millrace {
namespace {

using ::testing::HasSubstr;

struct Outcome {
  std::string text;
  std::string cut_short;
  std::string error;
};

Outcome read_all(ByteStream& stream, size_t step) {
  Outcome outcome;
  std::string block(step, '\0');
  while (true) {
    auto got = stream.read(block.data(), block.size());
    if (!got.ok()) {
      outcome.error = got.error().message();
      return outcome;
    }
    if (*got == 0) break;
    outcome.text.append(block, 0, *got);
  }
  outcome.cut_short = stream.cut_short().value_or("");
  return outcome;
}

Outcome read_back(std::string bytes, Compression compression, size_t step = 1000, size_t input_step = SIZE_MAX) {
  return read_all(*decompress(std::make_unique<TextStream>(std::move(bytes), input_step), compression), step);
}

std::string packed(std::string_view text, Compression compression) {
  const Buffer buffer = compress(text, compression);
  return {buffer.as<char>(), buffer.size()};
}

std::string sample(size_t bytes) {
  std::string text;
  for (uint64_t i = 1; text.size() < bytes; i = i * 6364136223846793005U + 1442695040888963407U) {
    text += std::to_string(i >> 40) + (i % 3 == 0 ? "\n" : "aaaaaaaaaaaaaaaa");
  }
  return text;
}

class CompressionTest : public ::testing::TestWithParam<Compression> {};

TEST_P(CompressionTest, gives_back_what_was_compressed_whatever_the_size_of_reads) {
  const std::string text = sample(300'000);
  const std::string bytes = packed(text, GetParam());
  EXPECT_LT(bytes.size(), text.size());
  for (const size_t step : {size_t{7}, size_t{1000}, size_t{1'000'000}}) {
    for (const size_t input_step : {size_t{1}, size_t{SIZE_MAX}}) {
      const Outcome outcome = read_back(bytes, GetParam(), step, input_step);
      EXPECT_EQ(outcome.text, text);
      EXPECT_EQ(outcome.cut_short + outcome.error, "");
    }
  }
}

TEST_P(CompressionTest, gives_back_bytes_that_repeat_far_more_than_fit_in_a_read) {
  const std::string text(5'000'000, 'x');
  EXPECT_EQ(read_back(packed(text, GetParam()), GetParam(), 100).text, text);
}

TEST_P(CompressionTest, reads_several_members_behind_each_other_as_one) {
  const Outcome outcome =
      read_back(packed("one\n", GetParam()) + packed("", GetParam()) + packed("two\n", GetParam()), GetParam());
  EXPECT_EQ(outcome.text, "one\ntwo\n");
  EXPECT_EQ(outcome.cut_short + outcome.error, "");
}

TEST_P(CompressionTest, tells_a_file_cut_off_anywhere_and_gives_what_is_there) {
  const std::string text = sample(3000);
  const std::string bytes = packed(text, GetParam());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Outcome outcome = read_back(bytes.substr(0, size), GetParam());
    EXPECT_EQ(outcome.error, "") << size;
    EXPECT_THAT(outcome.cut_short, HasSubstr("file ends before its data does, at byte " + std::to_string(size)));
    EXPECT_EQ(outcome.text, text.substr(0, outcome.text.size()));
  }
}

TEST_P(CompressionTest, never_gives_other_bytes_for_damaged_ones_without_an_error) {
  const std::string text = sample(2000);
  const std::string bytes = packed(text, GetParam());
  for (size_t at = 12; at < bytes.size(); ++at) {  // behind the header, whose time and flags say nothing of the data
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const Outcome outcome = read_back(damaged, GetParam());
    if (!outcome.error.empty()) {
      EXPECT_THAT(outcome.error, HasSubstr("data is damaged near byte "));
    } else if (outcome.cut_short.empty()) {
      EXPECT_EQ(outcome.text, text) << at;
    }
  }
}

TEST_P(CompressionTest, refuses_other_bytes_behind_the_end) {
  EXPECT_THAT(read_back(packed("one\n", GetParam()) + "garbage", GetParam()).error,
              HasSubstr("data is damaged near byte "));
}

TEST_P(CompressionTest, refuses_what_was_never_compressed) {
  EXPECT_THAT(read_back("{\"a\": 1}\n{\"a\": 2}\n", GetParam()).error, HasSubstr("data is damaged near byte "));
}

TEST_P(CompressionTest, is_found_by_the_first_bytes_whatever_the_path_says) {
  auto stream = decompress_detected(std::make_unique<TextStream>(packed("text", GetParam()), 1), Compression::kNone);
  EXPECT_EQ(read_all(*stream, 3).text, "text");
}

TEST_P(CompressionTest, is_what_the_path_says_when_the_bytes_do_not_look_like_it) {
  auto stream = decompress_detected(std::make_unique<TextStream>("plain text"), GetParam());
  EXPECT_THAT(read_all(*stream, 100).error, HasSubstr("damaged"));
}

INSTANTIATE_TEST_SUITE_P(All, CompressionTest, ::testing::Values(Compression::kGzip, Compression::kZstd),
                         [](const auto& name) { return name.param == Compression::kGzip ? "gzip" : "zstd"; });

TEST(Compression, leaves_plain_files_as_they_are) {
  for (const std::string text : {"", "a", "abc", "plain text"}) {
    auto stream = decompress_detected(std::make_unique<TextStream>(text, 1), Compression::kNone);
    EXPECT_EQ(read_all(*stream, 4).text, text);
  }
}

TEST(Compression, takes_the_zeros_that_pad_a_gzip_file) {
  const Outcome outcome =
      read_back(packed("one\n", Compression::kGzip) + std::string(600, '\0'), Compression::kGzip, 1000, 10);
  EXPECT_EQ(outcome.text, "one\n");
  EXPECT_EQ(outcome.cut_short + outcome.error, "");
}

TEST(Compression, goes_by_the_ending_of_a_path) {
  EXPECT_EQ(compression_of_path("a.csv.gz"), Compression::kGzip);
  EXPECT_EQ(compression_of_path("a.zst"), Compression::kZstd);
  EXPECT_EQ(compression_of_path("gz"), Compression::kNone);
  EXPECT_EQ(without_compression_ending("a.csv.gz"), "a.csv");
  EXPECT_EQ(without_compression_ending("a.b.csv"), "a.b.csv");
}

}  // namespace
}  // namespace millrace
