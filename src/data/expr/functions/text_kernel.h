#pragma once

// How functions that build texts are written: the bytes go straight into the column, nothing is allocated per row.

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "data/expr/kernels.h"
#include "data/padded_copy.h"

namespace millrace {

inline constexpr size_t kTextBytesMax = 64 << 20;  // of one computed text; repeat() and the like could ask for any

// Of all texts that one call computes for a batch: a column's bytes are counted by 32 bits.
inline constexpr size_t kBatchTextBytesMax = size_t{1} << 30;

using Args = std::span<const BindArg>;

// The row that a kernel writes: what it adds to `out` is the value, unless it calls null() or fault().
class TextRow {
 public:
  TextRow(StringBuilder& builder, const Call& call, size_t row) : out(builder), call_(call), row_(row) {}
  void null() { null_ = true; }
  void fault(std::string_view message) {
    call_.fault(row_, message);
    null_ = true;
  }
  bool is_null() const { return null_; }
  // Whether the value may have so many bytes; a fault otherwise.
  bool fits(size_t bytes) {
    if (bytes > kTextBytesMax) {
      fault("the result would be longer than 64 MiB");
    } else if (bytes > kBatchTextBytesMax - std::min(out.bytes(), kBatchTextBytesMax)) {
      fault("the results for a batch would be longer than 1 GiB");
    }
    return !null_;
  }
  const Call& call() const { return call_; }
  size_t row() const { return row_; }

  StringBuilder& out;

 private:
  const Call& call_;
  size_t row_;
  bool null_ = false;
};

inline void end_text(const TextRow& row) {
  if (row.is_null()) {
    row.out.append_null();
  } else {
    row.out.end_row();
  }
}

// Adds a part of a column's text: it may be read beyond its end.
inline void add_padded(std::string_view text, StringBuilder& out) {
  if (text.empty()) return;  // it may be nowhere
  copy_padded(out.room(text.size()), text);
  out.commit(text.size());
}

// f(TextRow&, value...) for the rows in which no argument is null.
template <typename... In, typename F>
Kernel text_kernel(Type type, F f) {
  return [type = std::move(type), f = std::move(f)](const Call& call) {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      const std::tuple<ValueReader<In>...> readers{ValueReader<In>(call.arg(I))...};
      return lift_rows<std::string>(call, type, [&](size_t row, StringBuilder& out) {
        TextRow text(out, call, row);
        f(text, std::get<I>(readers)[row]...);
        end_text(text);
      });
    }
    (std::index_sequence_for<In...>{});
  };
}

inline Binding bound(Type type, std::vector<Type> arguments, Kernel kernel) {
  return {.type = std::move(type), .argument_types = std::move(arguments), .kernel = std::move(kernel)};
}

inline bool is_binary(const BindArg& arg) { return arg.type.is(TypeKind::kBinary); }
// A constant that is not null.
inline const Column* known(const BindArg& arg) {
  return arg.constant != nullptr && !arg.constant->is_null(0) ? arg.constant : nullptr;
}

}  // namespace millrace
