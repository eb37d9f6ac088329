#include "data/expr/parse.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "data/expr/decimal.h"

namespace millrace {
namespace {

constexpr bool is_space(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_word(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != word[i]) return false;
  }
  return true;
}

template <typename T>
std::optional<T> parse_whole(std::string_view text) {
  text = trim_text(text);
  if (text.size() > 1 && text[0] == '+' && is_digit(text[1])) text.remove_prefix(1);
  T value{};
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

std::string_view java_trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
  return text;
}

std::optional<double> special_double(std::string_view word, bool negative, bool has_sign) {
  const double infinity = std::numeric_limits<double>::infinity();
  if (same_word(word, "inf") || same_word(word, "infinity")) return negative ? -infinity : infinity;
  if (same_word(word, "nan") && (!has_sign || word == "NaN")) return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

// from_chars does not say whether a number out of range is too large or too small; its exponent does.
bool is_huge(std::string_view text) {
  int64_t magnitude = 0;
  bool point = false;
  bool leading = true;
  size_t at = 0;
  for (; at < text.size() && (is_digit(text[at]) || text[at] == '.'); ++at) {
    if (text[at] == '.') {
      point = true;
    } else if (leading && text[at] == '0') {
      magnitude -= point ? 1 : 0;
    } else {
      leading = false;
      magnitude += point ? 0 : 1;
    }
  }
  if (at == text.size()) return magnitude > 0;
  ++at;
  if (at < text.size() && text[at] == '+') ++at;
  int64_t exponent = 0;
  const auto parsed = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
  if (parsed.ec != std::errc{}) return text[at] != '-';
  return exponent > -magnitude;
}

// What Java takes in front of the suffix: digits with at most one point, then an exponent.
bool is_plain_double(std::string_view text) {
  size_t at = 0;
  size_t digits = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) ++digits;
  if (at < text.size() && text[at] == '.') {
    for (++at; at < text.size() && is_digit(text[at]); ++at) ++digits;
  }
  if (digits == 0) return false;
  if (at == text.size()) return true;
  if (lower(text[at]) != 'e') return false;
  ++at;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  const size_t exponent = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at == text.size() && at > exponent;
}

std::optional<double> parse_hex_double(std::string_view digits) {
  const size_t exponent = digits.find_first_of("pP");
  if (exponent == std::string_view::npos || exponent + 1 >= digits.size()) return std::nullopt;
  if (digits[0] == '-') return std::nullopt;
  // from_chars takes no plus sign in the exponent that follows the p either way, so it is left to it as it stands.
  double value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::hex);
  if (parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range) {
    return digits[exponent + 1] == '-' ? 0.0 : std::numeric_limits<double>::infinity();
  }
  return parsed.ec == std::errc{} ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string_view trim_text(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<bool> parse_bool(std::string_view text) {
  text = trim_text(text);
  for (const std::string_view word : {"true", "t", "1", "y", "yes"}) {
    if (same_word(text, word)) return true;
  }
  for (const std::string_view word : {"false", "f", "0", "n", "no"}) {
    if (same_word(text, word)) return false;
  }
  return std::nullopt;
}

std::optional<int32_t> parse_int(std::string_view text) { return parse_whole<int32_t>(text); }
std::optional<int64_t> parse_bigint(std::string_view text) { return parse_whole<int64_t>(text); }

std::optional<double> parse_double(std::string_view text) {
  text = java_trim(text);
  if (text.empty()) return std::nullopt;
  const bool has_sign = text[0] == '-' || text[0] == '+';
  const bool negative = text[0] == '-';
  if (has_sign) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  if (!is_digit(text[0]) && text[0] != '.') return special_double(text, negative, has_sign);
  if (const std::optional<Decimal> decimal = parse_short_decimal(text)) {
    const double value = decimal_to_double(*decimal);
    return negative ? -value : value;
  }
  const char suffix = lower(text.back());
  if (suffix == 'd' || suffix == 'f') {
    const bool hex = text.size() > 1 && lower(text[1]) == 'x';
    if (!hex || text.find_first_of("pP") != std::string_view::npos) text.remove_suffix(1);
  }
  std::optional<double> value;
  if (text.size() > 2 && text[0] == '0' && lower(text[1]) == 'x') {
    value = parse_hex_double(text.substr(2));
  } else if (is_plain_double(text)) {
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec == std::errc::result_out_of_range) {
      number = is_huge(text) ? std::numeric_limits<double>::infinity() : 0.0;
    }
    value = number;
  }
  if (value && negative) value = -*value;
  return value;
}

}  // namespace millrace
