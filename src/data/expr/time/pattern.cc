#include "data/expr/time/pattern.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "data/expr/time/calendar.h"
#include "data/put_text.h"

namespace millrace {
namespace {

constexpr size_t kPatternBytesMax = 512;
constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                   "Friday", "Saturday", "Sunday"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool contains(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool starts_with_any_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

int letters_max(char letter) {
  switch (letter) {
    case 'y': return 6;
    case 'S': return 9;
    case 'X':
    case 'x':
    case 'Z': return 5;
    case 'D': return 3;
    case 'a':
    case 'F': return 1;
    case 'd':
    case 'H':
    case 'h':
    case 'K':
    case 'k':
    case 'm':
    case 's':
    case 'V': return 2;
    default: return 4;
  }
}

Result<void> check_letter(char letter, int count, Pattern::Use use) {
  const auto refuse = [](std::string message) { return Error(ErrorCode::kInvalidArgument, std::move(message)); };
  if (contains("YWwuec", letter)) {
    return refuse(letter == 'Y'
                      ? "the letter Y counts weeks and is not supported; write y for the year"
                      : fmt::format("the letter {} is not supported in datetime patterns; use extract", letter));
  }
  if (!contains("GyMLdDEFaKkhHmsSVzOXxZQq", letter)) {
    return refuse(fmt::format("{} is not a letter of datetime patterns; put text in quotes: '{}'", letter, letter));
  }
  if (use == Pattern::Use::kParse && contains("EFQq", letter)) {
    return refuse(fmt::format("the letter {} is for formatting only, it cannot be parsed", letter));
  }
  if (count > letters_max(letter) || (letter == 'V' && count != 2) || (letter == 'O' && count != 1 && count != 4)) {
    return refuse(fmt::format("the letter {} cannot stand {} times in a datetime pattern", letter, count));
  }
  return {};
}

// Numbers in Java's sense: they take part in adjacent value parsing.
bool is_number(char letter, int count) {
  if (contains("ML", letter)) return count <= 2;
  return contains("ydDHhKkms", letter) || (letter == 'S' && count == 1);
}

}  // namespace

class PatternCompiler {
 public:
  PatternCompiler(std::string_view text, Pattern::Use use) : text_(text), use_(use) {}

  Result<Pattern> run() {
    if (text_.size() > kPatternBytesMax)
      return fail(fmt::format("a datetime pattern has at most {} bytes", kPatternBytesMax));
    while (at_ < text_.size()) {
      TRY_STATUS(step());
    }
    while (!open_.empty()) close();
    pattern_.plain_bytes_ = plain_bytes();
    return std::move(pattern_);
  }

 private:
  static Error fail(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }

  size_t plain_bytes() const {
    std::string seen;
    size_t bytes = 0;
    for (const Pattern::Node& node : pattern_.nodes_) {
      if (node.letter == 0) {
        if (node.literal.size() != 1 || is_digit(node.literal[0])) return 0;
        ++bytes;
        continue;
      }
      const bool known = node.letter == 'y' ? node.count == 4 : contains("MdHms", node.letter) && node.count == 2;
      if (!known || contains(seen, node.letter)) return 0;
      seen += node.letter;
      bytes += static_cast<size_t>(node.count);
    }
    return bytes;
  }

  Status step() {
    const char c = text_[at_];
    if (is_letter(c)) return letters(c);
    ++at_;
    if (c == '\'') return quoted();
    number_ = kNone;
    if (c == '[') {
      open_.push_back(pattern_.nodes_.size());
      pattern_.nodes_.push_back({.letter = '[', .literal = {}});
    } else if (c == ']') {
      if (open_.empty()) return fail("a ] without its [ in a datetime pattern");
      close();
    } else if (contains("#{}", c)) {
      return fail(fmt::format("{} is reserved in datetime patterns; put it in quotes", c));
    } else {
      literal(std::string(1, c));
    }
    return {};
  }

