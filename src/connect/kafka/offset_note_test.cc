#include "connect/kafka/offset_note.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

Checkpoint books_of(uint64_t read, uint64_t written, uint64_t generation = 1) {
  Checkpoint books{.run_id = "20261121T074703Z-1f3a", .generation = generation};
  books.ledger.read = read;
  books.ledger.written = written;
  books.checks["email email"] = {.checked = read, .failed = read - written};
  return books;
}

TEST(OffsetNoteTest, ANoteIsReadAsItWasWritten) {
  const OffsetNote note{.stamp_us = 1'700'000'000'123'456, .books = books_of(10, 8)};
  const auto read = OffsetNote::from_text(note.to_text());
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->stamp_us, note.stamp_us);
  ASSERT_TRUE(read->books.has_value());
  EXPECT_EQ(read->books->ledger.text(), "read 10 = written 8");
  EXPECT_EQ(read->books->checks.at("email email").failed, 2u);
  EXPECT_EQ(OffsetNote{.stamp_us = 7}.to_text(), "millrace1 7");
}

TEST(OffsetNoteTest, TheBooksOfAFlowWithManyChecksFitIntoWhatBrokersTake) {
  OffsetNote note{.stamp_us = 1'700'000'000'123'456, .books = books_of(1'000'000'000'000, 999'999'999'999)};
  for (int i = 0; i < 60; ++i) {
    note.books->checks["check number " + std::to_string(i)] = {.checked = 1'000'000'000'000, .failed = 1'000'000};
  }
  EXPECT_LT(note.to_text().size(), 4096u);
}

TEST(OffsetNoteTest, AnOffsetThatAnotherProgramCommittedHasNoNote) {
  const auto read = OffsetNote::from_text("");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->stamp_us, 0);
  EXPECT_FALSE(read->books.has_value());
}

TEST(OffsetNoteTest, MetadataOfOthersIsAnError) {
  const auto message = [](std::string_view text) { return OffsetNote::from_text(text).error().message(); };
  EXPECT_EQ(message("sink-7"),
            "the metadata of a committed offset is not millrace's: it does not begin with 'millrace1 '");
  EXPECT_EQ(message("millrace1 x"), "the metadata of a committed offset is not millrace's: it has no stamp");
  EXPECT_EQ(message("millrace1 7x"), "the metadata of a committed offset is not millrace's: its stamp is not a number");
  EXPECT_EQ(message("millrace1 7 {"), "a flow's checkpoint cannot be read: it is not a JSON object");
}

TEST(OffsetNoteTest, BooksOfPartitionsAddUp) {
  Checkpoint sum;
  add_books(sum, books_of(10, 8));
  add_books(sum, books_of(5, 5));
  EXPECT_EQ(sum.ledger.read, 15u);
  EXPECT_EQ(sum.checks.at("email email").failed, 2u);
  EXPECT_EQ(sum.run_id, "20261121T074703Z-1f3a");
}

TEST(OffsetNoteTest, BooksOfAnOlderGenerationAreOver) {
  Checkpoint sum;
  sum.position["t[0]"].next = 3;
  add_books(sum, books_of(10, 8));
  add_books(sum, books_of(4, 4, 2));
  add_books(sum, books_of(100, 100));
  EXPECT_EQ(sum.ledger.read, 4u);
  EXPECT_EQ(sum.generation, 2u);
  EXPECT_EQ(sum.position.at("t[0]").next, 3u);
}

}  // namespace
}  // namespace millrace
