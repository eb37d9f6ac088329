#include "store/tables/row_value.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "data/cql/value.h"

namespace millrace {
namespace {

constexpr int64_t kStamp = 1'000'000;

std::string hex(std::string_view bytes) { return cql_text(CqlKind::kBlob, bytes).substr(2); }

std::string row_of(std::vector<Cell> cells, int64_t deleted_at = kNeverDeleted) {
  std::string bytes;
  encode_row({.deleted_at = deleted_at, .cells = std::move(cells)}, bytes);
  return bytes;
}

std::string merged(const std::vector<std::string>& rows) {
  const std::vector<std::string_view> views(rows.begin(), rows.end());
  const auto result = merge_rows(views);
  EXPECT_TRUE(result.has_value());
  return result.value_or("");
}

// The worked example of docs/internals/tables.md.
TEST(RowValue, TheExampleOfTheDocumentationIsWhatIsWritten) {
  std::string bytes;
  RowWriter writer(bytes, 1'700'000'000'000'000, 0);
  writer.marker();
  writer.begin_value(2);
  bytes += "Ann";
  writer.end_value();
  writer.dead(3);
  EXPECT_EQ(hex(bytes),
            "10"
            "00060a24181e4000"
            "0000"
            "0803416e6e"
            "01");

  const std::string later = row_of({{.column = 3, .stamp = 1'700'000'000'000'005, .ttl_s = 60, .value = "x"}});
  EXPECT_EQ(hex(later),
            "11"
            "00060a24181e4005"
            "3c"
            "180178");
  EXPECT_EQ(hex(merged({bytes, later})),
            "11"
            "00060a24181e4005"
            "3c"
            "06090000"
            "0e090003416e6e"
            "000178");

  const std::string deletion = deleted_row(1'700'000'000'000'003);
  EXPECT_EQ(hex(deletion),
            "12"
            "00060a24181e4003"
            "00060a24181e4003");
  EXPECT_EQ(hex(merged({bytes, later, deletion})),
            "13"
            "00060a24181e4005"
            "3c"
            "00060a24181e4003"
            "180178");
}

TEST(RowValue, WhatIsWrittenColumnByColumnIsTheOneFormOfItsCells) {
  std::string bytes;
  RowWriter writer(bytes, kStamp, 7);
  writer.marker();
  writer.begin_value(3);
  bytes += std::string(1'000, 'x');
  writer.end_value();
  writer.begin_value(4);
  bytes += "does not fit";
  writer.cancel_value();
  writer.dead(40);
  const std::string long_value(1'000, 'x');
  EXPECT_EQ(bytes, row_of({{.column = 0, .stamp = kStamp, .ttl_s = 7},
                           {.column = 3, .stamp = kStamp, .ttl_s = 7, .value = long_value},
                           {.column = 40, .stamp = kStamp, .dead = true}}));
}

TEST(RowValue, TheLaterStampCountsCellByCell) {
  const std::string both =
      merged({row_of({{.column = 1, .stamp = 5, .value = "a"}, {.column = 2, .stamp = 5, .value = "b"}}),
              row_of({{.column = 1, .stamp = 6, .value = "A"}, {.column = 2, .stamp = 4, .value = "B"}})});
  const RowCells row = *decode_row(both);
  EXPECT_EQ(row.find(1)->value, "A");
  EXPECT_EQ(row.find(2)->value, "b");
  EXPECT_EQ(row.find(3), nullptr);
}

TEST(RowValue, TiesAreDecidedAsCassandraDecidesThem) {
  const Cell small{.column = 1, .stamp = 5, .value = "a"};
  const Cell large{.column = 1, .stamp = 5, .value = "b"};
  const Cell expiring{.column = 1, .stamp = 5, .ttl_s = 10, .value = "A"};
  const Cell expiring_later{.column = 1, .stamp = 5, .ttl_s = 20, .value = "A"};
  const Cell dead{.column = 1, .stamp = 5, .dead = true};
  const std::vector<Cell> weakest_first = {small, large, expiring, expiring_later, dead};
  for (size_t a = 0; a < weakest_first.size(); ++a) {
    for (size_t b = 0; b < weakest_first.size(); ++b) {
      EXPECT_EQ(supersedes(weakest_first[a], weakest_first[b]), a > b) << a << " " << b;
    }
  }
}

TEST(RowValue, ADeletionTakesWhatIsNotLater) {
  const std::string left = merged(
      {row_of({{.column = 1, .stamp = 5, .value = "a"}, {.column = 2, .stamp = 6, .value = "b"}}), deleted_row(5)});
  const RowCells row = *decode_row(left);
  EXPECT_EQ(row.find(1), nullptr);
  EXPECT_EQ(row.find(2)->value, "b");
  EXPECT_EQ(row.deleted_at, 5);
  EXPECT_FALSE(decode_row(deleted_row(5))->live_at(0));
}

TEST(RowValue, AValueIsGoneWhenItsTimeIsUp) {
  const Cell cell{.column = 1, .stamp = kStamp, .ttl_s = 2, .value = "a"};
  EXPECT_TRUE(cell.live_at(kStamp + 1'999'999));
  EXPECT_FALSE(cell.live_at(kStamp + 2'000'000));
  const Cell at_the_end_of_time{.column = 1, .stamp = INT64_MAX - 1, .ttl_s = 2, .value = "a"};
  EXPECT_TRUE(at_the_end_of_time.live_at(INT64_MAX));
}

// A random row with few columns, stamps, TTLs and values, so that ties of every kind come up.
std::string random_row(Random& random, std::vector<std::string>& keep) {
  RowCells row;
  if (random.below(4) == 0) row.deleted_at = static_cast<int64_t>(random.below(6));
  for (uint32_t column = 0; column < 4; ++column) {
    if (random.below(3) == 0) continue;
    Cell cell{.column = column, .stamp = static_cast<int64_t>(random.below(6)) - 1};
    cell.dead = random.below(4) == 0;
    if (random.below(3) == 0) cell.ttl_s = static_cast<uint32_t>(random.below(3));
    keep.push_back(std::string(random.below(3), static_cast<char>('a' + random.below(3))));
    if (!cell.dead) cell.value = keep.back();
    row.cells.push_back(cell);
  }
  std::string bytes;
  encode_row(row, bytes);
  return bytes;
}

// Merges neighbours in random groups until one row is left.
std::string merged_in_groups(std::vector<std::string> rows, Random& random) {
  while (rows.size() > 1) {
    const size_t begin = random.below(rows.size() - 1);
    const size_t size = 2 + random.below(std::min<size_t>(3, rows.size() - begin - 1));
    const auto first = rows.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = first + static_cast<std::ptrdiff_t>(std::min(size, rows.size() - begin));
    const std::string one = merged({first, last});
    rows.erase(first + 1, last);
    rows[begin] = one;
  }
  return rows[0];
}

TEST(RowValue, AnyOrderAndGroupingOfMergesGivesTheSameBytes) {
  for (uint64_t seed = 1; seed <= 2'000; ++seed) {
    Random random(seed);
    std::vector<std::string> keep;
    keep.reserve(64);
    std::vector<std::string> rows;
    const size_t count = 2 + random.below(6);
    for (size_t i = 0; i < count; ++i) rows.push_back(random_row(random, keep));
    const std::string expected = merged(rows);
    for (int shuffle = 0; shuffle < 5; ++shuffle) {
      for (size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random.below(i)]);
      ASSERT_EQ(hex(merged_in_groups(rows, random)), hex(expected)) << "seed " << seed;
    }
    ASSERT_EQ(hex(merged({expected, expected})), hex(expected)) << "seed " << seed;
  }
}

TEST(RowValue, WhatExpiredCanBeTakenOutBetweenMergesWithoutBeingSeen) {
  for (uint64_t seed = 1; seed <= 1'000; ++seed) {
    Random random(seed);
    std::vector<std::string> keep;
    keep.reserve(64);
    std::vector<std::string> rows;
    for (int i = 0; i < 4; ++i) rows.push_back(random_row(random, keep));
    const int64_t now_us = 2'000'000;
    std::vector<std::string> compacted = rows;
    for (std::string& row : compacted) {
      if (auto left = purged(row, {.now_us = now_us}); left.has_value() && !left->empty()) row = *left;
    }
    const std::string plain = merged(rows);
    const std::string after = merged(compacted);
    const RowCells row = *decode_row(plain);
    const RowCells row_after = *decode_row(after);
    for (uint32_t column = 0; column < 4; ++column) {
      const Cell* a = row.find(column);
      const Cell* b = row_after.find(column);
      const bool live = a != nullptr && a->live_at(now_us);
      ASSERT_EQ(live, b != nullptr && b->live_at(now_us)) << "seed " << seed << " column " << column;
      if (!live) continue;
      ASSERT_EQ(a->value, b->value) << "seed " << seed << " column " << column;
    }
  }
}

TEST(RowValue, DeletionsAreForgottenOnlyBeforeTheStampThatIsSaid) {
  const std::string row = row_of({{.column = 1, .stamp = 5, .dead = true},
                                  {.column = 2, .stamp = 9, .dead = true},
                                  {.column = 3, .stamp = 9, .value = "c"}},
                                 4);
  EXPECT_FALSE(purged(row, {}).has_value());
  const std::string left = *purged(row, {.deletions_before = 6});
  EXPECT_EQ(left, row_of({{.column = 2, .stamp = 9, .dead = true}, {.column = 3, .stamp = 9, .value = "c"}}));
  EXPECT_EQ(*purged(deleted_row(5), {.deletions_before = 6}), "");
}

TEST(RowValue, ColumnsThatWereDroppedGo) {
  const uint32_t dropped[] = {2};
  const std::string row = row_of({{.column = 1, .stamp = 5, .value = "a"}, {.column = 2, .stamp = 5, .value = "b"}});
  EXPECT_EQ(*purged(row, {.dropped_columns = dropped}), row_of({{.column = 1, .stamp = 5, .value = "a"}}));
}

TEST(RowValue, DamagedBytesAreSaidToBe) {
  const auto why = [](std::string_view digits) {
    const auto row = decode_row(*cql_value_of(CqlKind::kBlob, digits));
    return row.ok() ? "" : row.error().message();
  };
  EXPECT_EQ(why("0x10"), "the bytes of a row are damaged: they are too few");
  EXPECT_EQ(why("0x200000000000000000"), "the bytes of a row are damaged: there is no format version 2");
  EXPECT_EQ(why("0x180000000000000000"), "the bytes of a row are damaged: there are flags that nobody knows");
  EXPECT_EQ(why("0x11000000000000000000"), "the bytes of a row are damaged: its TTL");
  EXPECT_EQ(why("0x12000000000000000000"), "the bytes of a row are damaged: the stamp of its deletion");
  EXPECT_EQ(why("0x1000000000000000000002"), "the bytes of a row are damaged: cell 1");
  const std::string whole = deleted_row(1);
  const std::vector<std::string_view> rows = {"", whole};
  EXPECT_FALSE(merge_rows(rows).has_value());
}

}  // namespace
}  // namespace millrace
