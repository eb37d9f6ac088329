#include "data/expr/functions/case_mapping.h"

#include "data/unicode.h"
#include "data/utf8.h"

namespace millrace {
namespace {

constexpr char32_t kCapitalSigma = 0x3a3;
constexpr char32_t kFinalSigma = 0x3c2;
constexpr char32_t kCapitalDottedI = 0x130;

// Written without a branch so that the compiler makes it SIMD.
void map_ascii(std::string_view text, char first, char* to) {
  for (size_t i = 0; i < text.size(); ++i) {
    const bool other = static_cast<unsigned char>(text[i] - first) < 26;
    to[i] = static_cast<char>(text[i] ^ (other ? 0x20 : 0));
  }
}

void add(char32_t c, StringBuilder& out) { out.commit(put_char(c, out.room(4))); }

void add_upper_char(char32_t c, StringBuilder& out) {
  if (const auto special = special_upper(c); !special.empty()) {
    for (const char32_t each : special) add(each, out);
  } else {
    add(to_upper(c), out);
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

// The character that begins at `begin` and ends at `end` of `text`.
void add_lower_char(std::string_view text, size_t begin, size_t end, char32_t c, StringBuilder& out) {
  if (c == kCapitalSigma && cased_before(text, begin) && !cased_behind(text, end)) return add(kFinalSigma, out);
  if (c == kCapitalDottedI) return out.add("i\xcc\x87");
  add(to_lower(c), out);
}

}  // namespace

void add_upper(std::string_view text, StringBuilder& out) {
  if (is_ascii(text)) {
    map_ascii(text, 'a', out.room(text.size()));
    return out.commit(text.size());
  }
  for (size_t at = 0; at < text.size();) add_upper_char(next_char(text, at), out);
}

void add_lower(std::string_view text, StringBuilder& out) {
  if (is_ascii(text)) {
    map_ascii(text, 'A', out.room(text.size()));
    return out.commit(text.size());
  }
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = next_char(text, at);
    add_lower_char(text, begin, at, c, out);
  }
}

void add_title(std::string_view text, StringBuilder& out) {
  bool first = true;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = next_char(text, at);
    if (first) {
      add(to_title(c), out);
    } else {
      add_lower_char(text, begin, at, c, out);
    }
    first = c == ' ';
  }
}

}  // namespace millrace
