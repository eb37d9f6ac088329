#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
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

// A bitmap as whole words, constant or not; `absent` stands where there is none.
class Words {
 public:
  Words(const BufferRef& bits, bool constant, uint64_t absent)
      : bits_(bits == nullptr ? nullptr : bits->bytes()), constant_(constant), fill_(absent) {
    if (bits_ != nullptr && constant) fill_ = (static_cast<uint8_t>(bits_[0]) & 1) != 0 ? ~uint64_t{0} : 0;
  }
  // Reading beyond the last byte stays within the buffer's slack.
  uint64_t operator[](size_t word) const {
    if (bits_ == nullptr || constant_) return fill_;
    uint64_t value = 0;
    std::memcpy(&value, bits_ + word * 8, 8);
    return value;
  }

 private:
  const std::byte* bits_;
  bool constant_;
  uint64_t fill_;
};

inline Words validity_words(const Column& column) {
  return {column.validity, column.constant, column.type.is(TypeKind::kNull) ? 0 : ~uint64_t{0}};
}
inline Words value_words(const Column& column) { return {column.values, column.constant, 0}; }

// A set of rows as bits, for conditions that part it; bits beyond the last row are 0.
class RowBits {
 public:
  explicit RowBits(const Rows& rows);

  // Those that leave this set: where a boolean is true, where a column has a value.
  RowBits take_true(const Column& condition);
  RowBits take_valid(const Column& column);
  // Those stay whose answer an AND (or OR) does not know from `left` alone.
  void keep_undecided(const Column& left, bool is_and);

  bool any() const;
  size_t count() const;
  std::vector<uint32_t> indices() const;
  std::span<const uint64_t> words() const { return words_; }

 private:
  explicit RowBits(std::vector<uint64_t> words) : words_(std::move(words)) {}
  // Parts the set by word_of(word): those whose bit is set there leave.
  template <typename F>
  RowBits take(F&& word_of);

  std::vector<uint64_t> words_;
};

// Three-valued logic.
Column and_columns(const Column& left, const Column& right);
Column or_columns(const Column& left, const Column& right);
Column not_column(const Column& column);

// 64 bytes of 0 or 1 as bits.
inline uint64_t pack_word(const uint8_t* bytes) {
  uint64_t word = 0;
  for (size_t i = 0; i < 8; ++i) {
    uint64_t eight = 0;
    std::memcpy(&eight, bytes + i * 8, 8);
    word |= ((eight * 0x0102040810204080ULL) >> 56) << (i * 8);
  }
  return word;
}

// And back.
inline void spread_word(uint64_t word, uint8_t* bytes) {
  for (size_t i = 0; i < 8; ++i) {
    const uint64_t apart = ((word >> (i * 8)) & 0xff) * 0x0101010101010101ULL & 0x8040201008040201ULL;
    const uint64_t eight = ((apart + 0x7f7f7f7f7f7f7f7fULL) >> 7) & 0x0101010101010101ULL;
    std::memcpy(bytes + i * 8, &eight, 8);
  }
}

// f(row) for the rows whose bit is set in a word that begins with row `first`.
template <typename F>
void for_each_bit(uint64_t word, size_t first, F&& f) {
  for (; word != 0; word &= word - 1) f(first + static_cast<size_t>(std::countr_zero(word)));
}

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
