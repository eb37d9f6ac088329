#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Unsigned numbers in one to ten bytes, seven bits in each, the lowest first; the high bit says that more follow.
namespace millrace {

inline void append_uint(uint64_t value, std::string& to) {
  while (value >= 0x80) {
    to.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  to.push_back(static_cast<char>(value));
}

// Takes one off the front; false when there is none. The shortest form only, so that equal rows have equal bytes.
inline bool take_uint(std::string_view& bytes, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes[0]);
    bytes.remove_prefix(1);
    if (shift == 63 && byte > 1) return false;
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return byte != 0 || shift == 0;
  }
  return false;
}

// Texts with their length in front.
inline void append_text(std::string_view text, std::string& to) {
  append_uint(text.size(), to);
  to.append(text);
}
inline bool take_text(std::string_view& bytes, std::string_view& text) {
  uint64_t size = 0;
  if (!take_uint(bytes, size) || size > bytes.size()) return false;
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

}  // namespace millrace
