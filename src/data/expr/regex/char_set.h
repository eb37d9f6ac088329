#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/utf8.h"

namespace millrace {

// A set of code points, as sorted ranges that neither overlap nor touch. A value.
class CharSet {
 public:
  CharSet() = default;
  CharSet(char32_t first, char32_t last) { add(first, last); }
  static CharSet of(std::u32string_view chars);
  static CharSet all() { return {0, kCodePointMax}; }

  void add(char32_t first, char32_t last);
  void add(char32_t c) { add(c, c); }
  CharSet united(const CharSet& other) const;
  CharSet intersected(const CharSet& other) const;
  CharSet complement() const;

  bool contains(char32_t c) const;
  bool empty() const { return ranges_.empty(); }
  // As RE2 writes it: "[a-z\x{e9}]"; one that matches nothing for the empty set.
  std::string re2() const;

 private:
  struct Range {
    char32_t first, last;
  };
  std::vector<Range> ranges_;
};

}  // namespace millrace
