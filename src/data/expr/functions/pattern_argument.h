#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "data/expr/function.h"
#include "data/expr/regex/pattern.h"

namespace millrace {

// The pattern of a call: compiled once when it is a constant, else by row, where the last ones are kept.
class PatternArgument {
 public:
  static std::variant<PatternArgument, BindError> bind(std::span<const BindArg> args, size_t index);
  static PatternArgument constant(std::string_view good_pattern);  // for an argument that is left out

  // The row's pattern; null after a fault.
  const JavaPattern* at(const Call& call, size_t row) const;

 private:
  size_t index_ = 0;
  std::optional<JavaPattern> constant_;
};

// What regexp_replace puts in place of a match: $1, ${name}, and \ before what is meant plainly.
class Replacement {
 public:
  static Result<Replacement> parse(std::string_view text, const JavaPattern& pattern);

  template <typename Out>
  void add_to(Out& out, std::string_view text, std::span<const JavaPattern::Span> spans) const {
    for (const Part& part : parts_) {
      out.add(part.group < 0 ? std::string_view(part.text) : spans[static_cast<size_t>(part.group)].of(text));
    }
  }

 private:
  struct Part {
    int group = -1;
    std::string text;  // when it is no group
  };
  std::vector<Part> parts_;
};

}  // namespace millrace
