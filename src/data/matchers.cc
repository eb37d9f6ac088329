#include "data/matchers.h"

#include <array>
#include <cstddef>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace millrace {
namespace {

constexpr size_t kEmailBytesMax = 254;
constexpr size_t kEmailNameBytesMax = 64;
constexpr size_t kLabelBytesMax = 63;
constexpr size_t kUrlBytesMax = 2083;
constexpr size_t kUuidBytes = 36;
constexpr size_t kPhoneDigitsMin = 7;
constexpr size_t kPhoneDigitsMax = 15;

enum CharClass : uint8_t { kLetter = 1, kDigit = 2, kHexLetter = 4, kEmailMark = 8, kHostMark = 16, kPhoneMark = 32 };

constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> classes{};
  const auto mark = [&](std::string_view chars, uint8_t bit) {
    for (const char c : chars) classes[static_cast<unsigned char>(c)] |= bit;
  };
  mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", kLetter);
  mark("0123456789", kDigit);
  mark("abcdefABCDEF", kHexLetter);
  mark("._%+-", kEmailMark);
  mark("-_", kHostMark);
  mark(" .-/", kPhoneMark);
  for (size_t c = 0x80; c < 0x100; ++c) classes[c] |= kHostMark;
  return classes;
}();

bool is(char c, int wanted) { return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0; }

bool is_port(std::string_view text) {
  uint32_t value = 0;
  for (const char c : text) {
    if (!is(c, kDigit)) return false;
    value = value * 10 + static_cast<uint32_t>(c - '0');
    if (value > 65535) return false;
  }
  return !text.empty();
}

bool is_bracketed_address(std::string_view host) {
  if (host.size() < 4 || host.back() != ']') return false;
  size_t colons = 0;
  for (const char c : host.substr(1, host.size() - 2)) {
    if (c == ':') {
      ++colons;
    } else if (!is(c, kDigit | kHexLetter) && c != '.') {
      return false;
    }
  }
  return colons >= 2 && colons <= 7;
}

bool is_host(std::string_view host) {
  if (host.empty()) return false;
  if (host.front() == '[') return is_bracketed_address(host);
  if (host.back() == '.') host.remove_suffix(1);
  size_t label = 0;
  for (const char c : host) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (!is(c, kLetter | kDigit | kHostMark) || ++label > kLabelBytesMax) {
      return false;
    }
  }
  return label > 0;
}

constexpr bool is_uuid_hyphen(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

#ifdef __SSE2__
// Whether 16 bytes of a text are as those of a UUID from byte `begin` on.
template <size_t begin>
bool is_uuid_block(const char* uuid) {
  static constexpr std::array<char, 16> kHyphens = [] {
    std::array<char, 16> hyphens{};
    for (size_t i = 0; i < 16; ++i) hyphens[i] = is_uuid_hyphen(begin + i) ? '\xFF' : '\0';
    return hyphens;
  }();
  const auto within = [](__m128i bytes, char first, int count) {  // unsigned: moved so that `first` becomes the least
    const __m128i moved = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(moved, _mm_set1_epi8(static_cast<char>(count - 1))), moved);
  };
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(uuid + begin));
  const __m128i lower = _mm_or_si128(block, _mm_set1_epi8(0x20));
  const __m128i hex = _mm_or_si128(within(block, '0', 10), within(lower, 'a', 6));
  const __m128i hyphen = _mm_cmpeq_epi8(block, _mm_set1_epi8('-'));
  const __m128i wanted = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kHyphens.data()));
  const __m128i well = _mm_or_si128(_mm_and_si128(wanted, hyphen), _mm_andnot_si128(wanted, hex));
  return _mm_movemask_epi8(well) == 0xFFFF;
}
#endif

}  // namespace

bool is_email(std::string_view text) {
  if (text.size() > kEmailBytesMax) return false;
  size_t at = 0;
  while (at < text.size() && is(text[at], kLetter | kDigit | kEmailMark)) ++at;
  if (at == 0 || at > kEmailNameBytesMax || at >= text.size() || text[at] != '@') return false;
  size_t labels = 0;
  size_t label = 0;
  bool letters_only = true;
  for (++at; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.') {
      if (label == 0) return false;
      ++labels;
      label = 0;
      letters_only = true;
      continue;
    }
    if (!is(c, kLetter | kDigit) && c != '-') return false;
    if (++label > kLabelBytesMax) return false;
    letters_only = letters_only && is(c, kLetter);
  }
  return labels > 0 && label >= 2 && letters_only;
}

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidBytes) return false;
#ifdef __SSE2__
  // Two whole blocks and the last one of the text, which overlaps with them.
  return is_uuid_block<0>(text.data()) && is_uuid_block<16>(text.data()) && is_uuid_block<kUuidBytes - 16>(text.data());
#else
  for (size_t at = 0; at < kUuidBytes; ++at) {
    if (is_uuid_hyphen(at) ? text[at] != '-' : !is(text[at], kDigit | kHexLetter)) return false;
  }
  return true;
#endif
}

bool is_url(std::string_view text) {
  if (text.size() > kUrlBytesMax) return false;
  const auto lower_is = [&](size_t at, char c) { return at < text.size() && (text[at] | 0x20) == c; };
  if (!(lower_is(0, 'h') && lower_is(1, 't') && lower_is(2, 't') && lower_is(3, 'p'))) return false;
  size_t at = lower_is(4, 's') ? 5 : 4;
  if (text.substr(at, 3) != "://") return false;
  at += 3;
  for (const char c : text.substr(at)) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) return false;
  }
  std::string_view authority = text.substr(at, text.find_first_of("/?#\\", at) - at);
  if (at + authority.size() < text.size() && text[at + authority.size()] == '\\') return false;
  if (const size_t user = authority.rfind('@'); user != std::string_view::npos) authority.remove_prefix(user + 1);
  const size_t port = authority.rfind(':');
  if (port != std::string_view::npos && authority.find(']', port) == std::string_view::npos) {
    if (!is_port(authority.substr(port + 1))) return false;
    authority = authority.substr(0, port);
  }
  return is_host(authority);
}

bool is_phone(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  size_t digits = 0;
  bool open = false;
  bool bracketed = false;  // there has been a pair already
  char before = '\0';
  for (const char c : text) {
    if (is(c, kDigit)) {
      ++digits;
    } else if (c == '(') {
      if (bracketed) return false;
      open = bracketed = true;
    } else if (c == ')') {
      if (!open || !is(before, kDigit)) return false;
      open = false;
    } else if (!is(c, kPhoneMark) || !(is(before, kDigit) || before == ')')) {
      return false;
    }
    before = c;
  }
  return !open && digits >= kPhoneDigitsMin && digits <= kPhoneDigitsMax && (is(before, kDigit) || before == ')');
}

}  // namespace millrace
