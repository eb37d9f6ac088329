#include "store/tables/row_value.h"

#include <algorithm>

#include <fmt/format.h>

#include "data/cql/bytes.h"
#include "store/tables/uint.h"

namespace millrace {
namespace {

// The first byte of a row: the version of the format above, flags below.
constexpr uint8_t kVersion = 0x10;
constexpr uint8_t kVersionBits = 0xf0;
constexpr uint8_t kHasTtl = 0x01;       // a TTL for the cells that have none of their own
constexpr uint8_t kHasDeletion = 0x02;  // the row was deleted at a stamp
constexpr uint8_t kFlagBits = kHasTtl | kHasDeletion;
// The lowest bits of a cell's tag; above them how many columns were passed over.
constexpr uint64_t kDead = 0x1;
constexpr uint64_t kOwnStamp = 0x2;
constexpr uint64_t kOwnTtl = 0x4;
constexpr int kTagBits = 3;
constexpr size_t kHeadBytes = 1 + sizeof(int64_t);
constexpr int64_t kUsPerSecond = 1'000'000;

uint64_t zigzag(uint64_t difference) { return (difference << 1) ^ (0 - (difference >> 63)); }
uint64_t unzigzag(uint64_t value) { return (value >> 1) ^ (0 - (value & 1)); }

// Stamps wrap around, so that every pair has a difference.
uint64_t stamp_difference(int64_t stamp, int64_t base) {
  return zigzag(static_cast<uint64_t>(stamp) - static_cast<uint64_t>(base));
}

// The stamp and TTL that need not be said again for each cell.
struct Base {
  int64_t stamp = 0;
  uint32_t ttl_s = 0;
};

Base base_of(const RowCells& row) {
  if (row.cells.empty()) return {row.deleted_at, 0};
  Base base{row.cells[0].stamp, 0};
  for (const Cell& cell : row.cells) base.stamp = std::max(base.stamp, cell.stamp);
  for (const Cell& cell : row.cells) {
    if (cell.stamp == base.stamp && !cell.dead) {
      base.ttl_s = cell.ttl_s;
      break;
    }
  }
  return base;
}

Error corrupt(std::string_view why) {
  return {ErrorCode::kCorruption, fmt::format("the bytes of a row are damaged: {}", why)};
}

bool take_ttl(std::string_view& bytes, uint32_t& ttl_s) {
  uint64_t value = 0;
  if (!take_uint(bytes, value) || value > UINT32_MAX) return false;
  ttl_s = static_cast<uint32_t>(value);
  return true;
}

bool take_cell(std::string_view& bytes, const Base& base, uint64_t& next_column, Cell& cell) {
  uint64_t tag = 0;
  if (!take_uint(bytes, tag)) return false;
  const uint64_t column = next_column + (tag >> kTagBits);
  if (column > UINT32_MAX) return false;
  cell.column = static_cast<uint32_t>(column);
  next_column = column + 1;
  cell.dead = (tag & kDead) != 0;
  cell.stamp = base.stamp;
  if ((tag & kOwnStamp) != 0) {
    uint64_t difference = 0;
    if (!take_uint(bytes, difference)) return false;
    cell.stamp = static_cast<int64_t>(static_cast<uint64_t>(base.stamp) + unzigzag(difference));
  }
  cell.ttl_s = cell.dead ? 0 : base.ttl_s;
  if ((tag & kOwnTtl) != 0 && !take_ttl(bytes, cell.ttl_s)) return false;
  if (cell.dead) return true;
  uint64_t size = 0;
  if (!take_uint(bytes, size) || size > bytes.size()) return false;
  cell.value = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

struct RowHead {
  Base base;
  int64_t deleted_at = kNeverDeleted;
};

constexpr std::string_view kNoSuchVersion = "its version";

// Takes what stands before the cells off the front; what is wrong with it, or nothing.
std::string_view take_head(std::string_view& bytes, RowHead& head) {
  if (bytes.size() < kHeadBytes) return "they are too few";
  const auto flags = static_cast<uint8_t>(bytes[0]);
  if ((flags & kVersionBits) != kVersion) return kNoSuchVersion;
  if ((flags & ~(kVersionBits | kFlagBits)) != 0) return "there are flags that nobody knows";
  bytes.remove_prefix(1);
  head.base.stamp = read_be<int64_t>(bytes);
  bytes.remove_prefix(sizeof(int64_t));
  if ((flags & kHasTtl) != 0 && (!take_ttl(bytes, head.base.ttl_s) || head.base.ttl_s == 0)) return "its TTL";
  if ((flags & kHasDeletion) == 0) return {};
  if (bytes.size() < sizeof(int64_t)) return "the stamp of its deletion";
  head.deleted_at = read_be<int64_t>(bytes);
  bytes.remove_prefix(sizeof(int64_t));
  return {};
}

bool is_dropped(const Cell& cell, const RowPurge& purge) {
  return std::binary_search(purge.dropped_columns.begin(), purge.dropped_columns.end(), cell.column);
}

// Whether there may be something to take out, without taking the row apart: most rows of a compaction have nothing.
bool may_purge(std::string_view bytes, const RowPurge& purge) {
  RowHead head;
  if (!take_head(bytes, head).empty()) return false;  // reading will say so
  if (head.deleted_at != kNeverDeleted && head.deleted_at < purge.deletions_before) return true;
  uint64_t next_column = 0;
  while (!bytes.empty()) {
    Cell cell;
    if (!take_cell(bytes, head.base, next_column, cell)) return false;
    const bool old = cell.dead ? cell.stamp < purge.deletions_before : cell.expired_at(purge.now_us);
    if (old || is_dropped(cell, purge)) return true;
  }
  return false;
}

void encode_cell(const Cell& cell, const Base& base, uint32_t passed_over, std::string& to) {
  const uint32_t inherited_ttl = cell.dead ? 0 : base.ttl_s;
  uint64_t tag = uint64_t{passed_over} << kTagBits;
  if (cell.dead) tag |= kDead;
  if (cell.stamp != base.stamp) tag |= kOwnStamp;
  if (cell.ttl_s != inherited_ttl) tag |= kOwnTtl;
  append_uint(tag, to);
  if ((tag & kOwnStamp) != 0) append_uint(stamp_difference(cell.stamp, base.stamp), to);
  if ((tag & kOwnTtl) != 0) append_uint(cell.ttl_s, to);
  if (cell.dead) return;
  append_uint(cell.value.size(), to);
  to.append(cell.value);
}

}  // namespace

bool Cell::expired_at(int64_t now_us) const {
  if (ttl_s == 0) return false;
  const int64_t ttl_us = int64_t{ttl_s} * kUsPerSecond;
  return stamp <= INT64_MAX - ttl_us && stamp + ttl_us <= now_us;
}

bool supersedes(const Cell& a, const Cell& b) {
  if (a.stamp != b.stamp) return a.stamp > b.stamp;
  const auto rank = [](const Cell& cell) { return cell.dead && cell.ttl_s == 0 ? 2 : cell.ttl_s > 0 ? 1 : 0; };
  if (rank(a) != rank(b)) return rank(a) > rank(b);
  if (a.ttl_s != b.ttl_s) return a.ttl_s > b.ttl_s;
  if (a.dead != b.dead) return a.dead;
  return a.value > b.value;
}

const Cell* RowCells::find(uint32_t column) const {
  const auto found = std::lower_bound(cells.begin(), cells.end(), column,
                                      [](const Cell& cell, uint32_t wanted) { return cell.column < wanted; });
  return found != cells.end() && found->column == column ? &*found : nullptr;
}

bool RowCells::live_at(int64_t now_us) const {
  return std::any_of(cells.begin(), cells.end(), [now_us](const Cell& cell) { return cell.live_at(now_us); });
}

Result<RowCells> decode_row(std::string_view bytes) {
  RowHead head;
  if (const std::string_view flaw = take_head(bytes, head); flaw == kNoSuchVersion) {
    return corrupt(fmt::format("there is no format version {}", static_cast<uint8_t>(bytes[0]) >> 4));
  } else if (!flaw.empty()) {
    return corrupt(flaw);
  }
  RowCells row{.deleted_at = head.deleted_at};
  uint64_t next_column = 0;
  while (!bytes.empty()) {
    Cell cell;
    if (!take_cell(bytes, head.base, next_column, cell)) return corrupt(fmt::format("cell {}", row.cells.size() + 1));
    row.cells.push_back(cell);
  }
  if (row.deleted_at != kNeverDeleted) {
    std::erase_if(row.cells, [&](const Cell& cell) { return cell.stamp <= row.deleted_at; });
  }
  return row;
}

void encode_row(const RowCells& row, std::string& to) {
  const Base base = base_of(row);
  const bool deleted = row.deleted_at != kNeverDeleted;
  to.push_back(static_cast<char>(kVersion | (base.ttl_s != 0 ? kHasTtl : 0) | (deleted ? kHasDeletion : 0)));
  append_be(base.stamp, to);
  if (base.ttl_s != 0) append_uint(base.ttl_s, to);
  if (deleted) append_be(row.deleted_at, to);
  uint32_t next_column = 0;
  for (const Cell& cell : row.cells) {
    encode_cell(cell, base, cell.column - next_column, to);
    next_column = cell.column + 1;
  }
}

RowWriter::RowWriter(std::string& to, int64_t stamp, uint32_t ttl_s) : to_(to) {
  to_.push_back(static_cast<char>(kVersion | (ttl_s != 0 ? kHasTtl : 0)));
  append_be(stamp, to_);
  if (ttl_s != 0) append_uint(ttl_s, to_);
}

void RowWriter::dead(uint32_t column) {
  append_uint(uint64_t{column - next_column_} << kTagBits | kDead, to_);
  next_column_ = column + 1;
}

void RowWriter::begin_value(uint32_t column) {
  tag_at_ = to_.size();
  column_before_ = next_column_;
  append_uint(uint64_t{column - next_column_} << kTagBits, to_);
  next_column_ = column + 1;
  to_.push_back('\0');  // the length, once it is known
  value_at_ = to_.size();
}

void RowWriter::end_value() {
  const size_t size = to_.size() - value_at_;
  if (size < 0x80) [[likely]] {
    to_[value_at_ - 1] = static_cast<char>(size);
    return;
  }
  std::string length;
  append_uint(size, length);
  to_.replace(value_at_ - 1, 1, length);
}

void RowWriter::cancel_value() {
  to_.resize(tag_at_);
  next_column_ = column_before_;
}

std::string deleted_row(int64_t stamp) {
  std::string bytes;
  encode_row({.deleted_at = stamp, .cells = {}}, bytes);
  return bytes;
}

std::optional<std::string> merge_rows(std::span<const std::string_view> rows) {
  RowCells all;
  for (const std::string_view bytes : rows) {
    const Result<RowCells> row = decode_row(bytes);
    if (!row.ok()) return std::nullopt;
    all.deleted_at = std::max(all.deleted_at, row->deleted_at);
    all.cells.insert(all.cells.end(), row->cells.begin(), row->cells.end());
  }
  std::sort(all.cells.begin(), all.cells.end(),
            [](const Cell& a, const Cell& b) { return a.column != b.column ? a.column < b.column : supersedes(a, b); });
  const auto same_column = [](const Cell& a, const Cell& b) { return a.column == b.column; };
  all.cells.erase(std::unique(all.cells.begin(), all.cells.end(), same_column), all.cells.end());
  if (all.deleted_at != kNeverDeleted) {
    std::erase_if(all.cells, [&](const Cell& cell) { return cell.stamp <= all.deleted_at; });
  }
  std::string merged;
  encode_row(all, merged);
  return merged;
}

std::optional<std::string> purged(std::string_view bytes, const RowPurge& purge) {
  if (!may_purge(bytes, purge)) return std::nullopt;
  Result<RowCells> decoded = decode_row(bytes);
  if (!decoded.ok()) return std::nullopt;
  RowCells& row = *decoded;
  bool changed = false;
  for (Cell& cell : row.cells) {
    if (cell.dead || !cell.expired_at(purge.now_us)) continue;
    cell.dead = true;
    cell.value = {};
    changed = true;
  }
  const auto gone = [&](const Cell& cell) {
    return (cell.dead && cell.stamp < purge.deletions_before) || is_dropped(cell, purge);
  };
  changed |= std::erase_if(row.cells, gone) > 0;
  if (row.deleted_at != kNeverDeleted && row.deleted_at < purge.deletions_before) {
    row.deleted_at = kNeverDeleted;
    changed = true;
  }
  if (!changed) return std::nullopt;
  if (row.cells.empty() && row.deleted_at == kNeverDeleted) return "";
  std::string out;
  encode_row(row, out);
  return out;
}

}  // namespace millrace
