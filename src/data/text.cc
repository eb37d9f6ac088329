// How values are written as text: what CAST(x AS STRING) gives in Spark.
#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "data/column.h"

namespace millrace {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kUsPerDay = 86'400 * kUsPerSecond;

std::string format_year(int64_t year) {
  if (year > 9999) return fmt::format("+{}", year);
  if (year < 0) return fmt::format("-{:04}", -year);
  return fmt::format("{:04}", year);
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

int32_t days_from_civil(int64_t year, unsigned month, unsigned day) {
  // Howard Hinnant's algorithm: years begin in March, eras of 400 years.
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return static_cast<int32_t>(era * 146097 + static_cast<int64_t>(day_of_era) - 719468);
}

Civil civil_from_days(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * shifted + 2) / 5 + 1;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

std::string format_decimal(Int128 unscaled, int scale) {
  const bool negative = unscaled < 0;
  auto magnitude = static_cast<UInt128>(unscaled);
  if (negative) magnitude = -magnitude;
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  } while (magnitude != 0);
  while (digits.size() <= static_cast<size_t>(scale)) digits += '0';
  std::reverse(digits.begin(), digits.end());
  if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  return negative ? '-' + digits : digits;
}

std::string format_date(int32_t days) {
  const Civil civil = civil_from_days(days);
  return fmt::format("{}-{:02}-{:02}", format_year(civil.year), civil.month, civil.day);
}

std::string format_timestamp(int64_t us) {
  int64_t day = us / kUsPerDay;
  int64_t rest = us % kUsPerDay;
  if (rest < 0) {
    rest += kUsPerDay;
    --day;
  }
  const Civil civil = civil_from_days(day);
  const int64_t seconds = rest / kUsPerSecond;
  std::string out = fmt::format("{}-{:02}-{:02} {:02}:{:02}:{:02}", format_year(civil.year), civil.month, civil.day,
                                seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (const int64_t fraction = rest % kUsPerSecond; fraction != 0) {
    out += fmt::format(".{:06}", fraction);
    while (out.back() == '0') out.pop_back();
  }
  return out;
}

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
