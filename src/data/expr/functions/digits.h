#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/int128.h"

namespace millrace {

// A finite number as decimal digits: 0.d1d2d3... * 10^point, without zeros at either end; zero has no digits.
struct Digits {
  bool negative = false;
  std::string text;
  int point = 0;

  static Digits of_double(double value);  // the shortest digits that read back the same
  static Digits of_decimal(Int128 unscaled, int scale);

  int fraction_size() const { return std::max(0, static_cast<int>(text.size()) - point); }
  // Rounds half away from zero to `keep` digits (which may be below 0), or to the even neighbour.
  void keep_half_up(int keep);
  void keep_half_even(int keep);

  // The digits in front of the point, at least `least` of them; and exactly `count` behind it.
  void add_whole(int least, std::string& out) const;
  void add_fraction(int count, std::string& out) const;

 private:
  void cut(int keep, bool up);
};

// Puts `separator` between groups of `size` digits of out[begin..], which are digits only.
void group_digits(std::string& out, size_t begin, int size, char separator);

}  // namespace millrace
