// How values are written as text: what CAST(x AS STRING) gives in Spark.
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "data/column.h"
#include "data/put_text.h"

namespace millrace {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kUsPerDay = 86'400 * kUsPerSecond;

// "00" to "99".
constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

char* put_year(char* to, int64_t year) {
  if (year < 0) *to++ = '-';
  if (year > 9999) *to++ = '+';
  const int64_t magnitude = year < 0 ? -year : year;
  if (magnitude > 9999) return put_whole(to, magnitude);
  return put_two_digits(put_two_digits(to, static_cast<uint64_t>(magnitude / 100)),
                        static_cast<uint64_t>(magnitude % 100));
}

template <typename... Values>
std::string written(char* (*put)(char*, Values...), Values... values) {
  char text[kPutBytesMax];
  return {text, put(text, values...)};
}

std::string format_interval(const Interval& interval) {
  std::string out;
  const auto add = [&](int64_t count, std::string_view unit) {
    if (count != 0) fmt::format_to(std::back_inserter(out), "{}{} {}", out.empty() ? "" : " ", count, unit);
  };
  add(interval.months / 12, "years");
  add(interval.months % 12, "months");
  add(interval.days, "days");
  add(interval.us / (3600 * kUsPerSecond), "hours");
  add(interval.us / (60 * kUsPerSecond) % 60, "minutes");
  const int64_t rest = interval.us % (60 * kUsPerSecond);
  if (rest != 0) {
    std::string seconds = format_decimal(rest, 6);
    while (seconds.back() == '0') seconds.pop_back();
    if (seconds.back() == '.') seconds.pop_back();
    out += (out.empty() ? "" : " ") + seconds + " seconds";
  }
  return out.empty() ? "0 seconds" : out;
}

std::string format_children(const Column& column, size_t row) {
  std::string out;
  if (column.type.is(TypeKind::kStruct)) {
    const size_t at = column.constant ? 0 : row;
    for (size_t c = 0; c < column.children.size(); ++c) {
      const Column& child = column.children[c];
      if (c > 0) out += ", ";
      out += child.is_null(at) ? "null" : format_value(child, at);
    }
    return '{' + out + '}';
  }
  const Column::Range range = column.range_at(row);
  const bool map = column.type.is(TypeKind::kMap);
  for (size_t i = range.begin; i < range.end; ++i) {
    if (i > range.begin) out += ", ";
    out += column.children[0].is_null(i) ? "null" : format_value(column.children[0], i);
    if (map) out += " -> " + (column.children[1].is_null(i) ? "null" : format_value(column.children[1], i));
  }
  return map ? '{' + out + '}' : '[' + out + ']';
}

}  // namespace

std::string format_double(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  const std::string_view shortest(text, static_cast<size_t>(end.ptr - text));
  const size_t e = shortest.find('e');
  int exponent = 0;
  std::from_chars(shortest.data() + e + (shortest[e + 1] == '+' ? 2 : 1), shortest.data() + shortest.size(), exponent);
  const bool negative = shortest[0] == '-';
  std::string digits;
  for (const char c : shortest.substr(negative ? 1 : 0, e - (negative ? 1 : 0))) {
    if (c != '.') digits += c;
  }
  std::string out = negative ? "-" : "";
  const double magnitude = std::fabs(value);
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    if (exponent < 0) {
      out += "0.";
      out.append(static_cast<size_t>(-exponent - 1), '0');
      out += digits;
    } else {
      const auto whole = static_cast<size_t>(exponent) + 1;
      if (digits.size() < whole) digits.append(whole - digits.size(), '0');
      out += digits.substr(0, whole);
      out += '.';
      out += digits.size() > whole ? digits.substr(whole) : "0";
    }
  } else {
    out += digits[0];
    out += '.';
    out += digits.size() > 1 ? digits.substr(1) : "0";
    out += fmt::format("E{}", exponent);
  }
  return out;
}

char* put_two_digits(char* to, uint64_t value) {
  std::memcpy(to, kPairs.data() + 2 * value, 2);
  return to + 2;
}

