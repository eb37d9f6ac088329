#pragma once

// Loops over columns of fixed width in blocks of 64 rows, written so that the compiler makes them SIMD.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "data/expr/bits.h"
#include "data/expr/function.h"

namespace millrace {

// Reads a column of fixed width by blocks of rows as plain arrays: always kBlockRows values, so that a loop over them
// has no end to look for and works on several at once. What lies behind the last row is made up.
inline constexpr size_t kBlockRows = 64;  // those of a word of validity

template <typename T>
class BlockReader {
 public:
  explicit BlockReader(const Column& column)
      : values_(column.values ? column.values->as<T>() : nullptr), constant_(column.constant) {
    if (constant_ && values_ != nullptr) std::fill_n(own_, kBlockRows, *values_);
  }
  // The block of `rows` rows from `first` on; valid until the next.
  const T* block(size_t first, size_t rows) {
    if (constant_) return own_;
    if (rows == kBlockRows) return values_ + first;
    std::copy_n(values_ + first, rows, own_);
    return own_;
  }

 private:
  const T* values_;
  bool constant_;
  T own_[kBlockRows] = {};
};

// f(first row, rows, arrays...) for each block of the arguments' values.
template <typename... In, typename F>
void for_each_block(const Call& call, F&& f) {
  [&]<size_t... I>(std::index_sequence<I...>) {
    std::tuple<BlockReader<In>...> readers{BlockReader<In>(call.arg(I))...};
    const size_t total = call.rows().total();
    for (size_t first = 0; first < total; first += kBlockRows) {
      const size_t rows = std::min(kBlockRows, total - first);
      f(first, std::get<I>(readers).block(first, rows)...);
    }
  }
  (std::index_sequence_for<In...>{});
}

// Loops of a fixed number of turns over arrays apart, which the compiler makes SIMD.
template <typename Out, typename F, typename... In>
void compute_block(F f, Out* __restrict out, const In* __restrict... in) {
  for (size_t i = 0; i < kBlockRows; ++i) out[i] = f(in[i]...);
}
template <typename F, typename... In>
uint64_t test_block(F f, const In* __restrict... in) {
  uint8_t bits[kBlockRows];
  for (size_t i = 0; i < kBlockRows; ++i) bits[i] = f(in[i]...) ? 1 : 0;
  return pack_word(bits);
}
// Gives the rows that failed.
template <typename Out, typename F, typename... In>
uint64_t try_block(F f, Out* __restrict out, const In* __restrict... in) {
  uint8_t failed[kBlockRows];
  for (size_t i = 0; i < kBlockRows; ++i) {
    Out value{};
    failed[i] = f(in[i]..., value) ? 0 : 1;
    out[i] = value;
  }
  return pack_word(failed);
}

// f(value...) for every row, null ones too: it costs less than looking whether to.
template <typename Out, typename... In, typename F>
Column fill_densely(const Call& call, const Type& type, const F& f) {
  constexpr bool kBits = std::is_same_v<Out, bool>;
  const size_t total = call.rows().total();
  Column column{.type = type, .rows = total};
  column.validity = and_validity(call.args(), total);
  Buffer values(words_of(total) * (kBits ? 8 : kBlockRows * sizeof(Out)));
  for_each_block<In...>(call, [&](size_t first, const In*... in) {
    if constexpr (kBits) {
      values.as<uint64_t>()[first / kBlockRows] = test_block(f, in...);
    } else {
      compute_block(f, values.as<Out>() + first, in...);
    }
  });
  if (!kBits) values.set_size(total * sizeof(Out));
  column.values = share(std::move(values));
  return column;
}

// f(value..., result&) -> bool for every row, null ones and those not asked for too: it must be defined for all of
// them, and cheap. Where it gives false and the row counts, the row is null and a fault, for which why(row) is the
// message.
template <typename Out, typename... In, typename F, typename Why>
Column fill_checked(const Call& call, const Type& type, const F& f, Why&& why) {
  const size_t total = call.rows().total();
  const BufferRef validity = and_validity(call.args(), total);
  const RowBits wanted(call.rows());
  Buffer values(words_of(total) * kBlockRows * sizeof(Out));
  std::vector<uint32_t> failed;
  for_each_block<In...>(call, [&](size_t first, const In*... in) {
    uint64_t flaws = try_block(f, values.as<Out>() + first, in...);
    if (flaws == 0) [[likely]]
      return;
    flaws &= wanted.words()[first / kBlockRows];
    if (validity != nullptr) flaws &= validity->as<uint64_t>()[first / kBlockRows];
    for_each_bit(flaws, first, [&](size_t row) {
      call.fault(row, why(row));
      failed.push_back(static_cast<uint32_t>(row));
    });
  });
  values.set_size(total * sizeof(Out));
  Column column{.type = type, .rows = total};
  column.validity = without_rows(validity, total, failed);
  column.values = share(std::move(values));
  return column;
}

}  // namespace millrace
