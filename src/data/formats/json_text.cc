#include "data/formats/json_text.h"

#include <array>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace millrace {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The code unit of the four digits at `at`, or -1.
int code_unit(std::string_view text, size_t at) {
  if (at + 4 > text.size()) return -1;
  int unit = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int digit = hex_digit(text[at + i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool is_high_surrogate(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

char* put_utf8(uint32_t code, char* to) {
  const auto byte = [](uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  if (code < 0x80) {
    *to++ = byte(code);
  } else if (code < 0x800) {
    *to++ = byte(0xC0 | (code >> 6));
    *to++ = byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *to++ = byte(0xE0 | (code >> 12));
    *to++ = byte(0x80 | ((code >> 6) & 0x3F));
    *to++ = byte(0x80 | (code & 0x3F));
  } else {
    *to++ = byte(0xF0 | (code >> 18));
    *to++ = byte(0x80 | ((code >> 12) & 0x3F));
    *to++ = byte(0x80 | ((code >> 6) & 0x3F));
    *to++ = byte(0x80 | (code & 0x3F));
  }
  return to;
}

char unescaped_letter(char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '"':
    case '\\':
    case '/': return c;
    default: return '\0';
  }
}

bool needs_escape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

}  // namespace

const char* check_json_escapes(std::string_view inside) {
  size_t at = 0;
  while ((at = inside.find('\\', at)) != std::string_view::npos) {
    if (at + 1 >= inside.size()) return "a string ends in a backslash";
    if (inside[at + 1] != 'u') {
      if (unescaped_letter(inside[at + 1]) == '\0') return "a string holds an escape that JSON does not know";
      at += 2;
      continue;
    }
    const int unit = code_unit(inside, at + 2);
    if (unit < 0) return "\\u is not followed by four hex digits";
    at += 6;
    if (is_low_surrogate(unit)) return "a string holds a lone surrogate";
    if (!is_high_surrogate(unit)) continue;
    if (at + 1 >= inside.size() || inside[at] != '\\' || inside[at + 1] != 'u' ||
        !is_low_surrogate(code_unit(inside, at + 2))) {
      return "a string holds a lone surrogate";
    }
    at += 6;
  }
  return nullptr;
}

size_t unescape_json(std::string_view inside, char* to) {
  const char* const begin = to;
  size_t at = 0;
  while (true) {
    const size_t escape = std::min(inside.find('\\', at), inside.size());
    std::memcpy(to, inside.data() + at, escape - at);
    to += escape - at;
    if (escape == inside.size()) return static_cast<size_t>(to - begin);
    if (inside[escape + 1] != 'u') {
      *to++ = unescaped_letter(inside[escape + 1]);
      at = escape + 2;
      continue;
    }
    auto code = static_cast<uint32_t>(code_unit(inside, escape + 2));
    at = escape + 6;
    if (is_high_surrogate(static_cast<int>(code))) {
      const auto low = static_cast<uint32_t>(code_unit(inside, at + 2));
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      at += 6;
    }
    to = put_utf8(code, to);
  }
}

bool is_json_number(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto is_digit = [&] { return at != end && *at >= '0' && *at <= '9'; };
  if (at != end && *at == '-') ++at;
  if (!is_digit()) return false;
  if (*at == '0') {
    ++at;
  } else {
    while (is_digit()) ++at;
  }
  if (at != end && *at == '.') {
    ++at;
    if (!is_digit()) return false;
    while (is_digit()) ++at;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!is_digit()) return false;
    while (is_digit()) ++at;
  }
  return at == end;
}

size_t json_plain_prefix(const char* text, size_t bytes) {
  size_t at = 0;
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i last_control = _mm_set1_epi8(0x1F);
  for (; at + 16 <= bytes; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
    const __m128i special =
        _mm_or_si128(control, _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
    const int mask = _mm_movemask_epi8(special);
    if (mask != 0) return at + static_cast<size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
  }
#endif
  while (at < bytes && !needs_escape(text[at])) ++at;
  return at;
}

void append_json_string(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  size_t at = 0;
  while (at < text.size()) {
    const size_t plain = json_plain_prefix(text.data() + at, text.size() - at);
    out.append(text, at, plain);
    at += plain;
    if (at == text.size()) break;
    const char c = text[at++];
    out += '\\';
    switch (c) {
      case '"':
      case '\\': out += c; break;
      case '\b': out += 'b'; break;
      case '\f': out += 'f'; break;
      case '\n': out += 'n'; break;
      case '\r': out += 'r'; break;
      case '\t': out += 't'; break;
      default:
        out += "u00";
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  out += '"';
}

}  // namespace millrace
