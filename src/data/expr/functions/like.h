#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

// A pattern of LIKE: % is any text, _ one character, the escape makes the next %, _ or itself plain. Compile once,
// match from any thread; nothing is allocated while matching.
class LikePattern {
 public:
  static Result<LikePattern> compile(std::string_view pattern, std::string_view escape = "\\");
  bool matches(std::string_view text) const;

 private:
  // The texts between the %; kAnyChar in them stands for one character.
  struct Piece {
    std::string text;
    bool plain = true;  // without kAnyChar
  };
  static std::optional<size_t> match_here(const Piece& piece, std::string_view text);

  std::vector<Piece> pieces_;  // at least one; one: no % at all
};

}  // namespace millrace
