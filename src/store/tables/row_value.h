#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// The value of a row: one stamp for the whole row, and exceptions per cell. docs/internals/tables.md has the bytes with
// a worked example, which row_value_test.cc proves.
namespace millrace {

// A cell is the value of one column, or what is known of it. Column 0 is the row itself: its cell is written by an
// insert, and makes a row visible that has no other cell.
inline constexpr uint32_t kRowMarker = 0;

struct Cell {
  uint32_t column = 0;
  int64_t stamp = 0;   // write time, microseconds
  uint32_t ttl_s = 0;  // counts from the stamp; 0: for ever
  bool dead = false;   // deleted (ttl_s 0), or expired and its value gone (ttl_s above 0)
  std::string_view value;

  bool expired_at(int64_t now_us) const;
  bool live_at(int64_t now_us) const { return !dead && !expired_at(now_us); }
};

// Whether `a` counts rather than `b`, of the same column: the later stamp; with equal stamps as Cassandra has it:
// a deletion before an expiring value before one without a TTL, the longer TTL, the larger bytes. A total order, so
// that merging in any order and grouping gives the same cells.
bool supersedes(const Cell& a, const Cell& b);

// No row has been deleted at this stamp.
inline constexpr int64_t kNeverDeleted = INT64_MIN;

// A row taken apart. Values borrow the bytes.
struct RowCells {
  int64_t deleted_at = kNeverDeleted;  // cells of this stamp or an earlier one are gone, and are not in `cells`
  std::vector<Cell> cells;             // by column, each at most once

  const Cell* find(uint32_t column) const;
  // Whether a read sees the row: some cell is alive.
  bool live_at(int64_t now_us) const;
};

// The error (kCorruption) says what is wrong with the bytes; everything that decodes is well formed.
Result<RowCells> decode_row(std::string_view bytes);

// The one form of these cells: rows of equal cells have equal bytes.
void encode_row(const RowCells& row, std::string& to);

// Writes a row whose cells share one stamp, column by column, without taking it apart first: what RowBatch does.
class RowWriter {
 public:
  // The row appended to `to` begins here; columns must follow in ascending order, at least one.
  RowWriter(std::string& to, int64_t stamp, uint32_t ttl_s);
  void marker() { begin_value(kRowMarker), end_value(); }
  void dead(uint32_t column);
  // The value is what the caller appends to `to` between these two.
  void begin_value(uint32_t column);
  void end_value();
  void cancel_value();  // instead of end_value(): the column stays unset

 private:
  std::string& to_;
  size_t tag_at_ = 0;
  size_t value_at_ = 0;
  uint32_t next_column_ = 0;
  uint32_t column_before_ = 0;
};

// A row that was deleted at `stamp`.
std::string deleted_row(int64_t stamp);

// The row that two or more values of one key make together; order and grouping do not matter. nullopt when one of them
// is no row.
std::optional<std::string> merge_rows(std::span<const std::string_view> rows);

// What compaction may take out of a row.
struct RowPurge {
  int64_t now_us = 0;
  // Deletions before this stamp are forgotten; kNeverDeleted keeps all. Only where nothing older can be below or come
  // later.
  int64_t deletions_before = kNeverDeleted;
  std::span<const uint32_t> dropped_columns;  // ascending
};
// Expired values become deletions, columns that were dropped go. nullopt: nothing to do. An empty string: nothing is
// left of the row.
std::optional<std::string> purged(std::string_view row, const RowPurge& purge);

}  // namespace millrace
