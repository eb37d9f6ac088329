#include "data/formats/json_writer.h"

#include <cmath>

#include "base/base64.h"
#include "data/formats/json_text.h"
#include "data/formats/output.h"
#include "data/formats/scalar_text.h"

namespace millrace {
namespace {

// With the quotes that dates and the like have in JSON.
char* put_scalar(char* to, const Column& column, size_t row) {
  const bool quoted = column.type.is(TypeKind::kDate) || column.type.is(TypeKind::kTimestamp) ||
                      (column.type.is(TypeKind::kDouble) && !std::isfinite(column.at<double>(row)));
  if (quoted) *to++ = '"';
  to = put_scalar_text(to, column, row);
  if (quoted) *to++ = '"';
  return to;
}

void append_value(const Column& column, size_t row, std::string& out) {
  if (column.is_null(row)) {
    out += "null";
    return;
  }
  if (is_scalar(column.type)) {
    char text[kScalarBytesMax + 2];
    out.append(text, static_cast<size_t>(put_scalar(text, column, row) - text));
    return;
  }
  switch (column.type.kind()) {
    case TypeKind::kString: return append_json_string(column.string_at(row), out);
    case TypeKind::kBinary: return append_json_string(encode_base64(column.string_at(row)), out);
    case TypeKind::kStruct: {
      const size_t at = column.constant ? 0 : row;
      out += '{';
      for (size_t i = 0; i < column.children.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(column.type.fields()[i].name, out);
        out += ':';
        append_value(column.children[i], at, out);
      }
      out += '}';
      return;
    }
    case TypeKind::kArray:
    case TypeKind::kMap: {
      const bool map = column.type.is(TypeKind::kMap);
      const Column::Range range = column.range_at(row);
      out += map ? '{' : '[';
      for (size_t i = range.begin; i < range.end; ++i) {
        if (i > range.begin) out += ',';
        if (map) {
          append_json_string(format_value(column.children[0], i), out);
          out += ':';
        }
        append_value(column.children[map ? 1 : 0], i, out);
      }
      out += map ? '}' : ']';
      return;
    }
    default: return append_json_string(format_value(column, row), out);
  }
}

// A string column in which no byte needs an escape is copied as it is; one look at all its bytes tells.
bool is_plain(const Column& column) {
  if (!column.type.is(TypeKind::kString) || column.values == nullptr) return false;
  const size_t bytes = column.values->size();
  return json_plain_prefix(column.values->as<char>(), bytes) == bytes;
}

// As much as the text of so many of a column's values can have, with names of fields and separators.
size_t text_bytes_at_most(const Column& column, size_t values) {
  constexpr size_t kEscapedBytes = 6;   // \u001f
  constexpr size_t kScalarBytes = 256;  // intervals too
  size_t bytes = values * kScalarBytes;
  if (column.values != nullptr) bytes += kEscapedBytes * column.values->size() * (column.constant ? values : 1);
  for (size_t i = 0; i < column.children.size(); ++i) {
    const Column& child = column.children[i];
    const bool one_each = column.type.is(TypeKind::kStruct);
    if (one_each) bytes += values * kEscapedBytes * column.type.fields()[i].name.size();
    bytes += text_bytes_at_most(child, one_each ? values : child.rows);
  }
  return bytes;
}

}  // namespace

JsonWriter::JsonWriter(const std::vector<WriteColumn>& columns) {
  for (const WriteColumn& column : columns) {
    std::string key(1, columns_.empty() ? '{' : ',');
    append_json_string(column.name, key);
    key += ':';
    const size_t bytes = key.size();
    key.append(kPaddedCopyBytes, '\0');
    columns_.push_back({column.index, std::move(key), bytes});
  }
}

size_t JsonWriter::record_bytes_at_most(const Batch& batch) const {
  size_t bytes = 2;
  for (const Out& out : columns_) bytes += out.key_bytes + text_bytes_at_most(batch.columns[out.index], 1);
  return bytes;
}

Buffer JsonWriter::write(const Batch& batch, const Rows& rows) const {
  enum class How : uint8_t { kPlain, kScalar, kAny };
  std::vector<How> how;
  size_t bytes_expected = 4096;
  for (const Out& out : columns_) {
    const Column& column = batch.columns[out.index];
    how.push_back(is_plain(column) ? How::kPlain : is_scalar(column.type) ? How::kScalar : How::kAny);
    const size_t bytes = column.values != nullptr && !column.constant ? column.values->size() : 0;
    bytes_expected += bytes + rows.count() * (out.key_bytes + (how.back() == How::kScalar ? 28 : 2));
  }
  Output output(bytes_expected);
  std::string scratch;
  rows.for_each([&](size_t row) {
    if (columns_.empty()) output.add("{");
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = batch.columns[columns_[i].index];
      output.add_padded(std::string_view(columns_[i].key.data(), columns_[i].key_bytes));
      if (column.is_null(row)) {
        output.add("null");
      } else if (how[i] == How::kPlain) {
        output.add_quoted_padded(column.string_at(row));
      } else if (how[i] == How::kScalar) {
        output.commit(put_scalar(output.room(kScalarBytesMax + 2), column, row));
      } else {
        scratch.clear();
        append_value(column, row, scratch);
        output.add(scratch);
      }
    }
    output.add("}\n");
  });
  return output.take();
}

std::string json_value(const Column& column, size_t row) {
  std::string out;
  append_value(column, row, out);
  return out;
}

}  // namespace millrace
