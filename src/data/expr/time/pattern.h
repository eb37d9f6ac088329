#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/expr/time/zone.h"

namespace millrace {

// A datetime pattern of Spark's ("yyyy-MM-dd HH:mm:ss[.SSS]"), compiled once. Immutable; shared between threads.
class Pattern {
 public:
  enum class Use { kFormat, kParse };
  // The error names the letter and says what to write instead.
  static Result<Pattern> compile(std::string_view text, Use use);

  // Appends the instant as UTC shows it.
  void format(int64_t us, std::string& out) const;

  // The whole text or nothing; nullopt also for dates that do not exist. Missing parts are those of 1970-01-01
  // 00:00:00.
  std::optional<int64_t> parse(std::string_view text, ZoneFinder& zones) const;

 private:
  std::optional<int64_t> parse_plain(std::string_view text) const;

  friend class PatternCompiler;
  friend class TimePatternParser;
  struct Node {
    char letter = 0;  // 0: literal; '[': optional part, up to nodes_[end]
    int count = 0;
    int later_digits = 0;  // digits that fixed-width numbers right behind this one need
    bool fixed = false;    // exactly `count` digits
    size_t end = 0;
    std::string literal;
  };
  std::vector<Node> nodes_;
  // Of a pattern like yyyy-MM-dd HH:mm:ss, each part once and of fixed width: the bytes of a text that fits. 0:
  // another.
  size_t plain_bytes_ = 0;
};

}  // namespace millrace
