#include "data/expr/functions/json_write.h"

#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "data/expr/functions/json_tree.h"
#include "data/put_text.h"

namespace millrace {
namespace {

// Java's BigDecimal.toString: 0.0000001 is 1E-7.
std::string big_decimal(Int128 unscaled, int scale) {
  std::string digits = format_decimal(unscaled < 0 ? -unscaled : unscaled, 0);
  const int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (exponent >= -6) return format_decimal(unscaled, scale);
  if (digits.size() > 1) digits.insert(1, ".");
  return fmt::format("{}{}E{}", unscaled < 0 ? "-" : "", digits, exponent);
}

// "2024-02-10T12:00:00.000Z": always three digits of the second, the rest cut off.
std::string iso_timestamp(int64_t us) {
  std::string text = format_timestamp(us);
  const size_t dot = text.find('.');
  std::string fraction = dot == std::string::npos ? "" : text.substr(dot + 1, 3);
  fraction.resize(3, '0');
  text.resize(std::min(dot, text.size()));
  text[text.find(' ')] = 'T';
  return text + '.' + fraction + 'Z';
}

void write_base64(std::string_view bytes, std::string& out) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < bytes.size() ? static_cast<uint8_t>(bytes[at + i]) : 0U);
    for (size_t i = 0; i < 4; ++i) {
      const bool padding = at + i > bytes.size();
      out += padding ? '=' : kAlphabet[group >> (18 - 6 * i) & 63U];
    }
  }
}

void write_whole(int64_t value, std::string& out) {
  char digits[kPutBytesMax];
  out.append(digits, put_whole(digits, value));
}

void write_members(const Column& column, size_t row, std::string& out) {
  const bool map = column.type.is(TypeKind::kMap);
  const Column::Range range = column.range_at(row);
  out += map ? '{' : '[';
  for (size_t at = range.begin; at < range.end; ++at) {
    if (at > range.begin) out += ',';
    if (map) {
      write_json_string(format_value(column.children[0], at), out);
      out += ':';
    }
    write_json_value(column.children[map ? 1 : 0], at, out);
  }
  out += map ? '}' : ']';
}

void write_fields(const Column& column, size_t row, std::string& out) {
  const size_t at = column.constant ? 0 : row;
  bool first = true;
  out += '{';
  for (size_t c = 0; c < column.children.size(); ++c) {
    if (column.children[c].is_null(at)) continue;
    if (!first) out += ',';
    first = false;
    write_json_string(column.type.fields()[c].name, out);
    out += ':';
    write_json_value(column.children[c], at, out);
  }
  out += '}';
}

}  // namespace

void write_json_value(const Column& column, size_t row, std::string& out) {
  if (column.is_null(row)) {
    out += "null";
    return;
  }
  switch (column.type.kind()) {
    case TypeKind::kString: return write_json_string(column.string_at(row), out);
    case TypeKind::kInt: return write_whole(column.at<int32_t>(row), out);
    case TypeKind::kBigint: return write_whole(column.at<int64_t>(row), out);
    case TypeKind::kDate: return write_json_string(format_date(column.at<int32_t>(row)), out);
    case TypeKind::kTimestamp: return write_json_string(iso_timestamp(column.at<int64_t>(row)), out);
    case TypeKind::kDecimal: out += big_decimal(column.at<Int128>(row), column.type.scale()); return;
    case TypeKind::kDouble:
      if (!std::isfinite(column.at<double>(row))) return write_json_string(format_value(column, row), out);
      out += format_value(column, row);
      return;
    case TypeKind::kBinary:
      out += '"';
      write_base64(column.string_at(row), out);
      out += '"';
      return;
    case TypeKind::kArray:
    case TypeKind::kMap: return write_members(column, row, out);
    case TypeKind::kStruct: return write_fields(column, row, out);
    default: out += format_value(column, row); return;
  }
}

}  // namespace millrace