  Status letters(char letter) {
    const size_t end = std::min(text_.find_first_not_of(letter, at_), text_.size());
    const int count = static_cast<int>(end - at_);
    at_ = end;
    TRY_STATUS(check_letter(letter, count, use_));
    Pattern::Node node{.letter = letter, .count = count, .literal = {}};
    if (!is_number(letter, count)) {
      number_ = kNone;
    } else {
      node.fixed = letter == 'S' || (count == 2 && letter != 'D');
      if (number_ != kNone && node.fixed) {
        pattern_.nodes_[number_].later_digits += count;
      } else {
        number_ = pattern_.nodes_.size();
      }
    }
    pattern_.nodes_.push_back(std::move(node));
    return {};
  }

  Status quoted() {
    number_ = kNone;
    if (at_ < text_.size() && text_[at_] == '\'') {
      ++at_;
      literal("'");
      return {};
    }
    std::string text;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\'') {
        if (at_ == text_.size() || text_[at_] != '\'') {
          literal(std::move(text));
          return {};
        }
        ++at_;
      }
      text += c;
    }
    return fail("a quote in the datetime pattern is not closed");
  }

  void literal(std::string text) { pattern_.nodes_.push_back({.literal = std::move(text)}); }
  void close() {
    pattern_.nodes_[open_.back()].end = pattern_.nodes_.size();
    open_.pop_back();
  }

  static constexpr size_t kNone = SIZE_MAX;
  std::string_view text_;
  Pattern::Use use_;
  size_t at_ = 0;
  size_t number_ = kNone;  // the first of adjacent numbers
  std::vector<size_t> open_;
  Pattern pattern_;
};

Result<Pattern> Pattern::compile(std::string_view text, Use use) { return PatternCompiler(text, use).run(); }

namespace {

void pad(std::string& out, int64_t value, int width) {
  char digits[4];
  if (width == 2 && value < 100) {
    out.append(digits, put_two_digits(digits, static_cast<uint64_t>(value)));
    return;
  }
  if (width == 4 && value < 10'000) {
    const auto whole = static_cast<uint64_t>(value);
    out.append(digits, put_two_digits(put_two_digits(digits, whole / 100), whole % 100));
    return;
  }
  fmt::format_to(std::back_inserter(out), "{:0{}}", value, width);
}

void append_year(std::string& out, int64_t year, int count) {
  if (count == 2) return pad(out, floor_mod(year, 100), 2);
  if (year < 0) out += '-';
  if (count >= 4 && year > 9999 && fmt::formatted_size("{}", year) > static_cast<size_t>(count)) out += '+';
  pad(out, year < 0 ? -year : year, count);
}

void append_quarter(std::string& out, unsigned quarter, int count) {
  constexpr std::array<std::string_view, 4> kQuarters = {"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"};
  if (count == 4) {
    out += kQuarters[quarter - 1];
    return;
  }
  if (count == 3) out += 'Q';
  pad(out, quarter, count == 3 ? 1 : count);
}

}  // namespace

