// Escapes and character classes of PatternParser.
#include <fmt/format.h>

#include "data/expr/regex/classes.h"
#include "data/expr/regex/parser.h"

namespace millrace {
namespace {

std::optional<uint32_t> hex_value(char32_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

}  // namespace

std::optional<char32_t> PatternParser::escaped_char(size_t begin) {
  const char32_t c = units_[at_++].c;
  switch (c) {
    case '0': return octal(begin);
    case 'x': return hexadecimal(begin);
    case 'u': return utf16(begin);
    case 'a': return 7;
    case 'e': return 27;
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'c':
      if (at_ >= units_.size()) return fail(begin, "\\c wants a character behind it");
      return units_[at_++].c ^ 64;
    case 'k': return fail(begin, "a reference back to a group cannot be translated");
    case 'G': return fail(begin, "\\G cannot be translated");
    case 'X': return fail(begin, "\\X cannot be translated");
    case 'N': return fail(begin, "\\N{...} cannot be translated", "write the character, or \\x{...}");
    default: break;
  }
  if (c >= '1' && c <= '9') return fail(begin, "a reference back to a group cannot be translated");
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
    return fail(begin, fmt::format("\\{} means nothing here", static_cast<char>(c)),
                "a backslash itself is written \\\\");
  }
  return c;
}

// \0n, \0nn, \0mnn with m up to 3.
std::optional<char32_t> PatternParser::octal(size_t begin) {
  char32_t value = 0;
  size_t digits = 0;
  while (digits < 3 && at_ < units_.size() && units_[at_].c >= '0' && units_[at_].c <= '7') {
    if (digits == 2 && value > 037) break;
    value = value * 8 + (units_[at_++].c - '0');
    ++digits;
  }
  if (digits == 0) return fail(begin, "\\0 wants one to three octal digits behind it");
  return value;
}

std::optional<uint32_t> PatternParser::hex_digits(size_t count) {
  if (at_ + count > units_.size()) return std::nullopt;
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    const auto digit = hex_value(units_[at_ + i].c);
    if (!digit) return std::nullopt;
    value = value * 16 + *digit;
  }
  at_ += count;
  return value;
}

std::optional<char32_t> PatternParser::hexadecimal(size_t begin) {
  constexpr std::string_view kWanted = "\\x wants two hexadecimal digits, or some within braces";
  if (!raw_is('{')) {
    const auto value = hex_digits(2);
    return value ? std::optional<char32_t>(*value) : fail(begin, std::string(kWanted));
  }
  ++at_;
  char32_t value = 0;
  size_t digits = 0;
  for (; !raw_is('}'); ++digits) {
    const auto digit = hex_digits(1);
    if (!digit) return fail(begin, std::string(kWanted));
    value = value * 16 + *digit;
    if (value > kCodePointMax) return fail(begin, "there is no character beyond \\x{10ffff}");
  }
  ++at_;
  if (digits == 0) return fail(begin, std::string(kWanted));
  if (value >= 0xd800 && value < 0xe000) return fail(begin, "half a surrogate pair is no character");
  return value;
}

// \uhhhh, and two of them for a surrogate pair.
std::optional<char32_t> PatternParser::utf16(size_t begin) {
  const auto unit = hex_digits(4);
  if (!unit) return fail(begin, "\\u wants four hexadecimal digits");
  if (*unit < 0xd800 || *unit >= 0xe000) return *unit;
  if (*unit < 0xdc00 && raw_is('\\') && at_ + 1 < units_.size() && units_[at_ + 1].c == 'u') {
    at_ += 2;
    const auto low = hex_digits(4);
    if (low && *low >= 0xdc00 && *low < 0xe000) return 0x10000 + ((*unit - 0xd800) << 10) + (*low - 0xdc00);
  }
  return fail(begin, "half a surrogate pair is no character", "write \\x{...} with the character's number");
}

std::optional<CharSet> PatternParser::property(size_t begin, bool complement) {
  std::string name;
  if (raw_is('{')) {
    for (++at_; at_ < units_.size() && !raw_is('}'); ++at_) append_char(units_[at_].c, name);
    if (!raw_is('}')) return fail(begin, "\\p{ without its '}'");
    ++at_;
  } else if (at_ < units_.size()) {
    append_char(units_[at_++].c, name);
  }
  const auto set = property_class(name, flags_.fold);
  if (!set) {
    const bool block = name.starts_with("In") || name.starts_with("blk=") || name.starts_with("block=");
    return fail(begin, fmt::format("there is no class \\p{{{}}} here", name),
                block ? "blocks are not known; write the script (\\p{IsGreek}) or the range (\\x{370}-\\x{3ff})"
                      : "known are categories (\\p{Lu}), \\p{Alpha} and the like, \\p{javaLetter}, \\p{IsAlphabetic} "
                        "and scripts (\\p{IsLatin})");
  }
  return complement ? set->complement() : *set;
}

