#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/cql/lexer.h"
#include "wire/cql/syntax.h"

namespace millrace::cql {

// Goes through the tokens of one statement and knows the parts that statements have in common.
class Cursor {
 public:
  Cursor(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  Place place() const { return peek().at; }
  bool at_end() const { return peek().kind == TokenKind::kEnd; }
  Token take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }

  // Takes the words when they all stand here.
  bool accept_words(std::initializer_list<std::string_view> words);
  bool accept_word(std::string_view word) { return accept_words({word}); }
  bool accept_symbol(std::string_view symbol);
  // The error names what was wanted and what stands here, with the word that was probably meant.
  Status expect_word(std::string_view word);
  Status expect_symbol(std::string_view symbol);
  Error fail(std::string_view message) const { return fail_at(place(), message); }
  Error fail_at(Place at, std::string_view message) const { return syntax_error(text_, at, message); }
  Error unexpected(std::string_view wanted, const std::vector<std::string_view>& words = {}) const;

  Result<Name> name(std::string_view what);
  Result<TableName> table_name();
  Result<Literal> literal(int depth = 0);
  Result<Literal> number(std::string_view what);  // or a bind marker
  Result<CqlType> type();
  Result<std::vector<Relation>> where();  // what stands behind WHERE, if it does
  Result<std::vector<Property>> properties(std::vector<Ordering>* clustering_order);
  Result<Using> using_options();  // USING ..., if it does
  Result<std::vector<Name>> names_in_parentheses(std::string_view what);
  Result<Ordering> ordering();

 private:
  Result<Relation> relation();
  Result<Literal> scalar();
  Result<Literal> elements(std::string_view close, Literal::Kind kind, int depth);
  Status check_size(size_t size, std::string_view what) const;

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

}  // namespace millrace::cql
