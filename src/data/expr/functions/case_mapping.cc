#include "data/expr/functions/case_mapping.h"

#include "data/unicode.h"
#include "data/utf8.h"

namespace millrace {
namespace {

constexpr char32_t kCapitalSigma = 0x3a3;
constexpr char32_t kFinalSigma = 0x3c2;
constexpr char32_t kCapitalDottedI = 0x130;
constexpr char32_t kDotAbove = 0x307;

// Written without a branch so that the compiler makes it SIMD.
void map_ascii(std::string_view text, char first, char* to) {
  for (size_t i = 0; i < text.size(); ++i) {
    const bool other = static_cast<unsigned char>(text[i] - first) < 26;
    to[i] = static_cast<char>(text[i] ^ (other ? 0x20 : 0));
  }
}

bool cased_before(std::string_view text, size_t at) {
  while (at > 0) {
    --at;
    while (at > 0 && is_continuation(text[at])) --at;
    size_t next = at;
    const char32_t c = next_char(text, next);
    if (!is_case_ignorable(c)) return is_cased(c);
  }
  return false;
}

bool cased_behind(std::string_view text, size_t at) {
  while (at < text.size()) {
    const char32_t c = next_char(text, at);
    if (!is_case_ignorable(c)) return is_cased(c);
  }
  return false;
}

// What a character can grow to: U+0390 has two bytes, its capital three characters of two bytes.
constexpr size_t kGrowthMax = 3;

char* put_upper(char32_t c, char* to) {
  const auto special = special_upper(c);
  for (const char32_t each : special) to += put_char(each, to);
  return special.empty() ? to + put_char(to_upper(c), to) : to;
}

// The character that begins at `begin` and ends at `end` of `text`.
char* put_lower(std::string_view text, size_t begin, size_t end, char32_t c, char* to) {
  if (c == kCapitalSigma && cased_before(text, begin) && !cased_behind(text, end))
    return to + put_char(kFinalSigma, to);
  if (c != kCapitalDottedI) return to + put_char(to_lower(c), to);
  to += put_char('i', to);
  return to + put_char(kDotAbove, to);
}

// put(text, begin, end, c, to) for each character; gives the end of what it wrote.
template <typename F>
void map_chars(std::string_view text, StringBuilder& out, F&& put) {
  char* const begin = out.room(text.size() * kGrowthMax);
  char* to = begin;
  for (size_t at = 0; at < text.size();) {
    const size_t from = at;
    const char32_t c = next_char(text, at);
    to = put(from, at, c, to);
  }
  out.commit(static_cast<size_t>(to - begin));
}

char put_ascii(char32_t c, char32_t first) { return static_cast<char>(c ^ (c - first < 26 ? 0x20 : 0)); }

}  // namespace

void add_upper(std::string_view text, StringBuilder& out) {
  map_chars(text, out, [](size_t, size_t, char32_t c, char* to) {
    if (c >= 0x80) return put_upper(c, to);
    *to = put_ascii(c, 'a');
    return to + 1;
  });
}

void add_lower(std::string_view text, StringBuilder& out) {
  map_chars(text, out, [text](size_t begin, size_t end, char32_t c, char* to) {
    if (c >= 0x80) return put_lower(text, begin, end, c, to);
    *to = put_ascii(c, 'A');
    return to + 1;
  });
}

void add_title(std::string_view text, StringBuilder& out) {
  bool first = true;
  map_chars(text, out, [&](size_t begin, size_t end, char32_t c, char* to) {
    to = first ? to + put_char(to_title(c), to) : put_lower(text, begin, end, c, to);
    first = c == ' ';
    return to;
  });
}

void upper_ascii(std::string_view text, char* to) { map_ascii(text, 'a', to); }
void lower_ascii(std::string_view text, char* to) { map_ascii(text, 'A', to); }

}  // namespace millrace
