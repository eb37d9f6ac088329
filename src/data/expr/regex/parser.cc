#include "data/expr/regex/parser.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "data/expr/regex/classes.h"
#include "data/unicode.h"

namespace millrace {
namespace {

using Kind = PatternNode::Kind;

constexpr std::string_view kLineTerminators = "\\n\\r\\x{85}\\x{2028}\\x{2029}";

bool is_ascii_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_ascii_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_space(char32_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

PatternParser::PatternParser(std::string_view java) : bytes_(java.size()) {
  if (java.size() > kPatternBytesMax) {
    fail(0, fmt::format("the pattern has {} bytes, {} are the limit", java.size(), kPatternBytesMax));
  } else if (!is_valid_utf8(java)) {
    fail(find_utf8_flaw(java).at, "the pattern is not UTF-8");
  } else {
    read_units(java);
  }
}

// Java expands \Q..\E before all else, even within character classes and comments.
void PatternParser::read_units(std::string_view java) {
  bool quoted = false;
  for (size_t at = 0; at < java.size();) {
    const std::string_view rest = java.substr(at);
    if (quoted ? rest.starts_with("\\E") : rest.starts_with("\\Q")) {
      quoted = !quoted;
      at += 2;
      continue;
    }
    const bool escape = !quoted && java[at] == '\\';
    size_t begin = at;
    units_.push_back({next_char(java, at), quoted, begin});
    if (escape && at < java.size()) {  // the escaped character does not begin a quotation: \\Q
      begin = at;
      units_.push_back({next_char(java, at), false, begin});
    }
  }
}

std::nullopt_t PatternParser::fail(size_t at, std::string message, std::string hint) {
  if (!error_) error_ = PatternError{at, std::move(message), std::move(hint)};
  at_ = units_.size();  // every loop ends
  return std::nullopt;
}

void PatternParser::skip_comments() {
  while (at_ < units_.size() && !units_[at_].quoted) {
    if (is_space(units_[at_].c)) {
      ++at_;
    } else if (units_[at_].c == '#') {
      const CharSet ends = flags_.unix_lines ? CharSet::of(U"\n") : CharSet::of(U"\n\r\u0085\u2028\u2029");
      while (at_ < units_.size() && !ends.contains(units_[at_].c)) ++at_;
    } else {
      return;
    }
  }
}

bool PatternParser::accept(char32_t c) {
  if (!is(c)) return false;
  ++at_;
  return true;
}

PatternNode PatternParser::parse() {
  PatternNode root;
  if (!error_) root = alternation();
  if (!error_ && !done()) fail(position(), "')' without its '('", "a bracket itself is written \\)");
  return root;
}

PatternNode PatternParser::alternation() {
  PatternNode all{.kind = Kind::kAlternate, .at = position()};
  do {
    all.children.push_back(sequence());
  } while (accept('|'));
  if (all.children.size() == 1) return std::move(all.children[0]);
  return all;
}

PatternNode PatternParser::sequence() {
  PatternNode all{.kind = Kind::kConcat, .at = position()};
  while (!done() && !is('|') && !is(')')) {
    if (auto node = element()) all.children.push_back(quantified(*std::move(node)));
  }
  return all;
}

// nullopt: an error, or flags that only change what follows.
std::optional<PatternNode> PatternParser::element() {
  const Unit unit = units_[at_];
  if (!unit.quoted) {
    switch (unit.c) {
      case '(': ++at_; return group();
      case '[': {
        ++at_;
        const auto set = char_class(unit.at, true);
        return set ? std::optional(set_node(*set, unit.at)) : std::nullopt;
      }
      case '\\': ++at_; return escaped_element();
      case '^':
      case '$': ++at_; return anchor(unit.c, unit.at);
      case '.': ++at_; return dot(unit.at);
      case '*':
      case '+':
      case '?':
        return fail(unit.at, fmt::format("'{}' has nothing before it to repeat", static_cast<char>(unit.c)),
                    fmt::format("the character itself is written \\{}", static_cast<char>(unit.c)));
      case '{': return fail(unit.at, "'{' has nothing before it to repeat", "the character itself is written \\{");
      default: break;
    }
  }
  ++at_;
  return set_node(literal(unit.c), unit.at);
}

PatternNode PatternParser::set_node(const CharSet& set, size_t begin) const {
  return {.kind = Kind::kText, .at = begin, .text = set.re2(), .consumes = true};
}

CharSet PatternParser::literal(char32_t c) const {
  CharSet set(c, c);
  if (!flags_.fold) return set;
  if (flags_.unicode_fold) {
    const char32_t lower = to_lower(to_upper(c));
    if (lower == to_upper(c)) return set;  // Java takes such a character as having no case: ß
    set.add(lower);
  }
  return fold_case(set, flags_.unicode_fold);
}

PatternNode PatternParser::dot(size_t begin) const {
  std::string text = flags_.dot_all ? "(?s:.)" : flags_.unix_lines ? "[^\\n]" : fmt::format("[^{}]", kLineTerminators);
  return {.kind = Kind::kText, .at = begin, .text = std::move(text), .consumes = true};
}

std::optional<PatternNode> PatternParser::anchor(char32_t c, size_t begin) {
  PatternNode node{.kind = Kind::kText, .at = begin};
  if (flags_.multiline) {
    if (!flags_.unix_lines) {
      return fail(begin,
                  fmt::format("'{}' under (?m) knows line ends here that cannot be translated", static_cast<char>(c)),
                  "write (?md), for which only \\n ends a line");
    }
    node.text = c == '^' ? "(?m:^)" : "(?m:$)";
    node.line_start = c == '^';
    return node;
  }
  if (c == '^') {
    node.text = "\\A";
    return node;
  }
  node.kind = Kind::kDollar;
  node.text = std::string(1, flags_.unix_lines ? kUnixDollarMark : kDollarMark);
  return node;
}

std::optional<PatternNode> PatternParser::escaped_element() {
  const size_t begin = units_[at_ - 1].at;
  if (at_ >= units_.size() || units_[at_].quoted) return fail(begin, "'\\' at the end escapes nothing");
  const char32_t c = units_[at_].c;
  const auto text = [&](std::string re2, bool consumes) {
    ++at_;
    return PatternNode{.kind = Kind::kText, .at = begin, .text = std::move(re2), .consumes = consumes};
  };
  if (const auto set = escape_class(c)) {
    ++at_;
    return set_node(*set, begin);
  }
  switch (c) {
    case 'A': return text("\\A", false);
    case 'z': return text("\\z", false);
    case 'B': return text("\\B", false);
    case 'b':
      if (at_ + 1 < units_.size() && units_[at_ + 1].c == '{') {
        return fail(begin, "\\b{g} cannot be translated");
      }
      return text("\\b", false);
    case 'R': {
      PatternNode node = text(fmt::format("(?:\\r\\n|[{}\\x0b\\f])", kLineTerminators), true);
      node.line_break = true;
      return node;
    }
    case 'Z': {
      ++at_;
      const char mark = flags_.unix_lines ? kUnixDollarMark : kDollarMark;
      return PatternNode{.kind = Kind::kDollar, .at = begin, .text = std::string(1, mark)};
    }
    case 'p':
    case 'P': {
      ++at_;
      const auto set = property(begin, c == 'P');
      return set ? std::optional(set_node(*set, begin)) : std::nullopt;
    }
    default: break;
  }
  const auto one = escaped_char(begin);
  return one ? std::optional(set_node(literal(*one), begin)) : std::nullopt;
}

std::optional<PatternNode> PatternParser::group() {
  const size_t begin = units_[at_ - 1].at;
  if (depth_ >= kPatternDepthMax) {
    return fail(begin, fmt::format("groups are nested more than {} deep", kPatternDepthMax));
  }
  ++depth_;
  const Flags outside = flags_;
  std::optional<PatternNode> node;
  if (raw_is('?')) {
    ++at_;
    node = look_or_named(begin);
    if (!node) {  // an error, or (?i), which holds until the end of the group around it
      --depth_;
      return std::nullopt;
    }
  } else {
    node = PatternNode{.kind = Kind::kCapture, .at = begin};
    ++groups_;
  }
  node->children.push_back(alternation());
  flags_ = outside;
  --depth_;
  if (!raw_is(')')) return fail(begin, "'(' without its ')'", "a bracket itself is written \\(");
  ++at_;
  return node;
}

// After "(?".
std::optional<PatternNode> PatternParser::look_or_named(size_t begin) {
  const auto refuse = [&](std::string_view what, std::string hint) {
    return fail(begin, fmt::format("{} cannot be translated", what), std::move(hint));
  };
  const auto next = [&](size_t ahead) { return at_ + ahead < units_.size() ? units_[at_ + ahead].c : 0; };
  switch (next(0)) {
    case ':': ++at_; return PatternNode{.kind = Kind::kConcat, .at = begin};
    case '=':
    case '!': return refuse("looking ahead", "match what follows too and take a group, or use two conditions");
    case '>':
      return refuse("an atomic group (?>", "write (?:, which gives nothing back either where the match is unique");
    case '<': break;
    default: return inline_flags(begin);
  }
  if (next(1) == '=' || next(1) == '!') {
    return refuse("looking behind", "match what precedes too and take a group, or use two conditions");
  }
  ++at_;
  std::string name;
  while (at_ < units_.size() && (is_ascii_letter(units_[at_].c) || (!name.empty() && is_ascii_digit(units_[at_].c)))) {
    name += static_cast<char>(units_[at_++].c);
  }
  if (name.empty() || !raw_is('>')) return fail(begin, "a group's name is letters and digits between < and >");
  ++at_;
  for (const auto& [other, index] : names_) {
    if (other == name) return fail(begin, fmt::format("there is a group <{}> already", name));
  }
  names_.emplace_back(name, ++groups_);
  return PatternNode{.kind = Kind::kCapture, .at = begin};
}

// After "(?": letters, then ')' or ':'. nullopt without an error: the flags hold until the end of the group around.
std::optional<PatternNode> PatternParser::inline_flags(size_t begin) {
  bool value = true;
  for (; at_ < units_.size(); ++at_) {
    switch (units_[at_].c) {
      case 'i': flags_.fold = value; break;
      case 'm': flags_.multiline = value; break;
      case 's': flags_.dot_all = value; break;
      case 'd': flags_.unix_lines = value; break;
      case 'u': flags_.unicode_fold = value; break;
      case 'x': flags_.comments = value; break;
      case '-':
        if (!value) return fail(units_[at_].at, "a second '-' among the flags");
        value = false;
        break;
      case 'U': return fail(begin, "(?U) cannot be translated", "write \\p{IsAlphabetic}, \\p{IsDigit} and the like");
      case 'c': return fail(begin, "(?c) cannot be translated");
      case ')': ++at_; return std::nullopt;
      case ':': ++at_; return PatternNode{.kind = Kind::kConcat, .at = begin};
      default: return fail(units_[at_].at, "not a flag", "the flags are i, m, s, d, u and x");
    }
  }
  return fail(begin, "'(' without its ')'");
}

PatternNode PatternParser::quantified(PatternNode atom) {
  if (done() || units_[at_].quoted) return atom;
  const size_t begin = position();
  PatternNode repeat{.kind = Kind::kRepeat, .at = begin, .max = -1};
  switch (units_[at_].c) {
    case '?': repeat.max = 1; break;
    case '*': break;
    case '+': repeat.min = 1; break;
    case '{': {
      const auto limits = counts(begin);
      if (!limits) return atom;
      std::tie(repeat.min, repeat.max) = *limits;
      break;
    }
    default: return atom;
  }
  ++at_;
  if (accept('?')) {
    repeat.lazy = true;
  } else if (is('+')) {
    fail(begin, "a possessive repetition cannot be translated", "leave out the second '+'");
    return atom;
  }
  repeat.children.push_back(std::move(atom));
  return repeat;
}

// {n}, {n,} or {n,m}; stops at the '}'. Java takes no space within.
std::optional<std::pair<int, int>> PatternParser::counts(size_t begin) {
  ++at_;
  const auto number = [&]() -> std::optional<int> {
    std::optional<int> value;
    while (at_ < units_.size() && is_ascii_digit(units_[at_].c)) {
      const int digit = static_cast<int>(units_[at_++].c - '0');
      value = std::min(value.value_or(0) * 10 + digit, kPatternRepeatMax + 1);
    }
    return value;
  };
  const auto min = number();
  if (!min) return fail(begin, "'{' begins a repetition {n,m}", "the character itself is written \\{");
  std::optional<int> max = min;
  if (raw_is(',')) {
    ++at_;
    max = number();
  }
  if (!raw_is('}')) return fail(begin, "a repetition is {n}, {n,} or {n,m}", "the character itself is written \\{");
  if (max && *max < *min) return fail(begin, fmt::format("the repetition goes from {} down to {}", *min, *max));
  if (std::max(*min, max.value_or(0)) > kPatternRepeatMax) {
    return fail(begin, fmt::format("more than {} repetitions", kPatternRepeatMax),
                "write * or + and look at length() beside");
  }
  return std::pair(*min, max.value_or(-1));
}

}  // namespace millrace
