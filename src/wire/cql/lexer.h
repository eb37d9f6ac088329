#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/cql/syntax.h"

namespace millrace::cql {

enum class TokenKind : uint8_t {
  kEnd,
  kWord,        // a name or keyword, in lower case
  kQuotedName,  // "Name", without quotes
  kString,
  kNumber,
  kUuid,
  kBlob,
  kDuration,
  kSymbol,  // ( ) [ ] { } , ; : . ? = < > <= >= != * + -
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  Place at = 0;
  bool is_symbol(std::string_view symbol) const { return kind == TokenKind::kSymbol && text == symbol; }
  bool is_word(std::string_view word) const { return kind == TokenKind::kWord && text == word; }
};

// All of the statement, with kEnd last. Comments (--, //, /* */) are passed over.
Result<std::vector<Token>> tokens_of(std::string_view text);

// An error of the caller's statement: "1:8: MESSAGE", then the line with the place marked.
Error syntax_error(std::string_view text, Place at, std::string_view message);

}  // namespace millrace::cql
