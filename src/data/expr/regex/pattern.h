#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "data/expr/regex/translate.h"

namespace millrace {

// A regular expression of java.util.regex, matched in linear time. An immutable value that copies share; compile once
// per constant, match from any thread. Texts must be valid UTF-8. Known difference: \b goes by ASCII letters, as Java
// 19+ does.
class JavaPattern {
 public:
  static constexpr size_t npos = std::string_view::npos;
  struct Span {  // of the text; begin == npos: the group took no part
    size_t begin = npos, end = npos;
    bool matched() const { return begin != npos; }
    std::string_view of(std::string_view text) const {
      return matched() ? text.substr(begin, end - begin) : std::string_view();
    }
  };
  struct Compiled;

  // Why it was refused, in one line: message, place, hint.
  static Result<JavaPattern> compile(std::string_view pattern);
  // The same with the parts of the error apart.
  static Compiled compile_explained(std::string_view pattern);

  // Whether it matches somewhere at or after byte `from` (Matcher.find).
  bool find(std::string_view text, size_t from = 0) const;
  // Fills spans[0] with the whole match and spans[i] with group i, as many as there is room for.
  bool find(std::string_view text, size_t from, std::span<Span> spans) const;
  // Whether it matches the whole text (Matcher.matches).
  bool matches(std::string_view text) const;

  // Calls f(spans) for match after match as Java finds them, an empty one never twice at a place; f gives false to
  // stop.
  template <typename F>
  void for_each_match(std::string_view text, std::span<Span> spans, F&& f) const {
    size_t from = 0;
    while (from <= text.size() && find(text, from, spans)) {
      const Span whole = spans[0];
      if (!f(spans)) return;
      from = whole.end > whole.begin ? whole.end : after_char(text, whole.end);
    }
  }

  int groups() const;  // the whole match not counted
  std::optional<int> group_named(std::string_view name) const;
  const std::string& text() const;  // as it was written

 private:
  struct State;
  explicit JavaPattern(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  static size_t after_char(std::string_view text, size_t at);

  std::shared_ptr<const State> state_;
};

struct JavaPattern::Compiled {
  std::optional<JavaPattern> pattern;
  PatternError error;
  bool ok() const { return pattern.has_value(); }
};

}  // namespace millrace
