#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/expr/expr.h"

namespace millrace {

struct Token {
  enum class Kind { kEnd, kWord, kQuotedName, kString, kNumber, kOperator };
  Kind kind = Kind::kEnd;
  std::string text;   // words as written; strings and quoted names without their quotes and escapes
  std::string upper;  // words only: in capitals
  size_t begin = 0;
  size_t end = 0;

  bool is_operator(std::string_view what) const { return kind == Kind::kOperator && text == what; }
  bool is_word(std::string_view what) const { return kind == Kind::kWord && upper == what; }
};

// The tokens of an expression, the last one kEnd. Comments and white space are left out.
std::vector<Token> tokenize(std::string_view text, std::vector<ExprError>& errors);

}  // namespace millrace