void Pattern::format(int64_t us, std::string& out) const {
  const DayTime at = split_us(us);
  const Civil civil = civil_from_days(at.days);
  const int64_t hour = at.us / kUsPerHour;
  const bool era = std::any_of(nodes_.begin(), nodes_.end(), [](const Node& n) { return n.letter == 'G'; });
  for (const Node& node : nodes_) {
    switch (node.letter) {
      case 0: out += node.literal; break;
      case 'G':
        out += civil.year > 0 ? (node.count == 4 ? "Anno Domini" : "AD") : (node.count == 4 ? "Before Christ" : "BC");
        break;
      case 'y': append_year(out, era && civil.year <= 0 ? 1 - civil.year : civil.year, node.count); break;
      case 'M':
      case 'L':
        if (node.count > 2) {
          out += node.count == 3 ? kMonths[civil.month - 1].substr(0, 3) : kMonths[civil.month - 1];
        } else {
          pad(out, civil.month, node.count);
        }
        break;
      case 'Q':
      case 'q': append_quarter(out, (civil.month + 2) / 3, node.count); break;
      case 'd': pad(out, civil.day, node.count); break;
      case 'D': pad(out, day_of_year(at.days), node.count); break;
      case 'F': pad(out, (civil.day - 1) % 7 + 1, 1); break;
      case 'E': {
        const std::string_view name = kDays[static_cast<size_t>(weekday_of(at.days))];
        out += node.count == 4 ? name : name.substr(0, 3);
        break;
      }
      case 'a': out += hour < 12 ? "AM" : "PM"; break;
      case 'H': pad(out, hour, node.count); break;
      case 'k': pad(out, hour == 0 ? 24 : hour, node.count); break;
      case 'K': pad(out, hour % 12, node.count); break;
      case 'h': pad(out, hour % 12 == 0 ? 12 : hour % 12, node.count); break;
      case 'm': pad(out, at.us / kUsPerMinute % 60, node.count); break;
      case 's': pad(out, at.us / kUsPerSecond % 60, node.count); break;
      case 'S': {
        const std::string digits = fmt::format("{:09}", at.us % kUsPerSecond * 1000);
        out.append(digits, 0, static_cast<size_t>(node.count));
        break;
      }
      case 'V': out += "UTC"; break;
      case 'z': out += node.count == 4 ? "Coordinated Universal Time" : "UTC"; break;
      case 'O': out += "GMT"; break;
      case 'X': out += 'Z'; break;
      case 'x': out += node.count == 1 ? "+00" : node.count % 2 == 0 ? "+0000" : "+00:00"; break;
      case 'Z': out += node.count == 5 ? "Z" : node.count == 4 ? "GMT" : "+0000"; break;
      default: break;  // '[': what is optional is always there
    }
  }
}

class TimePatternParser {
 public:
  TimePatternParser(const Pattern& pattern, std::string_view text, ZoneFinder& zones)
      : nodes_(pattern.nodes_), text_(text), zones_(zones) {}

  std::optional<int64_t> run() {
    if (!nodes(0, nodes_.size()) || at_ != text_.size()) return std::nullopt;
    return resolve();
  }

 private:
  static constexpr int64_t kUnset = INT64_MIN;
  struct Fields {
    int64_t era = kUnset, year = kUnset, month = kUnset, day = kUnset, year_day = kUnset, half = kUnset, hour = kUnset,
            hour12 = kUnset, minute = kUnset, second = kUnset, fraction_us = kUnset;
    std::string_view zone;
  };

