#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/expr/regex/char_set.h"
#include "data/expr/regex/translate.h"

namespace millrace {

// A pattern as a tree. Leaves are RE2's text already.
struct PatternNode {
  enum class Kind { kText, kDollar, kConcat, kAlternate, kCapture, kRepeat };
  Kind kind = Kind::kConcat;
  size_t at = 0;
  std::string text;         // kText: one atom; kDollar: its mark
  bool consumes = false;    // kText: matches at least one character
  bool line_start = false;  // kText: `^` of (?m), which Java does not let match at the very end
  bool line_break = false;  // kText: \R
  int min = 0, max = 0;     // kRepeat; max -1: no limit
  bool lazy = false;
  std::vector<PatternNode> children;
};

// Parses the syntax of java.util.regex.Pattern as Java 17 does, quirks included; what is rare, odd and not worth its
// meaning is refused. Used once.
class PatternParser {
 public:
  explicit PatternParser(std::string_view java);
  PatternNode parse();  // look at error() first

  const std::optional<PatternError>& error() const { return error_; }
  int groups() const { return groups_; }
  std::vector<std::pair<std::string, int>> take_names() { return std::move(names_); }

 private:
  struct Unit {
    char32_t c;
    bool quoted;  // within \Q..\E: never special
    size_t at;
  };
  struct Flags {
    bool fold = false, unicode_fold = false, multiline = false, dot_all = false, unix_lines = false, comments = false;
  };

  void read_units(std::string_view java);
  void skip_comments();
  bool done() {
    if (flags_.comments) skip_comments();
    return at_ >= units_.size();
  }
  bool is(char32_t c) { return !done() && raw_is(c); }
  bool raw_is(char32_t c) const { return at_ < units_.size() && !units_[at_].quoted && units_[at_].c == c; }
  bool accept(char32_t c);
  size_t position() const { return at_ < units_.size() ? units_[at_].at : bytes_; }
  std::nullopt_t fail(size_t at, std::string message, std::string hint = "");

  PatternNode alternation();
  PatternNode sequence();
  std::optional<PatternNode> element();
  std::optional<PatternNode> group();
  std::optional<PatternNode> look_or_named(size_t begin);
  std::optional<PatternNode> inline_flags(size_t begin);
  std::optional<PatternNode> escaped_element();
  std::optional<PatternNode> anchor(char32_t c, size_t begin);
  PatternNode quantified(PatternNode atom);
  std::optional<std::pair<int, int>> counts(size_t begin);
  PatternNode dot(size_t begin) const;
  PatternNode set_node(const CharSet& set, size_t begin) const;
  CharSet literal(char32_t c) const;

  // Escapes, after the backslash: one character, or a set.
  std::optional<char32_t> escaped_char(size_t begin);
  std::optional<char32_t> octal(size_t begin);
  std::optional<char32_t> hexadecimal(size_t begin);
  std::optional<char32_t> utf16(size_t begin);
  std::optional<uint32_t> hex_digits(size_t count);
  std::optional<CharSet> property(size_t begin, bool complement);

  // Character classes, after the '['.
  std::optional<CharSet> char_class(size_t begin, bool closed);
  std::optional<CharSet> class_item(size_t begin);
  std::optional<CharSet> class_escape(size_t begin);
  std::optional<CharSet> class_range(char32_t first, size_t begin);
  std::optional<CharSet> intersection_side(size_t begin);

  std::vector<Unit> units_;
  size_t bytes_ = 0;
  size_t at_ = 0;
  Flags flags_;
  int groups_ = 0;
  int depth_ = 0;
  std::vector<std::pair<std::string, int>> names_;
  std::optional<PatternError> error_;
};

}  // namespace millrace
