#include "data/formats/avro/writer.h"

#include <cstring>

#include "base/assert.h"
#include "data/formats/avro/bytes.h"
#include "data/formats/output.h"

namespace millrace {
namespace {

// The branches of a union of null and a type, as they are written.
constexpr char kNullBranch = 0;
constexpr char kValueBranch = 2;

// More than any value takes that is neither a text nor nested, with its branch.
constexpr size_t kScalarBytesMax = 1 + kAvroVarintBytesMax + kAvroDecimalBytesMax;

void put_text(std::string_view text, Output& out) {
  char* const to = put_avro_long(out.room(kAvroVarintBytesMax + text.size()), static_cast<int64_t>(text.size()));
  out.commit(copy_padded(to, text));
}

template <typename T>
char* put_raw(char* to, T value) {
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

char* put_scalar(char* to, const Column& column, size_t row) {
  switch (column.type.kind()) {
    case TypeKind::kBool: *to = column.bool_at(row) ? 1 : 0; return to + 1;
    case TypeKind::kInt:
    case TypeKind::kDate: return put_avro_long(to, column.at<int32_t>(row));
    case TypeKind::kBigint:
    case TypeKind::kTimestamp: return put_avro_long(to, column.at<int64_t>(row));
    case TypeKind::kDouble: return put_raw(to, column.at<double>(row));
    case TypeKind::kDecimal: {
      char* const end = put_avro_unscaled(to + 1, column.at<Int128>(row));
      *to = static_cast<char>(avro_zigzag(end - to - 1));  // fewer than 64: one byte
      return end;
    }
    default: MILLRACE_UNREACHABLE("no scalar");
  }
}

void put_value(const Column& column, size_t row, Output& out);

void put_optional(const Column& column, size_t row, Output& out) {
  if (column.type.is(TypeKind::kNull)) return;
  if (column.is_null(row)) return out.add(kNullBranch);
  out.add(kValueBranch);
  put_value(column, row, out);
}

void put_elements(const Column& column, size_t row, Output& out) {
  const Column::Range range = column.range_at(row);
  const bool map = column.type.is(TypeKind::kMap);
  if (range.end > range.begin) {
    out.commit(put_avro_long(out.room(kAvroVarintBytesMax), static_cast<int64_t>(range.end - range.begin)));
  }
  for (size_t i = range.begin; i < range.end; ++i) {
    if (map) put_value(column.children[0], i, out);
    put_optional(column.children[map ? 1 : 0], i, out);
  }
  out.add('\0');
}

void put_value(const Column& column, size_t row, Output& out) {
  switch (column.type.kind()) {
    case TypeKind::kNull: return;
    case TypeKind::kString:
    case TypeKind::kBinary: return put_text(column.string_at(row), out);
    case TypeKind::kStruct:
      for (const Column& child : column.children) put_optional(child, column.constant ? 0 : row, out);
      return;
    case TypeKind::kArray:
    case TypeKind::kMap: return put_elements(column, row, out);
    default: out.commit(put_scalar(out.room(kScalarBytesMax), column, row));
  }
}

// As much as so many of a column's values can have.
size_t bytes_at_most(const Column& column, size_t values) {
  size_t bytes = values * kScalarBytesMax;
  if (column.type.is_variable() && column.values != nullptr)
    bytes += column.values->size() * (column.constant ? values : 1);
  for (const Column& child : column.children) {
    bytes += bytes_at_most(child, column.type.is(TypeKind::kStruct) ? values : child.rows);
  }
  return bytes;
}

}  // namespace

AvroWriter::Written AvroWriter::write(const Batch& batch, const Rows& rows, std::string_view prefix) const {
  size_t bytes_expected = rows.count() * (prefix.size() + 8 * columns_.size());
  for (const WriteColumn& column : columns_) {
    const Column& values = batch.columns[column.index];
    if (values.type.is_variable() && values.values != nullptr && !values.constant)
      bytes_expected += values.values->size();
  }
  Written written;
  written.ends.reserve(rows.count());
  Output out(bytes_expected);
  rows.for_each([&](size_t row) {
    char* to = out.room(prefix.size());
    std::memcpy(to, prefix.data(), prefix.size());
    out.commit(to + prefix.size());
    for (const WriteColumn& column : columns_) put_optional(batch.columns[column.index], row, out);
    written.ends.push_back(out.size());
  });
  written.bytes = out.take();
  return written;
}

size_t AvroWriter::record_bytes_at_most(const Batch& batch) const {
  size_t bytes = 0;
  for (const WriteColumn& column : columns_) bytes += bytes_at_most(batch.columns[column.index], 1);
  return bytes;
}

}  // namespace millrace
