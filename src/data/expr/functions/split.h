#pragma once

#include <cstdint>
#include <string_view>

#include "data/expr/regex/pattern.h"
#include "data/utf8.h"

namespace millrace {

// The parts of a text between the matches of a pattern, at most `limit` of them when it is above 0: add(part) for each.
// An empty pattern parts the characters, without the empty text that Java leaves at the end.
template <typename F>
void for_each_part(const JavaPattern& pattern, std::string_view text, int32_t limit, F&& add) {
  if (pattern.text().empty() && !text.empty()) {
    for (int32_t count = 0; !text.empty() && (limit <= 0 || count < limit); ++count) {
      const size_t size = char_size(text[0]);
      add(text.substr(0, size));
      text.remove_prefix(size);
    }
    return;
  }
  size_t behind = 0;
  int32_t parts = 1;
  JavaPattern::Span whole;
  pattern.for_each_match(text, {&whole, 1}, [&](std::span<const JavaPattern::Span> found) {
    if (limit > 0 && parts >= limit) return false;
    if (found[0].end == 0) return true;  // nothing before an empty match at the beginning
    add(text.substr(behind, found[0].begin - behind));
    behind = found[0].end;
    ++parts;
    return true;
  });
  add(text.substr(behind));
}

}  // namespace millrace
