#include "data/cql/number.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>

namespace millrace {
namespace {

// Nine decimal digits fit a 32-bit limb.
constexpr uint32_t kLimbDecimal = 1'000'000'000;
constexpr size_t kLimbDigits = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Big-endian bytes of an unsigned number given as decimal digits; empty for zero.
std::vector<uint8_t> magnitude_of(std::string_view digits) {
  std::vector<uint32_t> limbs;  // little endian
  for (size_t at = 0; at < digits.size();) {
    const size_t take = std::min(kLimbDigits, digits.size() - at);
    uint64_t carry = 0;
    uint32_t scale = 1;
    for (size_t i = 0; i < take; ++i) {
      carry = carry * 10 + static_cast<uint64_t>(digits[at + i] - '0');
      scale *= 10;
    }
    for (uint32_t& limb : limbs) {
      const uint64_t sum = static_cast<uint64_t>(limb) * scale + carry;
      limb = static_cast<uint32_t>(sum);
      carry = sum >> 32;
    }
    if (carry != 0) limbs.push_back(static_cast<uint32_t>(carry));
    at += take;
  }
  std::vector<uint8_t> bytes;
  for (size_t i = limbs.size(); i-- > 0;) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(limbs[i] >> shift));
  }
  const auto first = std::find_if(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte != 0; });
  bytes.erase(bytes.begin(), first);
  return bytes;
}

// Two's complement of what the bytes hold, in the same width.
void negate(std::vector<uint8_t>& bytes) {
  unsigned carry = 1;
  for (size_t i = bytes.size(); i-- > 0;) {
    const unsigned sum = static_cast<uint8_t>(~bytes[i]) + carry;
    bytes[i] = static_cast<uint8_t>(sum);
    carry = sum >> 8;
  }
}

// Drops leading bytes that only repeat the sign.
void append_shortest(const std::vector<uint8_t>& bytes, std::string& to) {
  size_t first = 0;
  while (first + 1 < bytes.size()) {
    const bool next_negative = (bytes[first + 1] & 0x80) != 0;
    if (!(bytes[first] == 0x00 && !next_negative) && !(bytes[first] == 0xff && next_negative)) break;
    ++first;
  }
  to.append(bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end());
}

std::string without_leading_zeros(std::string_view digits) {
  const size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? "0" : std::string(digits.substr(first));
}

}  // namespace

void append_varint(Int128 value, std::string& to) {
  std::vector<uint8_t> bytes(16);
  for (size_t i = 0; i < 16; ++i) bytes[15 - i] = static_cast<uint8_t>(value >> (8 * i));
  append_shortest(bytes, to);
}

bool append_varint(bool negative, std::string_view digits, std::string& to) {
  const std::string significant = without_leading_zeros(digits);
  if (significant.size() > kCqlDigitsMax) return false;
  std::vector<uint8_t> bytes = magnitude_of(significant);
  bytes.insert(bytes.begin(), 0);  // room for the sign
  if (negative) negate(bytes);
  append_shortest(bytes, to);
  return true;
}

std::string varint_text(std::string_view text) {
  std::vector<uint8_t> bytes(text.begin(), text.end());
  const bool negative = !bytes.empty() && (bytes[0] & 0x80) != 0;
  if (negative) {
    bytes.insert(bytes.begin(), 0xff);
    negate(bytes);
  }
  std::vector<uint32_t> groups;  // of nine digits, little endian
  for (const uint8_t byte : bytes) {
    uint64_t carry = byte;
    for (uint32_t& group : groups) {
      const uint64_t sum = (static_cast<uint64_t>(group) << 8) + carry;
      group = static_cast<uint32_t>(sum % kLimbDecimal);
      carry = sum / kLimbDecimal;
    }
    if (carry != 0) groups.push_back(static_cast<uint32_t>(carry));
  }
  if (groups.empty()) return "0";
  std::string out = fmt::format("{}{}", negative ? "-" : "", groups.back());
  for (size_t i = groups.size() - 1; i-- > 0;) out += fmt::format("{:09}", groups[i]);
  return out;
}

std::optional<Int128> varint_value(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > 16) return std::nullopt;
  UInt128 value = (static_cast<uint8_t>(bytes[0]) & 0x80) != 0 ? ~UInt128{0} : UInt128{0};
  for (const char byte : bytes) value = (value << 8) | static_cast<uint8_t>(byte);
  return static_cast<Int128>(value);
}

std::optional<CqlDecimal> parse_cql_decimal(std::string_view text) {
  CqlDecimal out;
  size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) out.negative = text[at++] == '-';
  int64_t scale = 0;
  bool point = false;
  for (; at < text.size(); ++at) {
    if (is_digit(text[at])) {
      out.digits.push_back(text[at]);
      if (point) ++scale;
    } else if (text[at] == '.' && !point) {
      point = true;
    } else {
      break;
    }
    if (out.digits.size() > 2 * kCqlDigitsMax) return std::nullopt;
  }
  if (out.digits.empty()) return std::nullopt;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    ++at;
    if (at + 1 < text.size() && text[at] == '+' && is_digit(text[at + 1])) ++at;
    int64_t exponent = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    if (std::llabs(exponent) > INT32_MAX) return std::nullopt;
    scale -= exponent;
  }
  if (scale > INT32_MAX || scale < INT32_MIN) return std::nullopt;
  out.scale = static_cast<int32_t>(scale);
  out.digits = without_leading_zeros(out.digits);
  if (out.digits.size() > kCqlDigitsMax) return std::nullopt;
  return out;
}

bool append_cql_decimal(const CqlDecimal& value, std::string& to) {
  const size_t begin = to.size();
  const auto scale = static_cast<uint32_t>(value.scale);
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<char>(scale >> shift));
  if (append_varint(value.negative, value.digits, to)) return true;
  to.resize(begin);
  return false;
}

std::string cql_decimal_text(std::string_view unscaled_varint, int32_t scale) {
  std::string digits = varint_text(unscaled_varint);
  const bool negative = digits[0] == '-';
  if (negative) digits.erase(0, 1);
  const std::string_view sign = negative ? "-" : "";
  const auto size = static_cast<int64_t>(digits.size());
  const int64_t exponent = size - 1 - int64_t{scale};  // of the first digit
  if (scale == 0) return fmt::format("{}{}", sign, digits);
  if (scale > 0 && exponent >= -6) {
    if (size <= scale) digits.insert(0, static_cast<size_t>(scale - size + 1), '0');
    digits.insert(digits.size() - static_cast<size_t>(scale), 1, '.');
    return fmt::format("{}{}", sign, digits);
  }
  if (size > 1) digits.insert(1, 1, '.');
  return fmt::format("{}{}E{:+}", sign, digits, exponent);
}

}  // namespace millrace
