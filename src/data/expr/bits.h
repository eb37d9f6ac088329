#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/column.h"
#include "data/rows.h"

namespace millrace {

// Booleans and validities are bitmaps; these work on whole words of 64 rows.

inline size_t words_of(size_t rows) { return (rows + 63) / 64; }

// Which rows are valid in all columns; nullptr when all are. Columns have `rows` rows or are constant.
BufferRef and_validity(std::span<const Column> columns, size_t rows);

// The validity with `failed` rows null as well.
BufferRef without_rows(const BufferRef& validity, size_t rows, const std::vector<uint32_t>& failed);

// Whether rows are valid, for loops over a validity that may be absent.
class ValidRows {
 public:
  explicit ValidRows(const BufferRef& validity) : bits_(validity == nullptr ? nullptr : validity->as<uint8_t>()) {}
  bool all() const { return bits_ == nullptr; }
  bool operator[](size_t row) const { return bits_ == nullptr || ((bits_[row >> 3] >> (row & 7)) & 1) != 0; }

 private:
  const uint8_t* bits_;
};

// Three-valued logic.
Column and_columns(const Column& left, const Column& right);
Column or_columns(const Column& left, const Column& right);
Column not_column(const Column& column);

// One bit per row from f(row); f is called for every row, also null ones.
template <typename F>
BufferRef bits_from(size_t rows, F&& f) {
  Buffer bits(words_of(rows) * 8);
  auto* words = bits.as<uint64_t>();
  size_t row = 0;
  for (size_t word = 0; word < words_of(rows); ++word) {
    const size_t count = rows - row < 64 ? rows - row : 64;
    uint64_t value = 0;
    for (size_t bit = 0; bit < count; ++bit) value |= static_cast<uint64_t>(f(row + bit) ? 1 : 0) << bit;
    words[word] = value;
    row += count;
  }
  return share(std::move(bits));
}

}  // namespace millrace
