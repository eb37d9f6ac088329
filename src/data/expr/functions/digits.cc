#include "data/expr/functions/digits.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "data/column.h"

namespace millrace {
namespace {

Digits stripped(bool negative, std::string text, int point) {
  const size_t zeros = std::min(text.find_first_not_of('0'), text.size());
  text.erase(0, zeros);
  text.resize(text.find_last_not_of('0') + 1);
  if (text.empty()) return {negative, {}, 0};
  return {negative, std::move(text), point - static_cast<int>(zeros)};
}

}  // namespace

Digits Digits::of_double(double value) {
  std::string text = fmt::format("{}", std::abs(value));
  int exponent = 0;
  if (const size_t e = text.find('e'); e != std::string::npos) {
    exponent = std::stoi(text.substr(e + 1));
    text.resize(e);
  }
  const size_t dot = std::min(text.find('.'), text.size());
  const int whole = static_cast<int>(dot);
  if (dot < text.size()) text.erase(dot, 1);
  return stripped(std::signbit(value), std::move(text), whole + exponent);
}

Digits Digits::of_decimal(Int128 unscaled, int scale) {
  std::string text = format_decimal(unscaled < 0 ? -unscaled : unscaled, 0);
  const int size = static_cast<int>(text.size());
  return stripped(unscaled < 0, std::move(text), size - scale);
}

void Digits::cut(int keep, bool up) {
  if (keep < 0) keep = 0;
  text.resize(static_cast<size_t>(keep));
  if (!up) {
    text.resize(text.find_last_not_of('0') + 1);
    if (text.empty()) point = 0;
    return;
  }
  while (!text.empty() && text.back() == '9') text.pop_back();
  if (text.empty()) {
    text = "1";
    ++point;
  } else {
    ++text.back();
  }
}

void Digits::keep_half_up(int keep) {
  if (keep >= static_cast<int>(text.size())) return;
  cut(keep, keep >= 0 && text[static_cast<size_t>(keep)] >= '5');
}

void Digits::keep_half_even(int keep) {
  if (keep >= static_cast<int>(text.size())) return;
  bool up = false;
  if (keep >= 0) {
    const auto at = static_cast<size_t>(keep);
    const bool odd = at > 0 && (text[at - 1] - '0') % 2 == 1;
    const bool tie = text[at] == '5' && at + 1 == text.size();
    up = tie ? odd : text[at] >= '5';
  }
  cut(keep, up);
}

void Digits::add_whole(int least, std::string& out) const {
  if (point < least) out.append(static_cast<size_t>(least - std::max(point, 0)), '0');
  for (int i = 0; i < point; ++i) out += i < static_cast<int>(text.size()) ? text[static_cast<size_t>(i)] : '0';
}

void Digits::add_fraction(int count, std::string& out) const {
  for (int i = point; i < point + count; ++i) {
    out += i >= 0 && i < static_cast<int>(text.size()) ? text[static_cast<size_t>(i)] : '0';
  }
}

void group_digits(std::string& out, size_t begin, int size, char separator) {
  const auto step = static_cast<size_t>(size);
  for (size_t at = out.size(); at > begin + step;) {
    at -= step;
    out.insert(at, 1, separator);
  }
}

}  // namespace millrace
