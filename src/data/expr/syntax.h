#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/column.h"
#include "data/type.h"

namespace millrace {

inline constexpr size_t kExpressionBytesMax = 64 << 10;
inline constexpr int kExpressionDepthMax = 200;
inline constexpr size_t kCallArgumentsMax = 255;
// Levels of the tree: a + b + c has three, a AND b AND c two, since AND, OR and || take any number.
inline constexpr int kExpressionHeightMax = 1000;

// An expression as it was written. Operators are calls of functions whose names are the operators ("+", "and", "<=>");
// BETWEEN, LIKE, EXTRACT and their like are calls too.
struct SyntaxNode {
  enum class Kind {
    kLiteral,    // literal
    kName,       // parts
    kCall,       // function, args
    kCast,       // args[0], type; try_form for TRY_CAST
    kCase,       // when, then, when, then, ..., else (when has_else)
    kField,      // args[0].parts[0]
    kSubscript,  // args[0][args[1]]
    kLambda,     // parts -> args[0]
    kStar,       // * in a select list; parts: what EXCEPT takes out
  };
  Kind kind = Kind::kLiteral;
  size_t begin = 0;  // bytes of the text
  size_t end = 0;
  std::shared_ptr<const std::string> source;
  Column literal;
  std::vector<std::string> parts;
  std::string alias;  // of an argument: struct(a AS b)
  std::string function;
  std::vector<std::shared_ptr<const SyntaxNode>> args;
  int height = 1;  // levels of the tree below and with this node
  Type type;
  bool try_form = false;
  bool is_literal = false;  // casts: DATE '...', whose text must fit
  bool has_else = false;

  std::string_view text() const { return std::string_view(*source).substr(begin, end - begin); }
};

using SyntaxRef = std::shared_ptr<const SyntaxNode>;

}  // namespace millrace
