#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "data/column.h"

namespace millrace {

// Builders append row after row and end with finish(), which gives the column and leaves the builder empty.
// Each belongs to one thread.

// The null bits of a column; free of cost until the first null.
class ValidityBuilder {
 public:
  void append(bool valid) {
    if (!valid && !has_nulls_) start();
    if (has_nulls_) {
      if (rows_ / 8 >= bits_.size()) extend();
      if (!valid) clear(rows_);
    }
    ++rows_;
  }
  void append_valid() { append(true); }
  void append_valid(size_t rows);
  size_t rows() const { return rows_; }
  BufferRef finish();  // nullptr when there were no nulls

 private:
  void start();
  void extend();  // by one byte of valid rows
  void clear(size_t row) {
    uint8_t& byte = bits_.as<uint8_t>()[row / 8];
    byte = static_cast<uint8_t>(byte & ~(1U << (row & 7)));
  }

  size_t rows_ = 0;
  bool has_nulls_ = false;
  Buffer bits_;
};

// int, bigint, double, decimal, date, timestamp: T is int32_t, int64_t, double, Int128.
template <typename T>
class FixedBuilder {
 public:
  explicit FixedBuilder(Type type, size_t rows_expected = 0) : type_(std::move(type)) {
    values_.reserve(rows_expected * sizeof(T));
  }
  void append(T value) {
    push(value);
    validity_.append_valid();
  }
  void append_null() {
    push(T{});
    validity_.append(false);
  }
  size_t rows() const { return validity_.rows(); }
  Column finish() {
    Column column{.type = type_, .rows = validity_.rows()};
    column.validity = validity_.finish();
    values_.resize(values_.size());
    column.values = share(std::move(values_));
    values_ = Buffer();
    return column;
  }

 private:
  void push(T value) {
    const size_t at = values_.size();
    values_.reserve(at + sizeof(T));
    std::memcpy(values_.bytes() + at, &value, sizeof(T));
    values_.set_size(at + sizeof(T));
  }

  Type type_;
  Buffer values_;
  ValidityBuilder validity_;
};

class BoolBuilder {
 public:
  explicit BoolBuilder(size_t rows_expected = 0) { bits_.reserve(rows_expected / 8 + 1); }
  void append(bool value) {
    push(value);
    validity_.append_valid();
  }
  void append_null() {
    push(false);
    validity_.append(false);
  }
  size_t rows() const { return validity_.rows(); }
  Column finish();

 private:
  void push(bool value) {
    const size_t row = validity_.rows();
    if ((row & 7) == 0) {
      bits_.reserve(row / 8 + 1);
      bits_.set_size(row / 8 + 1);
      bits_.as<uint8_t>()[row / 8] = 0;
    }
    bits_.as<uint8_t>()[row / 8] |= static_cast<uint8_t>((value ? 1U : 0U) << (row & 7));
  }

  Buffer bits_;
  ValidityBuilder validity_;
};

// string and binary. The bytes of one row may be appended in pieces: add()..., then end_row().
class StringBuilder {
 public:
  explicit StringBuilder(Type type = TypeKind::kString, size_t rows_expected = 0, size_t bytes_expected = 0);
  void append(std::string_view value) {
    add(value);
    end_row();
  }
  // The same, for a value that may be read 32 bytes beyond its end, as what lies in a Buffer may: short strings then
  // cost one copy of fixed size and no call.
  void append_padded(std::string_view value) {
    const size_t at = bytes_.size();
    bytes_.reserve(at + value.size());
    std::byte* to = bytes_.bytes() + at;
    if (value.size() <= 32) [[likely]] {
      std::memcpy(to, value.data(), 32);
    } else {
      std::memcpy(to, value.data(), value.size());
    }
    bytes_.set_size(at + value.size());
    end_row();
  }
  void add(std::string_view piece) {
    const size_t at = bytes_.size();
    bytes_.reserve(at + piece.size());
    std::byte* to = bytes_.bytes() + at;
    if (!piece.empty()) std::memcpy(to, piece.data(), piece.size());
    bytes_.set_size(at + piece.size());
  }
  void add(char c) { add(std::string_view(&c, 1)); }
  // Room for `bytes` more behind what was added to this row; write there, then commit(written).
  char* room(size_t bytes) {
    bytes_.reserve(bytes_.size() + bytes);
    return bytes_.as<char>() + bytes_.size();
  }
  void commit(size_t written) { bytes_.set_size(bytes_.size() + written); }
  void end_row() {
    push_offset();
    validity_.append_valid();
  }
  void append_null() {
    push_offset();
    validity_.append(false);
  }
  size_t rows() const { return validity_.rows(); }
  size_t bytes() const { return bytes_.size(); }
  Column finish();

 private:
  void push_offset() {
    const size_t at = offsets_.size();
    offsets_.reserve(at + sizeof(int32_t));
    const auto end = static_cast<int32_t>(bytes_.size());
    std::memcpy(offsets_.bytes() + at, &end, sizeof end);
    offsets_.set_size(at + sizeof(int32_t));
  }
  void start();

  Type type_;
  Buffer offsets_;
  Buffer bytes_;
  ValidityBuilder validity_;
};

// Any type, decided at run time; slower than the typed ones, for nested values, constants and merging.
class ColumnBuilder {
 public:
  explicit ColumnBuilder(Type type);
  ~ColumnBuilder();
  ColumnBuilder(ColumnBuilder&&) noexcept;
  ColumnBuilder& operator=(ColumnBuilder&&) noexcept;

  void append_null();
  void append_from(const Column& column, size_t row);                 // the column's type must equal this builder's
  void append_range(const Column& column, size_t begin, size_t end);  // the same for rows begin to end
  // Leaf values; the builder's type must fit.
  void append_bool(bool value);
  void append_int(int32_t value);     // int, date
  void append_bigint(int64_t value);  // bigint, timestamp
  void append_double(double value);
  void append_decimal(Int128 value);
  void append_string(std::string_view value);  // string, binary
  void append_interval(Interval value);
  // Nested values: append the children's values, then close the row. Arrays have one child builder, maps two (key,
  // value), structs one per field; a row of an array or map takes all that was appended to the children since the last.
  ColumnBuilder& child(size_t index);
  void end_nested();

  const Type& type() const;
  size_t rows() const;
  Column finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One row; for literals and tests.
Column constant_bool(bool value);
Column constant_string(std::string_view value);
template <typename T>
Column constant_fixed(const Type& type, T value) {
  FixedBuilder<T> builder(type, 1);
  builder.append(value);
  Column column = builder.finish();
  column.constant = true;
  return column;
}

}  // namespace millrace
