#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

// Kafka's variable-length whole numbers: zigzag, seven bits a byte, the lowest first.
namespace millrace {

inline constexpr size_t kVarintBytesMax = 10;

inline uint64_t zigzag(int64_t number) {
  return (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63);
}

inline size_t varint_bytes(int64_t number) { return (static_cast<size_t>(std::bit_width(zigzag(number) | 1)) + 6) / 7; }

inline char* put_varint(char* to, int64_t number) {
  uint64_t bits = zigzag(number);
  while (bits >= 0x80) {
    *to++ = static_cast<char>(bits | 0x80);
    bits >>= 7;
  }
  *to++ = static_cast<char>(bits);
  return to;
}

// Reads at `at`, never at or beyond `end`, and moves `at` behind; nullopt: it does not end in time, or has too many
// bytes.
inline std::optional<int64_t> get_varint(const char*& at, const char* end) {
  uint64_t bits = 0;
  for (unsigned shift = 0; at < end && shift < 70; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    if (shift == 63 && byte > 1) return std::nullopt;
    bits |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return static_cast<int64_t>(bits >> 1) ^ -static_cast<int64_t>(bits & 1);
  }
  return std::nullopt;
}

}  // namespace millrace