char* put_whole(char* to, int64_t value) { return std::to_chars(to, to + kPutBytesMax, value).ptr; }

char* put_decimal(char* to, Int128 unscaled, int scale) {
  if (unscaled < 0) *to++ = '-';
  auto magnitude = static_cast<UInt128>(unscaled);
  if (unscaled < 0) magnitude = -magnitude;
  char digits[kPutBytesMax];
  char* const end = digits + sizeof digits;
  char* at = end;
  constexpr UInt128 kPiece = 10'000'000'000'000'000'000U;  // the most digits that 64 bits divide
  for (; magnitude >= kPiece; magnitude /= kPiece) {
    auto piece = static_cast<uint64_t>(magnitude % kPiece);
    for (int i = 0; i < 19; ++i, piece /= 10) *--at = static_cast<char>('0' + piece % 10);
  }
  auto piece = static_cast<uint64_t>(magnitude);
  do {
    *--at = static_cast<char>('0' + piece % 10);
    piece /= 10;
  } while (piece != 0);
  while (end - at <= scale) *--at = '0';
  const auto whole = static_cast<size_t>(end - at - scale);
  std::memcpy(to, at, whole);
  to += whole;
  if (scale == 0) return to;
  *to++ = '.';
  std::memcpy(to, at + whole, static_cast<size_t>(scale));
  return to + scale;
}

char* put_date(char* to, int64_t days) {
  const Civil civil = civil_from_days(days);
  to = put_year(to, civil.year);
  *to++ = '-';
  to = put_two_digits(to, civil.month);
  *to++ = '-';
  return put_two_digits(to, civil.day);
}

char* put_timestamp(char* to, int64_t us, char between) {
  int64_t day = us / kUsPerDay;
  int64_t rest = us % kUsPerDay;
  if (rest < 0) {
    rest += kUsPerDay;
    --day;
  }
  to = put_date(to, day);
  *to++ = between;
  const auto seconds = static_cast<uint64_t>(rest / kUsPerSecond);
  to = put_two_digits(to, seconds / 3600);
  *to++ = ':';
  to = put_two_digits(to, seconds / 60 % 60);
  *to++ = ':';
  to = put_two_digits(to, seconds % 60);
  const auto fraction = static_cast<uint64_t>(rest % kUsPerSecond);
  if (fraction == 0) return to;
  *to++ = '.';
  for (const uint64_t pair : {fraction / 10'000, fraction / 100 % 100, fraction % 100}) to = put_two_digits(to, pair);
  while (to[-1] == '0') --to;
  return to;
}

std::string format_decimal(Int128 unscaled, int scale) { return written(put_decimal, unscaled, scale); }
std::string format_date(int32_t days) { return written(put_date, int64_t{days}); }
std::string format_timestamp(int64_t us) { return written(put_timestamp, us, ' '); }

std::string format_value(const Column& column, size_t row) {
  if (column.is_null(row)) return "NULL";
  switch (column.type.kind()) {
    case TypeKind::kNull: return "NULL";
    case TypeKind::kBool: return column.bool_at(row) ? "true" : "false";
    case TypeKind::kInt: return fmt::format("{}", column.at<int32_t>(row));
    case TypeKind::kBigint: return fmt::format("{}", column.at<int64_t>(row));
    case TypeKind::kDouble: return format_double(column.at<double>(row));
    case TypeKind::kDecimal: return format_decimal(column.at<Int128>(row), column.type.scale());
    case TypeKind::kString:
    case TypeKind::kBinary: return std::string(column.string_at(row));
    case TypeKind::kDate: return format_date(column.at<int32_t>(row));
    case TypeKind::kTimestamp: return format_timestamp(column.at<int64_t>(row));
    case TypeKind::kInterval: return format_interval(column.at<Interval>(row));
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: return format_children(column, row);
  }
  MILLRACE_UNREACHABLE("type kind");
}

}  // namespace millrace
