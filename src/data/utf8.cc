#include "data/utf8.h"

#include <cstring>

namespace millrace {

size_t byte_of_char(std::string_view text, size_t index) {
  if (index >= text.size()) return text.size();
  size_t at = 0;
  while (index > 0 && at < text.size()) {
    at += char_size(text[at]);
    --index;
  }
  return at;
}

Utf8Flaw find_utf8_flaw(std::string_view bytes, size_t from) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  size_t at = from;
  while (at < bytes.size()) {
    if (at + 8 <= bytes.size()) {
      uint64_t word;
      std::memcpy(&word, bytes.data() + at, 8);
      if ((word & 0x8080808080808080ULL) == 0) {
        at += 8;
        continue;
      }
    }
    const unsigned char first = byte(at);
    if (first < 0x80) {
      ++at;
      continue;
    }
    if (first < 0xc2 || first > 0xf4) return {at, 1};
    const size_t size = char_size(bytes[at]);
    // The second byte's range excludes overlong forms, surrogates and what lies beyond U+10FFFF.
    const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (at + 1 >= bytes.size() || byte(at + 1) < low || byte(at + 1) > high) return {at, 1};
    for (size_t i = 2; i < size; ++i) {
      if (at + i >= bytes.size() || !is_continuation(bytes[at + i])) return {at, i};
    }
    at += size;
  }
  return {};
}

}  // namespace millrace
