#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "base/int128.h"

namespace millrace {

inline constexpr size_t kAvroVarintBytesMax = 10;

inline uint64_t avro_zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}

// Writes an int or a long; there is room for kAvroVarintBytesMax.
inline char* put_avro_long(char* to, int64_t value) {
  uint64_t bits = avro_zigzag(value);
  while (bits >= 0x80) {
    *to++ = static_cast<char>(bits | 0x80);
    bits >>= 7;
  }
  *to++ = static_cast<char>(bits);
  return to;
}

inline void append_avro_long(int64_t value, std::string& to) {
  char bytes[kAvroVarintBytesMax];
  to.append(bytes, static_cast<size_t>(put_avro_long(bytes, value) - bytes));
}

// Reads an int or a long; kAvroVarintBytesMax bytes from `at` on may be read, whether they belong to it or not.
// nullptr: it is longer than a long is.
inline const char* get_avro_long(const char* at, int64_t& value) {
  auto bits = static_cast<uint64_t>(static_cast<unsigned char>(*at++));
  if (bits >= 0x80) [[unlikely]] {
    bits &= 0x7f;
    for (int shift = 7;; shift += 7) {
      const auto byte = static_cast<uint64_t>(static_cast<unsigned char>(*at++));
      bits |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (shift == 63 && byte > 1) return nullptr;
        break;
      }
      if (shift == 63) return nullptr;
    }
  }
  value = static_cast<int64_t>(bits >> 1) ^ -static_cast<int64_t>(bits & 1);
  return at;
}

// The bytes of a decimal: two's complement, the highest first, no more of them than it takes.
inline constexpr size_t kAvroDecimalBytesMax = sizeof(Int128);
inline char* put_avro_unscaled(char* to, Int128 value) {
  size_t bytes = kAvroDecimalBytesMax;
  const auto byte_at = [&](size_t i) { return static_cast<unsigned char>(value >> (8 * i)); };
  const unsigned char sign = value < 0 ? 0xff : 0;
  while (bytes > 1 && byte_at(bytes - 1) == sign && ((byte_at(bytes - 2) ^ sign) & 0x80) == 0) --bytes;
  for (size_t i = bytes; i-- > 0;) *to++ = static_cast<char>(byte_at(i));
  return to;
}

// And back; false when it is too large for 128 bits.
inline bool get_avro_unscaled(const char* at, size_t bytes, Int128& value) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(at[i]); };
  value = bytes > 0 && byte(0) >= 0x80 ? -1 : 0;
  const unsigned char sign = value < 0 ? 0xff : 0;
  while (bytes > kAvroDecimalBytesMax) {
    if (byte(0) != sign || ((byte(1) ^ sign) & 0x80) != 0) return false;
    ++at;
    --bytes;
  }
  for (size_t i = 0; i < bytes; ++i) value = static_cast<Int128>(static_cast<UInt128>(value) << 8) | byte(i);
  return true;
}

}  // namespace millrace
