#include "data/expr/lexer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

char letter(Token::Kind kind) {
  switch (kind) {
    case Token::Kind::kWord: return 'w';
    case Token::Kind::kQuotedName: return 'q';
    case Token::Kind::kNumber: return 'n';
    case Token::Kind::kString: return 's';
    case Token::Kind::kOperator: return 'o';
    case Token::Kind::kEnd: return '.';
  }
  return '?';
}

// "w:name@0-4" of each token but the end.
std::string tokens(std::string_view text) {
  std::vector<ExprError> errors;
  std::string out;
  for (const Token& token : tokenize(text, errors)) {
    if (token.kind == Token::Kind::kEnd) continue;
    out += fmt::format("{}{}:{}@{}-{}", out.empty() ? "" : " ", letter(token.kind), token.text, token.begin, token.end);
  }
  EXPECT_TRUE(errors.empty()) << text;
  return out;
}

std::string error(std::string_view text) {
  std::vector<ExprError> errors;
  tokenize(text, errors);
  if (errors.empty()) return "";
  return std::to_string(errors[0].begin) + "-" + std::to_string(errors[0].end) + " " + errors[0].message + " / " +
         errors[0].hint;
}

TEST(Lexer, TokensKnowTheirPlaces) {
  EXPECT_EQ(tokens("a + `b c`"), "w:a@0-1 o:+@2-3 q:b c@4-9");
  EXPECT_EQ(tokens("'it' 1.5e-3"), "s:it@0-4 n:1.5e-3@5-11");
  EXPECT_EQ(tokens("a<=>b"), "w:a@0-1 o:<=>@1-4 w:b@4-5");
  EXPECT_EQ(tokens("é.x"), "w:é@0-2 o:.@2-3 w:x@3-4");
}

TEST(Lexer, CommentsAreNoTokens) {
  EXPECT_EQ(tokens("1 -- all of it\n+ /* in between */ 2"), "n:1@0-1 o:+@15-16 n:2@34-35");
}

TEST(Lexer, ADotBehindANameIsNoNumber) {
  EXPECT_EQ(tokens("a.1"), "w:a@0-1 o:.@1-2 n:1@2-3");
  EXPECT_EQ(tokens("a .1"), "w:a@0-1 n:.1@2-4");
}

TEST(Lexer, EscapesAreThoseOfSpark) {
  EXPECT_EQ(tokens("'a\\tb'"), "s:a\tb@0-6");
  EXPECT_EQ(tokens("'\\u00e9\\101\\''"), "s:éA'@0-14");
  EXPECT_EQ(tokens("'\\%\\_\\q'"), "s:\\%\\_q@0-8");
  EXPECT_EQ(tokens("r'\\d+'"), "s:\\d+@1-6");
  EXPECT_EQ(tokens("`a``b`"), "q:a`b@0-6");
}

TEST(Lexer, WhatIsNotClosedIsToldWhereItBegins) {
  EXPECT_EQ(error("1 + 'abc"), "4-5 a string is not closed / end it with '");
  EXPECT_EQ(error("1 + \"abc"), "4-5 a string is not closed / end it with \"");
  EXPECT_EQ(error("1 + `abc"), "4-5 a quoted name is not closed / end it with `");
  EXPECT_EQ(error("1 /* abc"), "2-4 a comment is not closed / end it with */");
  EXPECT_EQ(error("1 # 2"), "2-3 '#' does not belong here / ");
}

}  // namespace
}  // namespace millrace
