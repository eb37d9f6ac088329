#include "data/expr/literal.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/decimal.h"

namespace millrace {
namespace {

Error wrong(std::string message) { return {ErrorCode::kInvalidSpec, std::move(message)}; }

Column constant(Column column) {
  column.constant = true;
  return column;
}

Result<Column> double_literal(std::string_view digits) {
  double value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size() || !std::isfinite(value)) {
    return wrong(fmt::format("'{}' is not a double", digits));
  }
  return constant_fixed<double>(TypeKind::kDouble, value);
}

// As many digits as are written.
Result<Column> decimal_literal(std::string_view digits) {
  std::string plain;
  int scale = 0;
  bool behind_point = false;
  int exponent = 0;
  const size_t e = digits.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view power = digits.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    std::from_chars(power.data(), power.data() + power.size(), exponent);
  }
  for (const char c : digits.substr(0, e)) {
    if (c == '.') {
      behind_point = true;
      continue;
    }
    plain += c;
    if (behind_point) ++scale;
  }
  scale = std::max(0, scale - exponent);
  size_t significant = 0;
  bool leading = true;
  for (const char c : plain) {
    if (c == '-' || (leading && c == '0')) continue;
    leading = false;
    ++significant;
  }
  const int precision = std::max({static_cast<int>(significant) + std::max(0, exponent), scale, 1});
  if (precision > kDecimalPrecisionMax || scale > kDecimalPrecisionMax) {
    return wrong(fmt::format("'{}' has more than {} digits", digits, kDecimalPrecisionMax));
  }
  const ParsedDecimal parsed = parse_decimal(digits, precision, scale);
  if (parsed.outcome != ParsedDecimal::Outcome::kOk) return wrong(fmt::format("'{}' is not a decimal", digits));
  return constant_fixed<Int128>(Type::decimal(precision, scale), parsed.value);
}

struct Unit {
  std::string_view name;
  int months;
  int days;
  int64_t us;
};
constexpr std::array kUnits = std::to_array<Unit>({{"YEAR", 12, 0, 0},
                                                   {"QUARTER", 3, 0, 0},
                                                   {"MONTH", 1, 0, 0},
                                                   {"WEEK", 0, 7, 0},
                                                   {"DAY", 0, 1, 0},
                                                   {"HOUR", 0, 0, 3'600'000'000},
                                                   {"MINUTE", 0, 0, 60'000'000},
                                                   {"SECOND", 0, 0, 1'000'000},
                                                   {"MILLISECOND", 0, 0, 1000},
                                                   {"MICROSECOND", 0, 0, 1}});

// Units that dateadd and its like know besides.
constexpr std::array<std::string_view, 3> kMoreUnits = {"DAYOFYEAR", "DAYOFWEEK", "ISOWEEK"};

const Unit* find_unit(std::string_view word) {
  for (const Unit& unit : kUnits) {
    if (word == unit.name ||
        (word.size() == unit.name.size() + 1 && word.starts_with(unit.name) && word.back() == 'S')) {
      return &unit;
    }
  }
  return nullptr;
}

std::optional<Interval> add_part(Interval sum, std::string_view count, const Unit& unit) {
  int64_t us = 0;
  const size_t point = count.find('.');
  if (unit.us == 1'000'000 && point != std::string_view::npos) {
    const ParsedDecimal seconds = parse_decimal(count, 18, 6);
    if (seconds.outcome != ParsedDecimal::Outcome::kOk) return std::nullopt;
    us = static_cast<int64_t>(seconds.value);
  } else {
    int64_t number = 0;
    if (count.starts_with('+')) count.remove_prefix(1);
    const auto end = std::from_chars(count.data(), count.data() + count.size(), number);
    if (end.ec != std::errc() || end.ptr != count.data() + count.size()) return std::nullopt;
    int64_t months = 0;
    int64_t days = 0;
    if (__builtin_mul_overflow(number, unit.months, &months) || __builtin_mul_overflow(number, unit.days, &days) ||
        __builtin_mul_overflow(number, unit.us, &us)) {
      return std::nullopt;
    }
    months += sum.months;
    days += sum.days;
    constexpr int64_t kMax = std::numeric_limits<int32_t>::max();
    if (std::abs(months) > kMax || std::abs(days) > kMax) return std::nullopt;
    sum.months = static_cast<int32_t>(months);
    sum.days = static_cast<int32_t>(days);
  }
  if (__builtin_add_overflow(sum.us, us, &sum.us)) return std::nullopt;
  return sum;
}

// '1-2' YEAR TO MONTH and '1 02:03:04.5' DAY TO SECOND: the numbers in the text belong to the units from .. to.
std::optional<Interval> add_span(Interval sum, const IntervalPart& part) {
  const Unit* from = find_unit(part.unit);
  const Unit* to = find_unit(part.to);
  if (from == nullptr || to == nullptr) return std::nullopt;
  std::string_view text = part.count;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  static constexpr std::array<std::string_view, 6> kOrder = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};
  size_t unit = 0;
  while (unit < kOrder.size() && kOrder[unit] != from->name) ++unit;
  while (!text.empty() && unit < kOrder.size()) {
    const size_t end = std::min(text.find_first_of("-: "), text.size());
    const auto added =
        add_part(sum, (negative ? "-" : "") + std::string(text.substr(0, end)), *find_unit(kOrder[unit]));
    if (!added) return std::nullopt;
    sum = *added;
    text.remove_prefix(std::min(end + 1, text.size()));
    if (kOrder[unit] == to->name) break;
    ++unit;
  }
  return text.empty() ? std::optional(sum) : std::nullopt;
}

}  // namespace

