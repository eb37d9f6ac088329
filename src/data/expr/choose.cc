// Putting rows of several columns together.
#include <algorithm>

#include "data/builder.h"
#include "data/expr/blocks.h"
#include "data/expr/evaluator.h"
#include "data/padded_copy.h"

namespace millrace {
namespace {

// Which rows have a value: those whose choice has one. nullptr: all of `rows`.
BufferRef chosen_validity(const std::vector<Choice>& choices, const Rows& rows) {
  const bool any =
      std::any_of(choices.begin(), choices.end(), [](const Choice& c) { return c.column.may_have_nulls(); });
  size_t chosen = 0;
  for (const Choice& choice : choices) chosen += choice.rows.count();
  if (!any && chosen == rows.count()) return nullptr;
  Buffer bits = Buffer::zeroed(words_of(rows.total()) * 8);
  for (const Choice& choice : choices) {
    const Words valid = validity_words(choice.column);
    for (size_t word = 0; word < choice.rows.words().size(); ++word) {
      bits.as<uint64_t>()[word] |= choice.rows.words()[word] & valid[word];
    }
  }
  return share(std::move(bits));
}

// f(bytes, first row, rows) for each word of the set: its bits as bytes of 0 or 1.
template <typename F>
void for_each_word(const RowBits& set, size_t total, F&& f) {
  uint8_t bytes[kBlockRows];
  for (size_t word = 0; word < set.words().size(); ++word) {
    if (set.words()[word] == 0) continue;
    spread_word(set.words()[word], bytes);
    f(bytes, word * kBlockRows, std::min(kBlockRows, total - word * kBlockRows));
  }
}

// A loop that can work on several rows at once: each choice's values are masked and added to those of the others.
template <typename U>
void add_masked(U* __restrict out, const U* __restrict in, const uint8_t* __restrict taken) {
  for (size_t i = 0; i < kBlockRows; ++i) out[i] |= in[i] & (U{0} - U{taken[i]});
}

// U is an unsigned number of the value's width.
template <typename U>
BufferRef choose_fixed(const std::vector<Choice>& choices, size_t total) {
  Buffer values = Buffer::zeroed(words_of(total) * kBlockRows * sizeof(U));
  for (const Choice& choice : choices) {
    BlockReader<U> reader(choice.column);
    for_each_word(choice.rows, total, [&](const uint8_t* taken, size_t first, size_t rows) {
      add_masked(values.as<U>() + first, reader.block(first, rows), taken);
    });
  }
  values.set_size(total * sizeof(U));
  return share(std::move(values));
}

BufferRef choose_bools(const std::vector<Choice>& choices, size_t total) {
  Buffer values = Buffer::zeroed(words_of(total) * 8);
  for (const Choice& choice : choices) {
    const Words value = value_words(choice.column);
    for (size_t word = 0; word < choice.rows.words().size(); ++word) {
      values.as<uint64_t>()[word] |= choice.rows.words()[word] & value[word];
    }
  }
  return share(std::move(values));
}

// Of each row the number of its choice, counted from 1; 0: none has it.
std::vector<uint16_t> numbers_of(const std::vector<Choice>& choices, size_t total) {
  std::vector<uint16_t> numbers(total);
  for (size_t c = 0; c < choices.size(); ++c) {
    for_each_word(choices[c].rows, total, [&](const uint8_t* taken, size_t first, size_t count) {
      for (size_t i = 0; i < count; ++i) {
        numbers[first + i] = static_cast<uint16_t>(numbers[first + i] | (taken[i] * (c + 1)));
      }
    });
  }
  return numbers;
}

void choose_strings(const std::vector<Choice>& choices, size_t total, Column& out) {
  const std::vector<uint16_t> numbers = numbers_of(choices, total);
  const Column none = constant_string("");
  std::vector<StringReader> readers = {StringReader(none)};
  for (const Choice& choice : choices) readers.emplace_back(choice.column);
  Buffer offsets((total + 1) * sizeof(int32_t));
  int32_t* const ends = offsets.as<int32_t>() + 1;
  ends[-1] = 0;
  size_t bytes = 0;
  for (size_t row = 0; row < total; ++row) {
    bytes += readers[numbers[row]][row].size();
    ends[row] = static_cast<int32_t>(bytes);
  }
  MILLRACE_ASSERT(bytes <= INT32_MAX, "a column of more than 2 GiB");
  Buffer values(bytes);
  char* to = values.as<char>();
  for (size_t row = 0; row < total; ++row) to = copy_padded(to, readers[numbers[row]][row]);
  out.offsets = share(std::move(offsets));
  out.values = share(std::move(values));
}

Column choose_nested(const Type& type, const std::vector<Choice>& choices, size_t total) {
  const std::vector<uint16_t> numbers = numbers_of(choices, total);
  ColumnBuilder builder(type);
  for (size_t row = 0; row < total; ++row) {
    if (numbers[row] == 0) {
      builder.append_null();
    } else {
      builder.append_from(choices[numbers[row] - 1U].column, row);
    }
  }
  return builder.finish();
}

}  // namespace

Column choose(const Type& type, std::vector<Choice> choices, const Rows& rows) {
  const size_t total = rows.total();
  std::erase_if(choices,
                [](const Choice& choice) { return !choice.rows.any() || choice.column.type.is(TypeKind::kNull); });
  if (choices.empty()) return null_column(type, total);
  if (choices.front().rows.count() == rows.count()) return std::move(choices.front().column);
  MILLRACE_ASSERT(choices.size() < UINT16_MAX, "a choice of too many columns");
  if (type.is_nested()) return choose_nested(type, choices, total);
  Column out{.type = type, .rows = total, .validity = chosen_validity(choices, rows)};
  switch (type.kind()) {
    case TypeKind::kBool: out.values = choose_bools(choices, total); break;
    case TypeKind::kInt:
    case TypeKind::kDate: out.values = choose_fixed<uint32_t>(choices, total); break;
    case TypeKind::kBigint:
    case TypeKind::kDouble:
    case TypeKind::kTimestamp: out.values = choose_fixed<uint64_t>(choices, total); break;
    case TypeKind::kDecimal:
    case TypeKind::kInterval: out.values = choose_fixed<UInt128>(choices, total); break;
    case TypeKind::kString:
    case TypeKind::kBinary: choose_strings(choices, total, out); break;
    default: MILLRACE_UNREACHABLE("a nested type or NULL");
  }
  return out;
}

Column with_nulls(const Column& column, const std::vector<RowFault>& faults) {
  if (column.type.is(TypeKind::kNull)) return column;
  Column out = flatten(column);
  Buffer bits(out.rows / 8 + 1);
  if (out.validity == nullptr) {
    std::memset(bits.bytes(), 0xff, bits.size());
  } else {
    std::memcpy(bits.bytes(), out.validity->bytes(), std::min(bits.size(), out.validity->size()));
  }
  for (const RowFault& fault : faults) {
    uint8_t& byte = bits.as<uint8_t>()[fault.row / 8];
    byte = static_cast<uint8_t>(byte & ~(1U << (fault.row & 7)));
  }
  out.validity = share(std::move(bits));
  return out;
}

}  // namespace millrace
