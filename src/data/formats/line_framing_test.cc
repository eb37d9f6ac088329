#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/formats/bytes_testing.h"
#include "data/formats/feed.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<CutRecord> cut(const std::string& text, size_t step = SIZE_MAX, FramingOptions options = {},
                           std::optional<std::string> cut_short = std::nullopt) {
  auto framing = line_framing(std::make_unique<TextStream>(text, step, std::move(cut_short)), options);
  return cut_to_records(*framing, options.record_bytes_max);
}

TEST(LineFraming, gives_every_line_with_its_place) {
  EXPECT_THAT(cut("a\nbc\nd\n"),
              ElementsAre(CutRecord{"a", 1, 0, ""}, CutRecord{"bc", 2, 2, ""}, CutRecord{"d", 3, 5, ""}));
}

TEST(LineFraming, takes_a_last_line_without_newline) {
  EXPECT_THAT(cut("a\nb"), ElementsAre(CutRecord{"a", 1, 0, ""}, CutRecord{"b", 2, 2, ""}));
}

TEST(LineFraming, skips_blank_lines_and_takes_carriage_returns_and_spaces_off) {
  EXPECT_THAT(cut("\n \r\n  a \r\n\n\tb"), ElementsAre(CutRecord{"a", 3, 6, ""}, CutRecord{"b", 5, 12, ""}));
}

TEST(LineFraming, finds_nothing_in_an_empty_or_blank_file) {
  EXPECT_THAT(cut(""), IsEmpty());
  EXPECT_THAT(cut("\n\n  \n"), IsEmpty());
  EXPECT_THAT(cut("\xEF\xBB\xBF"), IsEmpty());
}

TEST(LineFraming, skips_a_byte_order_mark_at_the_beginning_only) {
  EXPECT_THAT(cut("\xEF\xBB\xBF{}\n\xEF\xBB\xBF{}", 1),
              ElementsAre(CutRecord{"{}", 1, 3, ""}, CutRecord{"\xEF\xBB\xBF{}", 2, 6, ""}));
}

TEST(LineFraming, gives_the_same_records_whatever_the_size_of_reads_and_pieces) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += std::string(static_cast<size_t>(i % 37), 'x') + (i % 5 == 0 ? "\r\n" : "\n");
  const auto expected = cut(text);
  for (const size_t step : {size_t{1}, size_t{3}, size_t{64}}) {
    for (const size_t piece : {size_t{1}, size_t{16}, size_t{100}}) {
      EXPECT_EQ(cut(text, step, {.piece_bytes = piece}), expected) << step << " " << piece;
    }
  }
}

TEST(LineFraming, keeps_the_beginning_of_a_line_over_the_limit_and_all_lines_around_it) {
  const std::string text = "a\n" + std::string(5000, 'x') + "\nb\n";
  const auto expected = ElementsAre(
      CutRecord{"a", 1, 0, ""},
      CutRecord{std::string(1024, 'x'), 2, 2,
                "the line has 5000 bytes, the limit is 1024; its beginning is kept here, all of it is in the source"},
      CutRecord{"b", 3, 5003, ""});
  for (const size_t piece : {size_t{1}, size_t{512}, size_t{100'000}}) {
    EXPECT_THAT(cut(text, SIZE_MAX, {.piece_bytes = piece, .record_bytes_max = 1024}), expected) << piece;
    EXPECT_THAT(cut(text, 100, {.piece_bytes = piece, .record_bytes_max = 1024}), expected) << piece;
  }
}

TEST(LineFraming, keeps_a_last_line_over_the_limit_that_no_newline_ends) {
  const auto records = cut("a\n" + std::string(3000, 'x'), SIZE_MAX, {.record_bytes_max = 1024});
  ASSERT_EQ(records.size(), 2U);
  EXPECT_THAT(records[1].damage, HasSubstr("the line has 3000 bytes, the limit is 1024"));
}

TEST(LineFraming, takes_a_line_of_exactly_the_limit) {
  const std::string line(1024, 'x');
  EXPECT_THAT(cut(line + "\n" + line, 100, {.piece_bytes = 64, .record_bytes_max = 1024}),
              ElementsAre(CutRecord{line, 1, 0, ""}, CutRecord{line, 2, 1025, ""}));
}

TEST(LineFraming, counts_the_partial_line_of_a_stream_that_was_cut_off_as_a_broken_record) {
  EXPECT_THAT(cut("a\nb\n{\"c", 2, {}, "it ends"),
              ElementsAre(CutRecord{"a", 1, 0, ""}, CutRecord{"b", 2, 2, ""}, CutRecord{"{\"c", 3, 4, "it ends"}));
}

TEST(LineFraming, counts_a_stream_cut_off_between_lines_as_an_empty_broken_record) {
  EXPECT_THAT(cut("a\n", SIZE_MAX, {}, "it ends"),
              ElementsAre(CutRecord{"a", 1, 0, ""}, CutRecord{"", 2, 2, "it ends"}));
  EXPECT_THAT(cut("", SIZE_MAX, {}, "it ends"), ElementsAre(CutRecord{"", 1, 0, "it ends"}));
}

TEST(Feed, counts_newlines_as_one_by_one_counting_does) {
  std::string text;
  for (size_t i = 0; i < 9000; ++i) text += i % 7 == 0 || i > 4000 ? '\n' : 'x';
  for (size_t begin = 0; begin < 40; ++begin) {
    const auto expected = std::count(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), '\n');
    EXPECT_EQ(count_newlines(text.data() + begin, text.data() + text.size()), static_cast<size_t>(expected));
  }
}

}  // namespace
}  // namespace millrace