  bool nodes(size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      const Pattern::Node& node = nodes_[i];
      if (node.letter == '[') {
        const size_t at = at_;
        const Fields fields = fields_;
        if (!nodes(i + 1, node.end)) {
          at_ = at;
          fields_ = fields;
        }
        i = node.end - 1;
      } else if (!one(node)) {
        return false;
      }
    }
    return true;
  }

  std::string_view rest() const { return text_.substr(at_); }

  bool take(std::string_view word) {
    if (!starts_with_any_case(rest(), word)) return false;
    at_ += word.size();
    return true;
  }

  static bool set(int64_t& field, int64_t value, int64_t low, int64_t high) {
    if (value < low || value > high || (field != kUnset && field != value)) return false;
    field = value;
    return true;
  }

  std::optional<int64_t> number(int digits_min, int digits_max, int later_digits) {
    const auto most = static_cast<size_t>(digits_max) + static_cast<size_t>(later_digits);
    size_t digits = 0;
    while (digits < most && at_ + digits < text_.size() && is_digit(text_[at_ + digits])) ++digits;
    if (later_digits > 0) {
      digits = std::max(static_cast<size_t>(digits_min), digits - std::min(digits, static_cast<size_t>(later_digits)));
    }
    if (digits < static_cast<size_t>(digits_min) || digits > 18 || at_ + digits > text_.size()) return std::nullopt;
    int64_t value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (!is_digit(text_[at_ + i])) return std::nullopt;
      value = value * 10 + (text_[at_ + i] - '0');
    }
    at_ += digits;
    digits_ = static_cast<int>(digits);
    return value;
  }

  bool field(const Pattern::Node& node, int64_t& into, int64_t low, int64_t high) {
    const auto value = number(node.count, node.fixed ? node.count : node.letter == 'D' ? 3 : 18, node.later_digits);
    return value && set(into, *value, low, high);
  }

  bool year(const Pattern::Node& node) {
    if (node.count == 2) {
      const auto value = number(2, 2, node.later_digits);
      return value && set(fields_.year, 2000 + *value, 2000, 2099);
    }
    const bool minus = take("-");
    const bool plus = !minus && node.count >= 4 && take("+");
    const auto value = number(node.count, 18, node.later_digits);
    if (!value || (minus && *value == 0)) return false;
    if (node.count >= 4 && !minus && plus != (digits_ > node.count)) return false;
    return set(fields_.year, minus ? -*value : *value, -999'999'999, 999'999'999);
  }

  bool month(const Pattern::Node& node) {
    if (node.count <= 2) return field(node, fields_.month, 1, 12);
    for (size_t i = 0; i < kMonths.size(); ++i) {
      if (take(node.count == 3 ? kMonths[i].substr(0, 3) : kMonths[i])) {
        return set(fields_.month, static_cast<int64_t>(i) + 1, 1, 12);
      }
    }
    return false;
  }

  bool fraction(const Pattern::Node& node) {
    int64_t nanoseconds = 0;
    int digits = 0;
    while (digits < node.count && at_ < text_.size() && is_digit(text_[at_])) {
      nanoseconds = nanoseconds * 10 + (text_[at_++] - '0');
      ++digits;
    }
    if (digits == 0) return false;
    for (; digits < 9; ++digits) nanoseconds *= 10;
    return set(fields_.fraction_us, nanoseconds / 1000, 0, kUsPerSecond - 1);
  }

  // An offset of the shape that the letter and its count ask for: +HH[mm], +HHMM, +HH:MM, with seconds from four on.
  bool offset(const Pattern::Node& node) {
    const bool zero_is_z = node.letter == 'X' || (node.letter == 'Z' && node.count == 5);
    const size_t begin = at_;
    if (zero_is_z && take("Z")) return set_zone("Z");
    const int shape = node.letter == 'Z' && node.count < 5 ? 2 : node.count;
    if (at_ == text_.size() || (text_[at_] != '+' && text_[at_] != '-')) return false;
    const auto pair = [&](size_t at) {
      return at + 2 <= text_.size() && is_digit(text_[at]) && is_digit(text_[at + 1]);
    };
    const bool colons = shape == 3 || shape == 5;
    if (!pair(++at_)) return false;
    at_ += 2;
    const int pairs = shape >= 4 ? 2 : 1;
    for (int i = 0; i < pairs; ++i) {
      const size_t next = at_ + (colons ? 1 : 0);
      const bool there = (!colons || (at_ < text_.size() && text_[at_] == ':')) && pair(next);
      if (!there && i == 0 && shape != 1) return false;
      if (!there) break;
      at_ = next + 2;
    }
    return set_zone(text_.substr(begin, at_ - begin));
  }

  bool zone_id(bool offset_only) {
    const size_t begin = at_;
    if (offset_only && !starts_with_any_case(rest(), "GMT")) return false;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]) || contains("/_+-:", text_[at_])))
      ++at_;
    return set_zone(text_.substr(begin, at_ - begin));
  }

  bool set_zone(std::string_view zone) {
    if (zones_.find(zone) == nullptr) return false;
    fields_.zone = zone;
    return true;
  }

  bool one(const Pattern::Node& node) {
    switch (node.letter) {
      case 0: return take(node.literal);
      case 'G':
        if (take(node.count == 4 ? "Anno Domini" : "AD")) return set(fields_.era, 1, 0, 1);
        return take(node.count == 4 ? "Before Christ" : "BC") && set(fields_.era, 0, 0, 1);
      case 'y': return year(node);
      case 'M':
      case 'L': return month(node);
      case 'd': return field(node, fields_.day, 1, 31);
      case 'D': return field(node, fields_.year_day, 1, 366);
      case 'a':
        if (take("AM")) return set(fields_.half, 0, 0, 1);
        return take("PM") && set(fields_.half, 1, 0, 1);
      case 'H': return field(node, fields_.hour, 0, 23);
      case 'k': {
        int64_t hour = kUnset;
        return field(node, hour, 1, 24) && set(fields_.hour, hour % 24, 0, 23);
      }
      case 'K': return field(node, fields_.hour12, 0, 11);
      case 'h': {
        int64_t hour = kUnset;
        return field(node, hour, 1, 12) && set(fields_.hour12, hour % 12, 0, 11);
      }
      case 'm': return field(node, fields_.minute, 0, 59);
      case 's': return field(node, fields_.second, 0, 59);
      case 'S': return fraction(node);
      case 'V':
      case 'z': return zone_id(false);
      case 'O': return zone_id(true);
      case 'Z':
        if (node.count == 4) return zone_id(true);
        return offset(node);
      default: return offset(node);  // X, x
    }
  }

  static int64_t or_else(int64_t field, int64_t value) { return field == kUnset ? value : field; }

  std::optional<int64_t> resolve() {
    Fields& f = fields_;
    int64_t year = or_else(f.year, 1970);
    if (f.era != kUnset && year < 1) return std::nullopt;
    if (f.era == 0) year = 1 - year;
    int64_t days = 0;
    if (f.year_day != kUnset && f.year != kUnset) {
      if (f.year_day > (is_leap(year) ? 366 : 365)) return std::nullopt;
      days = epoch_days(year, 1, 1) + f.year_day - 1;
      const Civil civil = civil_from_days(days);
      if (or_else(f.month, civil.month) != civil.month || or_else(f.day, civil.day) != civil.day) return std::nullopt;
    } else {
      const auto month = static_cast<unsigned>(or_else(f.month, 1));
      const auto day = static_cast<unsigned>(or_else(f.day, 1));
      if (static_cast<int>(day) > days_in_month(year, month)) return std::nullopt;
      days = epoch_days(year, month, day);
    }
    int64_t hour = f.hour;
    if (hour == kUnset) hour = or_else(f.half, 0) * 12 + or_else(f.hour12, 0);
    if (f.hour != kUnset && f.half != kUnset && f.hour / 12 != f.half) return std::nullopt;
    if (f.hour != kUnset && f.hour12 != kUnset && f.hour % 12 != f.hour12) return std::nullopt;
    const int64_t of_day = hour * kUsPerHour + or_else(f.minute, 0) * kUsPerMinute +
                           or_else(f.second, 0) * kUsPerSecond + or_else(f.fraction_us, 0);
    int64_t us = 0;
    if (__builtin_mul_overflow(days, kUsPerDay, &us) || __builtin_add_overflow(us, of_day, &us)) return std::nullopt;
    return f.zone.empty() ? us : ZoneCursor(*zones_.find(f.zone)).to_utc(us);
  }

  const std::vector<Pattern::Node>& nodes_;
  std::string_view text_;
  ZoneFinder& zones_;
  size_t at_ = 0;
  int digits_ = 0;  // of the last number
  Fields fields_;
};