// Until the ']' that closes it; `closed` takes that too. Otherwise it is the right side of && and ends before it.
std::optional<CharSet> PatternParser::char_class(size_t begin, bool closed) {
  if (depth_ >= kPatternDepthMax) {
    return fail(begin, fmt::format("classes are nested more than {} deep", kPatternDepthMax));
  }
  ++depth_;
  std::optional<CharSet> all;
  bool intersected = false;
  const bool negated = accept('^');
  while (!(is(']') && all)) {
    if (done()) return fail(begin, "'[' without its ']'", "a bracket itself is written \\[");
    if (raw_is('&') && at_ + 1 < units_.size() && !units_[at_ + 1].quoted && units_[at_ + 1].c == '&') {
      at_ += 2;
      const auto right = intersection_side(begin);
      if (error_) return std::nullopt;
      if (!all && !right) return fail(begin, "&& has nothing on either side");
      if (all && right) all = all->intersected(*right);
      if (!all) all = right;
      intersected = true;
      continue;
    }
    if (intersected) return fail(position(), "more after && and a class is ambiguous", "put it in brackets of its own");
    const auto item = class_item(begin);
    if (!item) return std::nullopt;
    all = all ? all->united(*item) : *item;
  }
  if (closed) ++at_;
  --depth_;
  return negated ? all->complement() : *all;
}

// nullopt without an error: nothing stands there.
std::optional<CharSet> PatternParser::intersection_side(size_t begin) {
  std::optional<CharSet> right;
  while (!is(']') && !is('&')) {
    if (done()) return fail(begin, "'[' without its ']'", "a bracket itself is written \\[");
    const bool nested = accept('[');
    const auto part = char_class(begin, nested);
    if (!part) return std::nullopt;
    right = right ? right->united(*part) : *part;
  }
  return right;
}

std::optional<CharSet> PatternParser::class_item(size_t begin) {
  if (raw_is('[')) {
    const size_t nested = units_[at_++].at;
    return char_class(nested, true);
  }
  if (raw_is('\\')) return class_escape(begin);
  const char32_t c = units_[at_++].c;
  return class_range(c, begin);
}

std::optional<CharSet> PatternParser::class_escape(size_t begin) {
  const size_t at = units_[at_++].at;
  if (at_ >= units_.size() || units_[at_].quoted) return fail(begin, "'[' without its ']'");
  const char32_t c = units_[at_].c;
  const bool before_range = at_ + 1 < units_.size() && !units_[at_ + 1].quoted && units_[at_ + 1].c == '-';
  if (c == 'p' || c == 'P') {
    ++at_;
    return property(at, c == 'P');
  }
  if (c == 'v' && before_range) {
    ++at_;
    return class_range(0x0b, begin);
  }
  if (const auto set = escape_class(c)) {
    ++at_;
    return *set;
  }
  const auto one = escaped_char(at);
  return one ? class_range(*one, begin) : std::nullopt;
}

// `first` alone, or from it to what follows a '-'.
std::optional<CharSet> PatternParser::class_range(char32_t first, size_t begin) {
  if (!is('-') || at_ + 1 >= units_.size()) return literal(first);
  const Unit after = units_[at_ + 1];
  if (!after.quoted && (after.c == '[' || after.c == ']')) return literal(first);
  ++at_;
  if (done()) return fail(begin, "'[' without its ']'");
  char32_t last = units_[at_].c;
  const size_t at = units_[at_].at;
  if (raw_is('\\')) {
    ++at_;
    if (at_ >= units_.size()) return fail(begin, "'[' without its ']'");
    if (units_[at_].c == 'v' && !units_[at_].quoted) {
      last = 0x0b;
      ++at_;
    } else if (escape_class(units_[at_].c)) {
      return fail(at, "a range cannot end in a class", "put the '-' first or last");
    } else {
      const auto one = escaped_char(at);
      if (!one) return std::nullopt;
      last = *one;
    }
  } else {
    ++at_;
  }
  if (last < first) return fail(at, "the range goes backwards");
  const CharSet range(first, last);
  return flags_.fold ? fold_case(range, flags_.unicode_fold) : range;
}

}  // namespace millrace
