#include "data/unicode.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace millrace {
namespace {

struct CaseRange {
  char32_t first, last;
  uint32_t step;
  int32_t delta;
};

struct SpecialUpper {
  char32_t from;
  char32_t to[3];  // the last is 0 when there are two
};

#include "data/unicode_tables.inc"

constexpr char32_t kEnd = 0x110000;

CharProperties unpack(uint32_t row) {
  const auto bit = [row](uint32_t at) { return ((row >> at) & 1) != 0; };
  return {static_cast<Category>(row & 31), bit(5), bit(6), bit(7), bit(8), bit(9)};
}

CharProperties properties_of(char32_t c) {
  const auto* after = std::upper_bound(std::begin(kProperties), std::end(kProperties), c,
                                       [](char32_t value, uint32_t row) { return value < row >> 11; });
  return unpack(after[-1]);
}

char32_t map_case(std::span<const CaseRange> ranges, char32_t c) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), c,
                                      [](char32_t value, const CaseRange& range) { return value < range.first; });
  if (after == ranges.begin()) return c;
  const CaseRange& range = after[-1];
  if (c > range.last || (c - range.first) % range.step != 0) return c;
  return static_cast<char32_t>(static_cast<int32_t>(c) + range.delta);
}

// The same for the characters of at most two bytes, each in its place.
constexpr char32_t kNearEnd = 0x800;
using NearCases = std::array<uint16_t, kNearEnd>;
template <size_t N>
constexpr NearCases near_cases(const CaseRange (&ranges)[N]) {
  NearCases cases{};
  for (char32_t c = 0; c < kNearEnd; ++c) cases[c] = static_cast<uint16_t>(c);
  for (const CaseRange& range : ranges) {
    for (char32_t c = range.first; c <= range.last && c < kNearEnd; c += range.step) {
      cases[c] = static_cast<uint16_t>(static_cast<int32_t>(c) + range.delta);
    }
  }
  return cases;
}
constexpr NearCases kNearUppers = near_cases(kUppers);
constexpr NearCases kNearLowers = near_cases(kLowers);

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

void for_each_properties(const std::function<void(char32_t, char32_t, const CharProperties&)>& f) {
  for (size_t i = 0; i < std::size(kProperties); ++i) {
    const char32_t next = i + 1 < std::size(kProperties) ? kProperties[i + 1] >> 11 : kEnd;
    f(kProperties[i] >> 11, next - 1, unpack(kProperties[i]));
  }
}

bool for_each_of_script(std::string_view script, const std::function<void(char32_t, char32_t)>& f) {
  const auto* name = std::find_if(std::begin(kScriptNames), std::end(kScriptNames),
                                  [&](std::string_view each) { return equal_ignoring_case(each, script); });
  if (name == std::end(kScriptNames)) return false;
  const auto id = static_cast<uint32_t>(name - std::begin(kScriptNames));
  for (size_t i = 0; i < std::size(kScripts); ++i) {
    const char32_t next = i + 1 < std::size(kScripts) ? kScripts[i + 1] >> 8 : kEnd;
    if ((kScripts[i] & 0xff) == id) f(kScripts[i] >> 8, next - 1);
  }
  return true;
}

void for_each_cased(const std::function<void(char32_t)>& f) {
  for (const std::span<const CaseRange> table :
       {std::span<const CaseRange>(kUppers), std::span<const CaseRange>(kLowers)}) {
    for (const CaseRange& range : table) {
      for (char32_t c = range.first; c <= range.last; c += range.step) f(c);
    }
  }
}

Category category_of(char32_t c) { return properties_of(c).category; }

bool is_cased(char32_t c) {
  const CharProperties properties = properties_of(c);
  return properties.lowercase || properties.uppercase || properties.category == Category::kLt;
}

bool is_case_ignorable(char32_t c) {
  // Word_Break MidLetter, MidNumLet and Single_Quote, which no category covers.
  for (const char32_t mid :
       U"'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a") {
    if (mid != 0 && c == mid) return true;
  }
  const Category category = category_of(c);
  return category == Category::kMn || category == Category::kMe || category == Category::kCf ||
         category == Category::kLm || category == Category::kSk;
}

char32_t to_upper(char32_t c) { return c < kNearEnd ? kNearUppers[c] : map_case(kUppers, c); }
char32_t to_lower(char32_t c) { return c < kNearEnd ? kNearLowers[c] : map_case(kLowers, c); }
char32_t to_title(char32_t c) { return map_case(kTitles, c); }

std::span<const char32_t> special_upper(char32_t c) {
  const auto* found =
      std::lower_bound(std::begin(kSpecialUppers), std::end(kSpecialUppers), c,
                       [](const SpecialUpper& special, char32_t value) { return special.from < value; });
  if (found == std::end(kSpecialUppers) || found->from != c) return {};
  return {found->to, found->to[2] == 0 ? size_t{2} : size_t{3}};
}

}  // namespace millrace
