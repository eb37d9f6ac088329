// The entries of the parser, tokens and nodes, and all that binds: booleans, predicates, operators, subscripts.
#include "data/expr/parser.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/literal.h"

namespace millrace {
namespace {

constexpr auto kReserved =
    std::to_array<std::string_view>({"AND", "OR", "NOT", "AS", "THEN", "ELSE", "END", "WHEN", "IN", "BETWEEN", "LIKE",
                                     "ILIKE", "RLIKE", "REGEXP", "IS", "FROM", "DIV", "SELECT", "WHERE"});

}  // namespace

ExpressionParser::ExpressionParser(std::string_view text, ParseOutcome& outcome)
    : source_(std::make_shared<const std::string>(text)), outcome_(outcome), tokens_(tokenize(text, outcome.errors)) {}

ExpressionParser::Depth::Depth(ExpressionParser& parser) : parser_(parser) {
  if (++parser_.depth_ > kExpressionDepthMax) {
    parser_.fail(parser_.peek(), fmt::format("the expression is nested deeper than {} levels", kExpressionDepthMax));
  }
}

template <typename F>
void ExpressionParser::guarded(F&& f) {
  if (!outcome_.errors.empty()) return;
  try {
    f();
  } catch (const Broken&) {
    outcome_.exprs.clear();
  }
}

void ExpressionParser::expression() {
  guarded([&] {
    const size_t first = at_;
    NodeRef node = parse_or();
    expect_end();
    add(std::move(node), first, std::nullopt);
  });
}

void ExpressionParser::select_list() {
  guarded([&] {
    do {
      if (peek().kind == Token::Kind::kEnd && !outcome_.exprs.empty()) {
        fail(peek(), "a column is missing behind the comma", "take the comma away");
      }
      select_item();
    } while (take(","));
    expect_end();
  });
}

void ExpressionParser::fail(size_t begin, size_t end, std::string message, std::string hint) {
  outcome_.errors.push_back({begin, end, std::move(message), std::move(hint)});
  throw Broken();
}

void ExpressionParser::fail(const Token& token, std::string message, std::string hint) {
  fail(token.begin, std::max(token.end, token.begin + 1), std::move(message), std::move(hint));
}

std::string ExpressionParser::shown(const Token& token) {
  switch (token.kind) {
    case Token::Kind::kEnd: return "the end";
    case Token::Kind::kString: return fmt::format("the string '{}'", token.text);
    default: return fmt::format("'{}'", token.text);
  }
}

void ExpressionParser::expect(std::string_view op, std::string_view behind) {
  if (!take(op)) {
    fail(peek(), fmt::format("'{}' is expected behind {}, here is {}", op, behind, shown(peek())));
  }
}

void ExpressionParser::expect_word(std::string_view word, std::string_view what) {
  if (!take_word(word)) fail(peek(), fmt::format("{} needs {}, here is {}", what, word, shown(peek())));
}

void ExpressionParser::expect_end() {
  if (peek().kind == Token::Kind::kEnd) return;
  std::string hint;
  if (peek().is_operator(")")) hint = "there is one ')' too many";
  if (peek().is_operator("->")) hint = "a lambda stands only as an argument of functions such as transform";
  if (peek().kind == Token::Kind::kWord || peek().kind == Token::Kind::kString || peek().kind == Token::Kind::kNumber) {
    hint = "is an operator or a comma missing?";
  }
  fail(peek(), fmt::format("{} does not belong here", shown(peek())), std::move(hint));
}

NodeRef ExpressionParser::make(Kind kind, size_t begin) {
  auto node = std::make_shared<SyntaxNode>();
  node->kind = kind;
  node->begin = begin;
  node->end = last_end();
  node->source = source_;
  return node;
}

NodeRef ExpressionParser::call(std::string function, std::vector<SyntaxRef> args, size_t begin) {
  NodeRef node = make(Kind::kCall, begin);
  node->function = std::move(function);
  take_args(*node, std::move(args));
  return node;
}

void ExpressionParser::take_args(SyntaxNode& node, std::vector<SyntaxRef> args) {
  node.args = std::move(args);
  for (const SyntaxRef& arg : node.args) node.height = std::max(node.height, arg->height + 1);
  if (node.height > kExpressionHeightMax) {
    fail(node.begin, node.end, fmt::format("the expression is a tree of more than {} levels", kExpressionHeightMax),
         "make parts of it columns of their own");
  }
}

NodeRef ExpressionParser::literal(Column value, size_t begin) {
  NodeRef node = make(Kind::kLiteral, begin);
  node->literal = std::move(value);
  return node;
}

NodeRef ExpressionParser::negate(NodeRef node) {
  const size_t begin = node->begin;
  return call("not", {std::move(node)}, begin);
}

void ExpressionParser::add(NodeRef node, size_t first_token, std::optional<std::string> alias) {
  ParsedExpr expr{.root = node, .name = {}, .begin = tokens_[first_token].begin, .end = node->end};
  if (alias) {
    expr.name = std::move(*alias);
  } else if (node->kind == Kind::kName || node->kind == Kind::kField) {
    expr.name = node->parts.back();
  } else {
    expr.name = std::string(node->text());
  }
  outcome_.exprs.push_back(std::move(expr));
}

void ExpressionParser::select_item() {
  const size_t first = at_;
  if (peek().is_operator("*")) {
    next();
    NodeRef star = make(Kind::kStar, tokens_[first].begin);
    if (take_word("EXCEPT")) {
      expect("(", "EXCEPT");
      do {
        star->parts.push_back(name_token("a column to leave out"));
      } while (take(","));
      expect(")", "the columns to leave out");
      star->end = last_end();
    }
    return add(std::move(star), first, "*");
  }
  NodeRef node = parse_or();
  std::optional<std::string> alias;
  if (take_word("AS")) {
    alias = name_token("a column's name");
  } else if (peek().kind == Token::Kind::kQuotedName || (peek().kind == Token::Kind::kWord && !is_reserved(peek()))) {
    alias = next().text;
  }
  add(std::move(node), first, std::move(alias));
}

bool ExpressionParser::is_reserved(const Token& token) {
  return std::find(kReserved.begin(), kReserved.end(), token.upper) != kReserved.end();
}

NodeRef ExpressionParser::parse_or() {
  const Depth depth(*this);
  const size_t begin = peek().begin;
  NodeRef first = parse_and();
  if (!peek().is_word("OR")) return first;
  std::vector<SyntaxRef> args{std::move(first)};
  while (take_word("OR")) args.push_back(parse_and());
  return call("or", std::move(args), begin);
}

NodeRef ExpressionParser::parse_and() {
  const size_t begin = peek().begin;
  NodeRef first = parse_not();
  if (!peek().is_word("AND")) return first;
  std::vector<SyntaxRef> args{std::move(first)};
  while (take_word("AND")) args.push_back(parse_not());
  return call("and", std::move(args), begin);
}

NodeRef ExpressionParser::parse_not() {
  const Depth depth(*this);
  const size_t begin = peek().begin;
  if (take_word("NOT") || take("!")) {
    NodeRef inner = parse_not();
    return call("not", {std::move(inner)}, begin);
  }
  NodeRef value = parse_binary(0);
  return parse_predicate(std::move(value));
}

// [NOT] BETWEEN, IN, LIKE, RLIKE; IS [NOT] ...
NodeRef ExpressionParser::parse_predicate(NodeRef value) {
  const size_t begin = value->begin;
  while (true) {
    if (take_word("IS")) {
      value = parse_is(std::move(value));
      continue;
    }
    const bool negated =
        peek().is_word("NOT") && (peek(1).is_word("BETWEEN") || peek(1).is_word("IN") || peek(1).is_word("LIKE") ||
                                  peek(1).is_word("ILIKE") || peek(1).is_word("RLIKE") || peek(1).is_word("REGEXP"));
    if (negated) next();
    NodeRef found;
    if (take_word("BETWEEN")) {
      NodeRef low = parse_binary(0);
      expect_word("AND", "BETWEEN");
      NodeRef high = parse_binary(0);
      NodeRef above = call(">=", {value, low}, begin);
      NodeRef below = call("<=", {value, high}, begin);
      found = call("and", {above, below}, begin);
    } else if (take_word("IN")) {
      found = parse_in(value);
    } else if (peek().is_word("LIKE") || peek().is_word("ILIKE")) {
      found = parse_like(value);
    } else if (take_word("RLIKE") || take_word("REGEXP")) {
      NodeRef pattern = parse_binary(0);
      found = call("rlike", {value, pattern}, begin);
    } else {
      return value;
    }
    value = negated ? negate(std::move(found)) : std::move(found);
  }
}

NodeRef ExpressionParser::parse_is(NodeRef value) {
  const size_t begin = value->begin;
  const bool negated = take_word("NOT");
  NodeRef found;
  if (take_word("NULL") || take_word("UNKNOWN")) {
    found = call("isnull", {value}, begin);
  } else if (peek().is_word("TRUE") || peek().is_word("FALSE")) {
    const bool wanted = next().upper == "TRUE";
    NodeRef constant = literal(constant_bool(wanted), begin);
    found = call("<=>", {value, constant}, begin);
  } else if (take_word("DISTINCT")) {
    expect_word("FROM", "IS DISTINCT");
    NodeRef other = parse_binary(0);
    found = call("<=>", {value, other}, begin);
    return negated ? found : negate(std::move(found));
  } else {
    fail(peek(), fmt::format("behind IS comes NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM, here is {}", shown(peek())),
         "to compare, use =");
  }
  return negated ? negate(std::move(found)) : found;
}

NodeRef ExpressionParser::parse_in(NodeRef value) {
  const size_t begin = value->begin;
  expect("(", "IN");
  std::vector<SyntaxRef> args{value};
  do {
    if (peek().is_word("SELECT")) fail(peek(), "queries inside expressions are not possible");
    args.push_back(parse_or());
  } while (take(","));
  expect(")", "the values of IN");
  return call("in", std::move(args), begin);
}

NodeRef ExpressionParser::parse_like(NodeRef value) {
  const size_t begin = value->begin;
  const std::string function = next().upper == "LIKE" ? "like" : "ilike";
  std::string joined;
  if (peek().is_word("ANY") || peek().is_word("SOME")) joined = "or";
  if (peek().is_word("ALL")) joined = "and";
  if (joined.empty()) {
    std::vector<SyntaxRef> args{value, parse_binary(0)};
    if (take_word("ESCAPE")) args.push_back(parse_primary());
    return call(function, std::move(args), begin);
  }
  next();
  expect("(", "ANY or ALL");
  std::vector<SyntaxRef> args;
  do {
    NodeRef pattern = parse_or();
    args.push_back(call(function, {value, pattern}, begin));
  } while (take(","));
  expect(")", "the patterns");
  return call(std::move(joined), std::move(args), begin);
}

std::optional<std::string> ExpressionParser::operator_of(int level) const {
  const Token& token = peek();
  if (level == 6 && token.is_word("DIV")) return "div";
  if (token.kind != Token::Kind::kOperator) return std::nullopt;
  static constexpr std::array<std::array<std::string_view, 8>, kLevels> kByLevel = {{
      {"=", "==", "<>", "!=", "<", "<=", ">", ">="},
      {"|"},
      {"^"},
      {"&"},
      {"<<", ">>", ">>>"},
      {"+", "-", "||"},
      {"*", "/", "%"},
  }};
  if (level == 0 && token.text == "<=>") return "<=>";
  for (const std::string_view op : kByLevel[static_cast<size_t>(level)]) {
    if (!op.empty() && token.text == op) return std::string(op == "==" ? "=" : op == "!=" ? "<>" : op);
  }
  return std::nullopt;
}

NodeRef ExpressionParser::parse_binary(int level) {
  if (level == kLevels) return parse_unary();
  const size_t begin = peek().begin;
  NodeRef left = parse_binary(level + 1);
  while (const auto op = operator_of(level)) {
    const Token& token = next();
    if (*op == "||") {
      left = parse_joined(std::move(left), level, begin);
      continue;
    }
    if (peek().is_operator("=") && (*op == "=" || *op == "<>")) {
      fail(peek(), fmt::format("'{}=' is not an operator", token.text), "use = to compare");
    }
    NodeRef right = parse_binary(level + 1);
    left = call(*op, {left, right}, begin);
  }
  return left;
}

// a || b || c is concat(a, b, c): however long, it is one level deep.
NodeRef ExpressionParser::parse_joined(NodeRef first, int level, size_t begin) {
  std::vector<SyntaxRef> args{std::move(first)};
  do {
    args.push_back(parse_binary(level + 1));
  } while (take("||"));
  return call("concat", std::move(args), begin);
}

NodeRef ExpressionParser::parse_unary() {
  const Depth depth(*this);
  const size_t begin = peek().begin;
  if (peek().is_operator("-") && peek(1).kind == Token::Kind::kNumber) {
    next();
    NodeRef number = number_literal(true);
    number->begin = begin;
    return parse_postfix(std::move(number));
  }
  for (const auto& [op, function] : {std::pair("-", "negative"), std::pair("+", "positive"), std::pair("~", "~")}) {
    if (take(op)) {
      NodeRef inner = parse_unary();
      return call(function, {std::move(inner)}, begin);
    }
  }
  return parse_postfix(parse_primary());
}

NodeRef ExpressionParser::parse_postfix(NodeRef node) {
  const size_t begin = node->begin;
  while (true) {
    if (peek().is_operator(".") && node->kind != Kind::kLiteral) {
      next();
      std::string field = name_token("a field's name");
      NodeRef of = make(Kind::kField, begin);
      take_args(*of, {node});
      of->parts = {std::move(field)};
      node = std::move(of);
    } else if (take("[")) {
      NodeRef index = parse_or();
      expect("]", "the index");
      NodeRef of = make(Kind::kSubscript, begin);
      take_args(*of, {node, index});
      node = std::move(of);
    } else if (take("::")) {
      node = cast_node(node, false, begin);
    } else {
      return node;
    }
  }
}

namespace {

ParseOutcome parse(std::string_view text, bool list) {
  ParseOutcome outcome;
  if (text.size() > kExpressionBytesMax) {
    outcome.errors.push_back({0, 1, fmt::format("the expression is longer than {} bytes", kExpressionBytesMax), ""});
    return outcome;
  }
  ExpressionParser parser(text, outcome);
  if (list) {
    parser.select_list();
  } else {
    parser.expression();
  }
  return outcome;
}

}  // namespace

ParseOutcome parse_expression(std::string_view text) { return parse(text, false); }
ParseOutcome parse_select_list(std::string_view text) { return parse(text, true); }

}  // namespace millrace
