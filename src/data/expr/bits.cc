#include "data/expr/bits.h"

#include <cstring>

namespace millrace {
namespace {

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

Words validity_words(const Column& column) {
  return {column.validity, column.constant, column.type.is(TypeKind::kNull) ? 0 : ~uint64_t{0}};
}
Words value_words(const Column& column) { return {column.values, column.constant, 0}; }

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
