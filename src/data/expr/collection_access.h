#pragma once

// How collections are looked into and put together; shared by the collection functions and the operators a[i], m[k].

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

#include "data/builder.h"
#include "data/expr/bits.h"
#include "data/expr/comparison.h"
#include "data/expr/function.h"

namespace millrace {

// Values that equal_rows holds to be equal have equal hashes.
uint64_t hash_row(const Column& column, size_t row);

struct RowRef {
  const Column* column;
  size_t row;
};
struct RowRefHash {
  size_t operator()(const RowRef& ref) const { return hash_row(*ref.column, ref.row); }
};
struct RowRefEqual {
  bool operator()(const RowRef& a, const RowRef& b) const { return equal_rows(*a.column, a.row, *b.column, b.row); }
};
using RowSet = std::unordered_set<RowRef, RowRefHash, RowRefEqual>;

// Where the element is in the children of an array, or kNullIndex; `index` counts from 1, or from the end when below 0.
// Index 0 is the caller's to refuse.
inline uint32_t array_element(Column::Range range, int64_t index) {
  const auto size = static_cast<int64_t>(range.end - range.begin);
  const int64_t at = index > 0 ? index - 1 : size + index;
  if (at < 0 || at >= size) return kNullIndex;
  return static_cast<uint32_t>(range.begin + static_cast<size_t>(at));
}
// Where the value of a key is in the children of a map, or kNullIndex.
uint32_t map_entry(const Column& map, size_t row, const Column& keys, size_t key_row);

// Whether an argument that must not be null is; bits of `may_be_null` name the arguments that may.
inline constexpr uint32_t kAllMayBeNull = UINT32_MAX;
inline bool lacks_argument(const Call& call, size_t row, uint32_t may_be_null) {
  if (may_be_null == kAllMayBeNull) return false;
  for (size_t i = 0; i < call.args().size(); ++i) {
    const bool allowed = i < 32 && ((may_be_null >> i) & 1U) != 0;
    if (!allowed && call.arg(i).is_null(row)) return true;
  }
  return false;
}

// f(row, out) appends exactly one row; rows that lack an argument become null.
template <typename F>
Column build_rows(const Call& call, const Type& type, uint32_t may_be_null, F&& f) {
  ColumnBuilder out(type);
  call.rows().for_each([&](size_t row) {
    while (out.rows() < row) out.append_null();
    if (lacks_argument(call, row, may_be_null)) {
      out.append_null();
    } else {
      f(row, out);
    }
  });
  while (out.rows() < call.rows().total()) out.append_null();
  return out.finish();
}

// An array made of elements of the first argument's array: f(row, picked) appends the wanted children's rows.
template <typename F>
Column pick_elements(const Call& call, F&& f) {
  const size_t total = call.rows().total();
  const Column& array = call.arg(0);
  Buffer offsets = Buffer::zeroed((total + 1) * sizeof(int32_t));
  std::vector<uint32_t> picked;
  ValidityBuilder validity;
  const auto close = [&](bool valid) {
    validity.append(valid);
    offsets.as<int32_t>()[validity.rows()] = static_cast<int32_t>(picked.size());
  };
  call.rows().for_each([&](size_t row) {
    while (validity.rows() < row) close(false);
    const bool valid = !lacks_argument(call, row, 0);
    if (valid) f(row, picked);
    close(valid);
  });
  while (validity.rows() < total) close(false);
  Column out{.type = array.type, .rows = total};
  out.validity = validity.finish();
  out.offsets = share(std::move(offsets));
  out.children.push_back(gather(array.children[0], picked));
  return out;
}

// One child's row per row: f(row) -> where in `source`, or kNullIndex for null; asked where no argument is null.
template <typename F>
Column pick_one(const Call& call, const Column& source, F&& f) {
  const size_t total = call.rows().total();
  const BufferRef validity = and_validity(call.args(), total);
  const ValidRows valid(validity);
  std::vector<uint32_t> picked(total, kNullIndex);
  call.rows().for_each([&](size_t row) {
    if (valid[row]) picked[row] = f(row);
  });
  return gather(source, picked);
}

}  // namespace millrace
