#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/expr/expr.h"
#include "data/expr/lexer.h"
#include "data/expr/syntax.h"

namespace millrace {

using NodeRef = std::shared_ptr<SyntaxNode>;

// Spark SQL's expressions, by recursive descent; precedence as in Spark's SqlBaseParser.g4. One use: construct, then
// one of the two entries, which fill the outcome. Inside, fail() leaves a broken expression by throwing Broken, which
// the entries catch. What loosely binds stands in parser.cc, what stands by itself in parser_primary.cc, calls in
// parser_call.cc.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, ParseOutcome& outcome);

  void expression();
  void select_list();

 private:
  using Kind = SyntaxNode::Kind;
  struct Broken {};

  // Counts a level of nesting while it lives.
  struct Depth {
    explicit Depth(ExpressionParser& parser);
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    ~Depth() { --parser_.depth_; }
    ExpressionParser& parser_;
  };

  template <typename F>
  void guarded(F&& f);

  // Tokens.
  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& next() {
    const Token& token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  bool take(std::string_view op) {
    if (!peek().is_operator(op)) return false;
    next();
    return true;
  }
  bool take_word(std::string_view word) {
    if (!peek().is_word(word)) return false;
    next();
    return true;
  }
  size_t last_end() const { return at_ == 0 ? 0 : tokens_[at_ - 1].end; }
  [[noreturn]] void fail(size_t begin, size_t end, std::string message, std::string hint = "");
  [[noreturn]] void fail(const Token& token, std::string message, std::string hint = "");
  void expect(std::string_view op, std::string_view behind);
  void expect_word(std::string_view word, std::string_view what);
  void expect_end();
  std::string name_token(std::string_view what);
  static std::string shown(const Token& token);
  static bool is_reserved(const Token& token);

  // Nodes, from `begin` to the last token taken.
  NodeRef make(Kind kind, size_t begin);
  NodeRef call(std::string function, std::vector<SyntaxRef> args, size_t begin);
  void take_args(SyntaxNode& node, std::vector<SyntaxRef> args);
  NodeRef literal(Column value, size_t begin);
  NodeRef negate(NodeRef node);
  void add(NodeRef node, size_t first_token, std::optional<std::string> alias);
  void select_item();

  // Booleans and predicates, then the operators by level, the loosest first.
  static constexpr int kLevels = 7;
  NodeRef parse_or();
  NodeRef parse_and();
  NodeRef parse_not();
  NodeRef parse_predicate(NodeRef value);
  NodeRef parse_is(NodeRef value);
  NodeRef parse_in(NodeRef value);
  NodeRef parse_like(NodeRef value);
  std::optional<std::string> operator_of(int level) const;
  NodeRef parse_binary(int level);
  NodeRef parse_joined(NodeRef first, int level, size_t begin);
  NodeRef parse_unary();
  NodeRef parse_postfix(NodeRef node);

  // What stands by itself.
  Type parse_type_name();
  NodeRef cast_node(SyntaxRef value, bool try_form, size_t begin);
  NodeRef parse_primary();
  NodeRef number_literal(bool negative);
  NodeRef name();
  NodeRef word();
  NodeRef typed_literal();
  NodeRef interval();
  NodeRef parse_case();

  // Calls.
  NodeRef function();
  void close(const std::vector<SyntaxRef>& args, std::string_view function);
  NodeRef finish_call(std::string function, std::vector<SyntaxRef> args, size_t begin);
  SyntaxRef argument();
  NodeRef lambda(std::vector<std::string> names, size_t begin);
  NodeRef extract(size_t begin);
  NodeRef trim(size_t begin);
  NodeRef with_words(const std::string& function, size_t begin);
  NodeRef with_unit(const std::string& function, size_t begin);
  static std::string lower(std::string_view text);

  std::shared_ptr<const std::string> source_;
  ParseOutcome& outcome_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace millrace