// nullopt: look again with all the rules.
std::optional<int64_t> Pattern::parse_plain(std::string_view text) const {
  constexpr std::string_view kParts = "yMdHms";
  std::array<unsigned, kParts.size()> parts = {1970, 1, 1, 0, 0, 0};
  const char* at = text.data();
  for (const Node& node : nodes_) {
    if (node.letter == 0) {
      if (*at++ != node.literal[0]) return std::nullopt;
      continue;
    }
    unsigned value = 0;
    for (int i = 0; i < node.count; ++i) {
      if (!is_digit(*at)) return std::nullopt;
      value = value * 10 + static_cast<unsigned>(*at++ - '0');
    }
    parts[kParts.find(node.letter)] = value;
  }
  const auto [year, month, day, hour, minute, second] = parts;
  if (month < 1 || month > 12 || day < 1 || static_cast<int>(day) > days_in_month(year, month) || hour > 23 ||
      minute > 59 || second > 59) {
    return std::nullopt;
  }
  return int64_t{days_from_civil(year, month, day)} * kUsPerDay + hour * kUsPerHour + minute * kUsPerMinute +
         second * kUsPerSecond;
}

std::optional<int64_t> Pattern::parse(std::string_view text, ZoneFinder& zones) const {
  if (plain_bytes_ == text.size() && plain_bytes_ > 0) {
    if (const auto us = parse_plain(text)) return us;
  }
  return TimePatternParser(*this, text, zones).run();
}

}  // namespace millrace
