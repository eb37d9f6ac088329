#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/int128.h"

namespace millrace {

// Whole numbers of any size as CQL's varint has them: two's complement, big endian, the fewest bytes that hold the
// sign.

// Longer numbers are refused: turning them to and from text takes time in the square of their length.
inline constexpr size_t kCqlDigitsMax = 1'000;
inline constexpr size_t kCqlVarintBytesMax = 416;  // 1,000 digits and a sign

void append_varint(Int128 value, std::string& to);
// Digits only, at least one; false (and nothing appended) beyond kCqlDigitsMax without leading zeros.
bool append_varint(bool negative, std::string_view digits, std::string& to);
// "-123". The bytes: 1 to kCqlVarintBytesMax.
std::string varint_text(std::string_view bytes);
// nullopt when it does not fit 128 bits.
std::optional<Int128> varint_value(std::string_view bytes);

// A decimal as text: digits with a sign, a point and an exponent ("-1.50", "1e3"). nullopt when it is none, has more
// than kCqlDigitsMax digits, or a scale beyond 32 bits.
struct CqlDecimal {
  bool negative = false;
  std::string digits;  // of the unscaled value, at least one
  int32_t scale = 0;   // value = unscaled * 10^-scale
};
std::optional<CqlDecimal> parse_cql_decimal(std::string_view text);
// CQL's bytes: the scale as an int, then the unscaled value as a varint. False as append_varint.
bool append_cql_decimal(const CqlDecimal& value, std::string& to);
// As Java's BigDecimal.toString: plain, or with an exponent where there would be many zeros.
std::string cql_decimal_text(std::string_view unscaled_varint, int32_t scale);

}  // namespace millrace
