#include "data/expr/functions/charset.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "data/utf8.h"

namespace millrace {
namespace {

enum class Charset { kUtf8, kAscii, kLatin1, kUtf16, kUtf16Be, kUtf16Le, kUtf32 };

Result<Charset> find_charset(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Charset>, 7> kNames = {{{"UTF-8", Charset::kUtf8},
                                                                           {"US-ASCII", Charset::kAscii},
                                                                           {"ISO-8859-1", Charset::kLatin1},
                                                                           {"UTF-16", Charset::kUtf16},
                                                                           {"UTF-16BE", Charset::kUtf16Be},
                                                                           {"UTF-16LE", Charset::kUtf16Le},
                                                                           {"UTF-32", Charset::kUtf32}}};
  for (const auto& [each, charset] : kNames) {
    if (std::equal(name.begin(), name.end(), each.begin(), each.end(),
                   [](char a, char b) { return a == b || (a >= 'a' && a <= 'z' && a - 32 == b); })) {
      return charset;
    }
  }
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("'{}' is not one of the character sets UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE, "
                           "UTF-16LE and UTF-32",
                           name));
}

void add_unit(uint32_t unit, size_t bytes, bool little, StringBuilder& out) {
  char* to = out.room(bytes);
  for (size_t i = 0; i < bytes; ++i) {
    const size_t shift = 8 * (little ? i : bytes - 1 - i);
    to[i] = static_cast<char>(static_cast<uint8_t>(unit >> shift));
  }
  out.commit(bytes);
}

void add_utf16(char32_t c, bool little, StringBuilder& out) {
  if (c < 0x10000) return add_unit(c, 2, little, out);
  add_unit(0xd800 + ((c - 0x10000) >> 10), 2, little, out);
  add_unit(0xdc00 + ((c - 0x10000) & 0x3ff), 2, little, out);
}

Error malformed(std::string_view charset, size_t at) {
  return {ErrorCode::kInvalidArgument, fmt::format("not {} at byte {}", charset, at + 1)};
}

Status decode_utf16(std::string_view bytes, bool little, std::string_view charset, size_t at, StringBuilder& out) {
  const auto unit = [&](size_t from) -> std::optional<char32_t> {
    if (from + 2 > bytes.size()) return std::nullopt;
    const auto first = static_cast<unsigned char>(bytes[from]);
    const auto second = static_cast<unsigned char>(bytes[from + 1]);
    return static_cast<char32_t>(little ? second << 8 | first : first << 8 | second);
  };
  while (at < bytes.size()) {
    auto c = unit(at);
    if (c && *c >= 0xd800 && *c < 0xdc00) {
      const auto low = unit(at + 2);
      if (!low || *low < 0xdc00 || *low >= 0xe000) return malformed(charset, at);
      *c = 0x10000 + ((*c - 0xd800) << 10) + (*low - 0xdc00);
      at += 2;
    } else if (!c || (*c >= 0xdc00 && *c < 0xe000)) {
      return malformed(charset, at);
    }
    at += 2;
    out.commit(put_char(*c, out.room(4)));
  }
  return {};
}

Status decode_utf32(std::string_view bytes, std::string_view charset, StringBuilder& out) {
  const bool little = bytes.starts_with(std::string_view("\xff\xfe\0\0", 4));
  size_t at = little || bytes.starts_with(std::string_view("\0\0\xfe\xff", 4)) ? 4 : 0;
  for (; at < bytes.size(); at += 4) {
    if (at + 4 > bytes.size()) return malformed(charset, at);
    char32_t c = 0;
    for (size_t i = 0; i < 4; ++i) c = c << 8 | static_cast<unsigned char>(bytes[at + (little ? 3 - i : i)]);
    if (c > kCodePointMax || (c >= 0xd800 && c < 0xe000)) return malformed(charset, at);
    out.commit(put_char(c, out.room(4)));
  }
  return {};
}

}  // namespace

Status add_encoded(std::string_view text, std::string_view charset, StringBuilder& out) {
  TRY(kind, find_charset(charset));
  if (kind == Charset::kUtf8) {
    out.add(text);
    return {};
  }
  if (kind == Charset::kUtf16 && !text.empty()) add_unit(0xfeff, 2, false, out);
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_char(text, at);
    const char32_t limit = kind == Charset::kAscii ? 0x80 : kind == Charset::kLatin1 ? 0x100 : kCodePointMax + 1;
    if (c >= limit) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("U+{:04X} of '{}' is not in {}", static_cast<uint32_t>(c), text, charset));
    }
    if (limit <= 0x100) {
      add_unit(c, 1, false, out);
    } else if (kind == Charset::kUtf32) {
      add_unit(c, 4, false, out);
    } else {
      add_utf16(c, kind == Charset::kUtf16Le, out);
    }
  }
  return {};
}

Status add_decoded(std::string_view bytes, std::string_view charset, StringBuilder& out) {
  TRY(kind, find_charset(charset));
  switch (kind) {
    case Charset::kUtf8:
    case Charset::kAscii: {
      const size_t flaw = find_utf8_flaw(bytes).at;
      if (flaw != std::string_view::npos) return malformed(charset, flaw);
      if (kind == Charset::kAscii && !is_ascii(bytes)) return malformed(charset, 0);
      out.add(bytes);
      return {};
    }
    case Charset::kLatin1:
      for (const char c : bytes) out.commit(put_char(static_cast<unsigned char>(c), out.room(4)));
      return {};
    case Charset::kUtf16: {
      const bool little = bytes.starts_with("\xff\xfe");
      return decode_utf16(bytes, little, charset, little || bytes.starts_with("\xfe\xff") ? 2 : 0, out);
    }
    case Charset::kUtf16Be:
    case Charset::kUtf16Le: return decode_utf16(bytes, kind == Charset::kUtf16Le, charset, 0, out);
    case Charset::kUtf32: return decode_utf32(bytes, charset, out);
  }
  MILLRACE_UNREACHABLE("a character set");
}

}  // namespace millrace
