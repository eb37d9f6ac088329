#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/int128.h"
#include "data/buffer.h"
#include "data/civil.h"
#include "data/type.h"

namespace millrace {

struct Interval {
  int32_t months;
  int32_t days;
  int64_t us;
  bool operator==(const Interval&) const = default;
};

// Values of one type in Arrow's memory layout. An immutable value: copying shares the buffers.
//   validity  one bit per row, 1 = has a value; absent when no row is null
//   values    bool: one bit per row; fixed width: one value per row; string, binary: the bytes of all rows
//   offsets   string, binary, array, map: rows + 1 int32, where each row's bytes or children begin
//   children  array: the elements; map: keys, values; struct: one per field, each with the same rows
// A constant column holds one row (in buffers of one row) and stands for `rows` equal ones.
// Values at null rows are unspecified but readable (offsets are always monotonic, children always within bounds).
struct Column {
  Type type;
  size_t rows = 0;
  bool constant = false;
  BufferRef validity;
  BufferRef offsets;
  BufferRef values;
  std::vector<Column> children;

  bool is_null(size_t row) const {
    if (validity == nullptr) return type.is(TypeKind::kNull);
    const size_t at = constant ? 0 : row;
    return ((validity->as<uint8_t>()[at >> 3] >> (at & 7)) & 1) == 0;
  }
  bool may_have_nulls() const { return validity != nullptr || type.is(TypeKind::kNull); }

  // One value; the row must not be null and the type must be the right one. For loops, use Reader or StringReader.
  bool bool_at(size_t row) const {
    const size_t at = constant ? 0 : row;
    return ((values->as<uint8_t>()[at >> 3] >> (at & 7)) & 1) != 0;
  }
  template <typename T>
  T at(size_t row) const {
    return values->as<T>()[constant ? 0 : row];
  }
  std::string_view string_at(size_t row) const {
    const int32_t* o = offsets->as<int32_t>() + (constant ? 0 : row);
    return {values->as<char>() + o[0], static_cast<size_t>(o[1] - o[0])};
  }
  struct Range {
    size_t begin, end;
  };
  Range range_at(size_t row) const {  // arrays and maps: where in the children
    const int32_t* o = offsets->as<int32_t>() + (constant ? 0 : row);
    return {static_cast<size_t>(o[0]), static_cast<size_t>(o[1])};
  }
};

// Reads values of a fixed-width column, constant or not, without a branch.
template <typename T>
class Reader {
 public:
  explicit Reader(const Column& column)
      : values_(column.values ? column.values->as<T>() : nullptr), mask_(column.constant ? 0 : ~size_t{0}) {}
  T operator[](size_t row) const { return values_[row & mask_]; }

 private:
  const T* values_;
  size_t mask_;
};

// The same for strings and binaries.
class StringReader {
 public:
  explicit StringReader(const Column& column)
      : offsets_(column.offsets ? column.offsets->as<int32_t>() : nullptr),
        bytes_(column.values ? column.values->as<char>() : nullptr),
        mask_(column.constant ? 0 : ~size_t{0}) {}
  std::string_view operator[](size_t row) const {
    const int32_t* o = offsets_ + (row & mask_);
    return {bytes_ + o[0], static_cast<size_t>(o[1] - o[0])};
  }

 private:
  const int32_t* offsets_;
  const char* bytes_;
  size_t mask_;
};

// All rows null.
Column null_column(const Type& type, size_t rows);

// The rows at `indices`, in that order, one index any number of times. kNullIndex gives a null row.
inline constexpr uint32_t kNullIndex = UINT32_MAX;
Column gather(const Column& column, std::span<const uint32_t> indices);

// A column that is not constant, with the same rows.
Column flatten(const Column& column);

// A one-row column seen as `rows` equal rows.
Column repeat(const Column& one_row, size_t rows);

// Rows equal in type and value; nulls equal each other; NaN equals NaN.
bool equal_rows(const Column& a, size_t row_a, const Column& b, size_t row_b);

// A value as Spark's CAST to string writes it (nested: [a, b], {k -> v}, {x, y}); "NULL" for null.
std::string format_value(const Column& column, size_t row);

// As Java's Double.toString: the shortest digits that read back the same, plain between 1e-3 and 1e7, else "1.0E10".
std::string format_double(double value);
// 123 with scale 2 as "1.23".
std::string format_decimal(Int128 unscaled, int scale);
// "2026-11-21", and "2026-11-21 07:47:03.25" in UTC; what is left of the year 0 or right of 9999 gets a sign.
std::string format_date(int32_t days);
std::string format_timestamp(int64_t us);

}  // namespace millrace
