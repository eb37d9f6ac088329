#include "data/expr/bits.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace millrace {
namespace {

template <typename F>
Column logic(const Column& left, const Column& right, F&& f) {
  const size_t rows = left.rows;
  Buffer values(words_of(rows) * 8);
  Buffer validity(words_of(rows) * 8);
  const Words lv = value_words(left);
  const Words rv = value_words(right);
  const Words ln = validity_words(left);
  const Words rn = validity_words(right);
  uint64_t all = ~uint64_t{0};
  for (size_t word = 0; word < words_of(rows); ++word) {
    const auto [value, valid] = f(lv[word], ln[word], rv[word], rn[word]);
    values.as<uint64_t>()[word] = value;
    validity.as<uint64_t>()[word] = valid;
    const size_t left_rows = rows - word * 64;
    all &= valid | (left_rows < 64 ? ~uint64_t{0} << left_rows : 0);
  }
  Column out{.type = TypeKind::kBool, .rows = rows};
  out.values = share(std::move(values));
  if (all != ~uint64_t{0}) out.validity = share(std::move(validity));
  return out;
}

struct ValueAndValid {
  uint64_t value, valid;
};

}  // namespace

BufferRef and_validity(std::span<const Column> columns, size_t rows) {
  size_t with_nulls = 0;
  const Column* last = nullptr;
  for (const Column& column : columns) {
    if (!column.may_have_nulls()) continue;
    ++with_nulls;
    last = &column;
  }
  if (with_nulls == 0) return nullptr;
  if (with_nulls == 1 && !last->constant && last->validity != nullptr) return last->validity;
  Buffer out(words_of(rows) * 8);
  std::memset(out.bytes(), 0xff, out.size());
  for (const Column& column : columns) {
    if (!column.may_have_nulls()) continue;
    const Words words = validity_words(column);
    for (size_t word = 0; word < words_of(rows); ++word) out.as<uint64_t>()[word] &= words[word];
  }
  return share(std::move(out));
}

BufferRef without_rows(const BufferRef& validity, size_t rows, const std::vector<uint32_t>& failed) {
  if (failed.empty()) return validity;
  Buffer bits(rows / 8 + 1);
  if (validity != nullptr) {
    std::memcpy(bits.bytes(), validity->bytes(), (rows + 7) / 8);
  } else {
    std::memset(bits.bytes(), 0xff, bits.size());
  }
  for (const uint32_t row : failed) {
    uint8_t& byte = bits.as<uint8_t>()[row / 8];
    byte = static_cast<uint8_t>(byte & ~(1U << (row & 7)));
  }
  return share(std::move(bits));
}

RowBits::RowBits(const Rows& rows) : words_(words_of(rows.total()), rows.is_all() ? ~uint64_t{0} : 0) {
  if (!rows.is_all()) {
    for (const uint32_t row : rows.indices()) words_[row / 64] |= uint64_t{1} << (row % 64);
  } else if (rows.total() % 64 != 0) {
    words_.back() = (uint64_t{1} << (rows.total() % 64)) - 1;
  }
}

template <typename F>
RowBits RowBits::take(F&& word_of) {
  std::vector<uint64_t> taken(words_.size());
  for (size_t word = 0; word < words_.size(); ++word) {
    taken[word] = words_[word] & word_of(word);
    words_[word] ^= taken[word];
  }
  return RowBits(std::move(taken));
}

RowBits RowBits::take_true(const Column& condition) {
  const Words value = value_words(condition);
  const Words valid = validity_words(condition);
  return take([&](size_t word) { return value[word] & valid[word]; });
}

RowBits RowBits::take_valid(const Column& column) {
  const Words valid = validity_words(column);
  return take([&](size_t word) { return valid[word]; });
}

void RowBits::keep_undecided(const Column& left, bool is_and) {
  const Words value = value_words(left);
  const Words valid = validity_words(left);
  const uint64_t decides = is_and ? 0 : ~uint64_t{0};
  for (size_t word = 0; word < words_.size(); ++word) words_[word] &= (value[word] ^ decides) | ~valid[word];
}

bool RowBits::any() const {
  return std::any_of(words_.begin(), words_.end(), [](uint64_t word) { return word != 0; });
}

size_t RowBits::count() const {
  size_t count = 0;
  for (const uint64_t word : words_) count += static_cast<size_t>(std::popcount(word));
  return count;
}

std::vector<uint32_t> RowBits::indices() const {
  std::vector<uint32_t> rows(count());
  uint32_t* to = rows.data();
  for (size_t word = 0; word < words_.size(); ++word) {
    for_each_bit(words_[word], word * 64, [&](size_t row) { *to++ = static_cast<uint32_t>(row); });
  }
  return rows;
}

// FALSE wins over null.
Column and_columns(const Column& left, const Column& right) {
  return logic(left, right, [](uint64_t lv, uint64_t ln, uint64_t rv, uint64_t rn) {
    return ValueAndValid{lv & ln & rv & rn, (ln & rn) | (ln & ~lv) | (rn & ~rv)};
  });
}

// TRUE wins over null.
Column or_columns(const Column& left, const Column& right) {
  return logic(left, right, [](uint64_t lv, uint64_t ln, uint64_t rv, uint64_t rn) {
    return ValueAndValid{(lv & ln) | (rv & rn), (ln & rn) | (ln & lv) | (rn & rv)};
  });
}

Column not_column(const Column& column) {
  Column out{.type = TypeKind::kBool, .rows = column.rows, .constant = column.constant, .validity = column.validity};
  const size_t rows = column.constant ? 1 : column.rows;
  Buffer values(words_of(rows) * 8);
  Column one = column;
  one.constant = false;
  const Words words = value_words(one);
  for (size_t word = 0; word < words_of(rows); ++word) values.as<uint64_t>()[word] = ~words[word];
  out.values = share(std::move(values));
  return out;
}

}  // namespace millrace
