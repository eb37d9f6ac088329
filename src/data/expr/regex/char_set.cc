#include "data/expr/regex/char_set.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace millrace {

CharSet CharSet::of(std::u32string_view chars) {
  CharSet set;
  for (const char32_t c : chars) set.add(c);
  return set;
}

void CharSet::add(char32_t first, char32_t last) {
  // The ranges that overlap or touch [first, last] melt into it; usually there are none and it goes to the end.
  auto begin = std::lower_bound(ranges_.begin(), ranges_.end(), first, [](const Range& range, char32_t value) {
    return range.last < value && value - range.last > 1;
  });
  auto end = begin;
  while (end != ranges_.end() && (end->first <= last || end->first - last == 1)) {
    first = std::min(first, end->first);
    last = std::max(last, end->last);
    ++end;
  }
  if (begin == end) {
    ranges_.insert(begin, Range{first, last});
  } else {
    *begin = {first, last};
    ranges_.erase(begin + 1, end);
  }
}

CharSet CharSet::united(const CharSet& other) const {
  CharSet set = *this;
  for (const Range& range : other.ranges_) set.add(range.first, range.last);
  return set;
}

CharSet CharSet::intersected(const CharSet& other) const {
  CharSet set;
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() && b != other.ranges_.end()) {
    const char32_t first = std::max(a->first, b->first);
    const char32_t last = std::min(a->last, b->last);
    if (first <= last) set.ranges_.push_back({first, last});
    (a->last < b->last ? a : b)++;
  }
  return set;
}

CharSet CharSet::complement() const {
  CharSet set;
  char32_t next = 0;
  for (const Range& range : ranges_) {
    if (range.first > next) set.ranges_.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= kCodePointMax) set.ranges_.push_back({next, kCodePointMax});
  return set;
}

bool CharSet::contains(char32_t c) const {
  const auto at = std::lower_bound(ranges_.begin(), ranges_.end(), c,
                                   [](const Range& range, char32_t value) { return range.last < value; });
  return at != ranges_.end() && at->first <= c;
}

std::string CharSet::re2() const {
  if (empty()) return "[^\\x{0}-\\x{10ffff}]";
  std::string out = "[";
  const auto put = [&](char32_t c) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (plain) {
      out += static_cast<char>(c);
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{{{:x}}}", static_cast<uint32_t>(c));
    }
  };
  for (const Range& range : ranges_) {
    put(range.first);
    if (range.last == range.first) continue;
    out += '-';
    put(range.last);
  }
  return out + "]";
}

}  // namespace millrace