Result<Column> parse_number_literal(std::string_view text) {
  std::string upper;
  for (const char c : text) upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const auto without = [&](size_t suffix) { return text.substr(0, text.size() - suffix); };
  if (upper.ends_with("BD")) return decimal_literal(without(2));
  if (upper.ends_with("D")) return double_literal(without(1));
  if (upper.ends_with("F")) return wrong("there is no type float");
  const bool is_long = upper.ends_with("L");
  const std::string_view digits = is_long ? without(1) : text;
  if (!is_long && upper.find('E') != std::string::npos) return double_literal(digits);
  if (!is_long && upper.find('.') != std::string::npos) return decimal_literal(digits);
  int64_t value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end.ptr != digits.data() + digits.size()) return wrong(fmt::format("'{}' is not a number", text));
  if (end.ec == std::errc::result_out_of_range) {
    return is_long ? Result<Column>(wrong(fmt::format("'{}' does not fit a bigint", text))) : decimal_literal(digits);
  }
  if (!is_long && value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max()) {
    return constant_fixed<int32_t>(TypeKind::kInt, static_cast<int32_t>(value));
  }
  return constant_fixed<int64_t>(TypeKind::kBigint, value);
}

Result<Column> parse_hex_literal(std::string_view digits) {
  std::string bytes;
  std::string padded = digits.size() % 2 == 1 ? "0" + std::string(digits) : std::string(digits);
  for (size_t i = 0; i < padded.size(); i += 2) {
    unsigned value = 0;
    const auto end = std::from_chars(padded.data() + i, padded.data() + i + 2, value, 16);
    if (end.ec != std::errc() || end.ptr != padded.data() + i + 2)
      return wrong(fmt::format("'{}' is not hexadecimal", digits));
    bytes += static_cast<char>(static_cast<unsigned char>(value));
  }
  StringBuilder builder(TypeKind::kBinary, 1, bytes.size());
  builder.append(bytes);
  return constant(builder.finish());
}

bool is_interval_unit(std::string_view word) {
  return find_unit(word) != nullptr || std::find(kMoreUnits.begin(), kMoreUnits.end(), word) != kMoreUnits.end();
}

Result<Column> make_interval_literal(const std::vector<IntervalPart>& parts) {
  Interval sum{};
  for (const IntervalPart& part : parts) {
    const Unit* unit = find_unit(part.unit);
    const auto added = !part.to.empty()  ? add_span(sum, part)
                       : unit == nullptr ? std::nullopt
                                         : add_part(sum, part.count, *unit);
    if (!added) return wrong(fmt::format("'{} {}' is not an interval", part.count, part.unit));
    sum = *added;
  }
  return constant_fixed<Interval>(TypeKind::kInterval, sum);
}

Result<Column> parse_interval_text(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.push_back(word);
  if (!words.empty() && words[0] == "INTERVAL") words.erase(words.begin());
  if (words.empty() || words.size() % 2 != 0) return wrong(fmt::format("'{}' is not an interval", text));
  std::vector<IntervalPart> parts;
  for (size_t i = 0; i < words.size(); i += 2) parts.push_back({words[i], words[i + 1], ""});
  return make_interval_literal(parts);
}

}  // namespace millrace
