#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace millrace {

inline constexpr char32_t kCodePointMax = 0x10ffff;
inline constexpr char32_t kReplacementChar = 0xfffd;

inline bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

inline bool is_ascii(std::string_view text) {
  unsigned char any = 0;
  for (const char c : text) any |= static_cast<unsigned char>(c);
  return any < 0x80;
}

// Code points of a valid text.
inline size_t count_chars(std::string_view text) {
  // Eight bytes at a time, each byte of `sum` counting its own: a continuation has its highest bit set and the next one
  // clear.
  constexpr uint64_t kOnes = 0x0101010101010101ULL;
  constexpr size_t kWordsPerSum = 31;  // so that the bytes together stay below 256
  size_t continuations = 0;
  size_t at = 0;
  while (at + 8 <= text.size()) {
    uint64_t sum = 0;
    for (size_t words = 0; words < kWordsPerSum && at + 8 <= text.size(); ++words, at += 8) {
      uint64_t word = 0;
      std::memcpy(&word, text.data() + at, 8);
      sum += (word >> 7) & ~(word >> 6) & kOnes;
    }
    continuations += (sum * kOnes) >> 56;
  }
  if (at < text.size() && text.size() >= 8) {  // the last eight bytes once more, without those seen
    uint64_t word = 0;
    std::memcpy(&word, text.data() + text.size() - 8, 8);
    word = (word >> 7) & ~(word >> 6) & kOnes;
    continuations += ((word >> (8 * (at + 8 - text.size()))) * kOnes) >> 56;
  } else {
    for (; at < text.size(); ++at) continuations += is_continuation(text[at]) ? 1 : 0;
  }
  return text.size() - continuations;
}

// The character that begins at `at` of a valid text; moves `at` behind it.
inline char32_t next_char(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  const char32_t first = byte(at);
  if (first < 0x80) {
    at += 1;
    return first;
  }
  if (first < 0xe0) {
    at += 2;
    return ((first & 0x1f) << 6) | (byte(at - 1) & 0x3f);
  }
  if (first < 0xf0) {
    at += 3;
    return ((first & 0x0f) << 12) | ((byte(at - 2) & 0x3f) << 6) | (byte(at - 1) & 0x3f);
  }
  at += 4;
  return ((first & 0x07) << 18) | ((byte(at - 3) & 0x3f) << 12) | ((byte(at - 2) & 0x3f) << 6) | (byte(at - 1) & 0x3f);
}

// Bytes of the character that begins with `first`.
inline size_t char_size(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

// Writes `c` to `to`, which has room for 4 bytes; gives how many were written.
inline size_t put_char(char32_t c, char* to) {
  if (c < 0x80) {
    to[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    to[0] = static_cast<char>(0xc0 | (c >> 6));
    to[1] = static_cast<char>(0x80 | (c & 0x3f));
    return 2;
  }
  if (c < 0x10000) {
    to[0] = static_cast<char>(0xe0 | (c >> 12));
    to[1] = static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    to[2] = static_cast<char>(0x80 | (c & 0x3f));
    return 3;
  }
  to[0] = static_cast<char>(0xf0 | (c >> 18));
  to[1] = static_cast<char>(0x80 | ((c >> 12) & 0x3f));
  to[2] = static_cast<char>(0x80 | ((c >> 6) & 0x3f));
  to[3] = static_cast<char>(0x80 | (c & 0x3f));
  return 4;
}

inline void append_char(char32_t c, std::string& to) {
  char bytes[4];
  to.append(bytes, put_char(c, bytes));
}

// The bytes before the character number `index` (from 0) of a valid text; its size when it has fewer.
size_t byte_of_char(std::string_view text, size_t index);

// Where the first part that is not UTF-8 begins, and how many bytes make one replacement character there (the longest
// prefix of a character, as Unicode recommends); npos for a valid text.
struct Utf8Flaw {
  size_t at = std::string_view::npos;
  size_t size = 0;
};
Utf8Flaw find_utf8_flaw(std::string_view bytes, size_t from = 0);
// The bytes as a text, with U+FFFD for what is not UTF-8: out.add(piece)...
template <typename Out>
void add_valid_utf8(std::string_view bytes, Out& out) {
  size_t behind = 0;
  for (Utf8Flaw flaw = find_utf8_flaw(bytes); flaw.at != std::string_view::npos; flaw = find_utf8_flaw(bytes, behind)) {
    out.add(bytes.substr(behind, flaw.at - behind));
    out.add(std::string_view("\xef\xbf\xbd"));
    behind = flaw.at + flaw.size;
  }
  out.add(bytes.substr(behind));
}
inline bool is_valid_utf8(std::string_view bytes) { return find_utf8_flaw(bytes).at == std::string_view::npos; }

}  // namespace millrace
