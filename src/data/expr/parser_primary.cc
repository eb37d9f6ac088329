// What stands by itself in an expression: names, literals, CASE, and the types of casts.
#include <utility>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/literal.h"
#include "data/expr/parser.h"

namespace millrace {

std::string ExpressionParser::name_token(std::string_view what) {
  if (peek().kind != Token::Kind::kWord && peek().kind != Token::Kind::kQuotedName) {
    fail(peek(), fmt::format("{} is expected, here is {}", what, shown(peek())),
         peek().kind == Token::Kind::kString ? "names stand without quotes or in `backticks`" : "");
  }
  return next().text;
}

Type ExpressionParser::parse_type_name() {
  const size_t begin = peek().begin;
  const Token& first = peek();
  if (first.kind != Token::Kind::kWord) fail(first, fmt::format("a type is expected, here is {}", shown(first)));
  next();
  int depth = 0;
  const auto nested = [&] {
    if (peek().kind != Token::Kind::kOperator) return depth > 0;
    if (peek().text == "<") {
      ++depth;
      return true;
    }
    if (depth > 0 && peek().text.find_first_not_of('>') == std::string::npos) {
      depth -= static_cast<int>(peek().text.size());
      return true;
    }
    return depth > 0;
  };
  if (peek().is_operator("(")) {
    while (!peek().is_operator(")") && peek().kind != Token::Kind::kEnd) next();
    next();
  } else if (peek().is_operator("<")) {
    do {
      if (!nested()) break;
      next();
    } while (depth > 0 && peek().kind != Token::Kind::kEnd);
  }
  auto type = parse_type(std::string_view(*source_).substr(begin, last_end() - begin));
  if (!type.ok()) fail(begin, last_end(), type.error().message());
  return std::move(*type);
}

NodeRef ExpressionParser::cast_node(SyntaxRef value, bool try_form, size_t begin) {
  Type type = parse_type_name();
  NodeRef node = make(Kind::kCast, begin);
  take_args(*node, {std::move(value)});
  node->type = std::move(type);
  node->try_form = try_form;
  return node;
}

NodeRef ExpressionParser::parse_primary() {
  const Depth depth(*this);
  const Token& token = peek();
  switch (token.kind) {
    case Token::Kind::kNumber: return number_literal(false);
    case Token::Kind::kString: {
      const size_t begin = token.begin;
      std::string text = next().text;
      while (peek().kind == Token::Kind::kString) text += next().text;
      return literal(constant_string(text), begin);
    }
    case Token::Kind::kQuotedName: return name();
    case Token::Kind::kWord: return word();
    case Token::Kind::kOperator:
      if (take("(")) {
        NodeRef inner = parse_or();
        if (peek().is_operator(","))
          fail(peek(), "a list in parentheses stands only behind IN", "use struct(a, b) or array(a, b)");
        expect(")", "the expression");
        return inner;
      }
      if (token.text == "*") fail(token, "'*' stands only by itself in a select list");
      [[fallthrough]];
    default: fail(token, fmt::format("an expression is expected, here is {}", shown(token)));
  }
}

NodeRef ExpressionParser::number_literal(bool negative) {
  const Token token = next();
  auto value = parse_number_literal((negative ? "-" : "") + token.text);
  if (!value.ok()) fail(token, value.error().message());
  return literal(std::move(*value), token.begin);
}

NodeRef ExpressionParser::name() {
  const size_t begin = peek().begin;
  std::vector<std::string> parts{next().text};
  while (peek().is_operator(".") && (peek(1).kind == Token::Kind::kWord || peek(1).kind == Token::Kind::kQuotedName)) {
    next();
    parts.push_back(next().text);
  }
  NodeRef node = make(Kind::kName, begin);
  node->parts = std::move(parts);
  return node;
}

NodeRef ExpressionParser::word() {
  const Token& token = peek();
  const size_t begin = token.begin;
  const bool called = peek(1).is_operator("(");
  if (token.upper == "NULL" && !called) {
    next();
    Column null = null_column(TypeKind::kNull, 1);
    return literal(std::move(null), begin);
  }
  if ((token.upper == "TRUE" || token.upper == "FALSE") && !called) {
    const bool value = next().upper == "TRUE";
    return literal(constant_bool(value), begin);
  }
  if (token.upper == "CASE") return parse_case();
  if ((token.upper == "DATE" || token.upper == "TIMESTAMP" || token.upper == "X") &&
      peek(1).kind == Token::Kind::kString) {
    return typed_literal();
  }
  if (token.upper == "INTERVAL" && !called) return interval();
  if ((token.upper == "CURRENT_DATE" || token.upper == "CURRENT_TIMESTAMP") && !called) {
    std::string function = lower(next().upper);
    return call(std::move(function), {}, begin);
  }
  if (called) return function();
  if (is_reserved(token)) {
    fail(token, fmt::format("an expression is expected, here is {}", shown(token)),
         "a column of this name stands in `backticks`");
  }
  return name();
}

std::string ExpressionParser::lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

NodeRef ExpressionParser::typed_literal() {
  const size_t begin = peek().begin;
  const std::string kind = next().upper;
  const Token text = next();
  if (kind == "X") {
    auto bytes = parse_hex_literal(text.text);
    if (!bytes.ok()) fail(text, bytes.error().message());
    return literal(std::move(*bytes), begin);
  }
  // As a cast of the text, which the checker folds; a text that does not fit is an error there, with its place.
  NodeRef inner = literal(constant_string(text.text), text.begin);
  NodeRef node = make(Kind::kCast, begin);
  take_args(*node, {inner});
  node->type = kind == "DATE" ? TypeKind::kDate : TypeKind::kTimestamp;
  node->is_literal = true;
  return node;
}

NodeRef ExpressionParser::interval() {
  const size_t begin = next().begin;
  std::vector<IntervalPart> parts;
  if (peek().kind == Token::Kind::kString && !(peek(1).kind == Token::Kind::kWord && is_interval_unit(peek(1).upper))) {
    const Token text = next();
    auto value = parse_interval_text(text.text);
    if (!value.ok()) fail(text, value.error().message());
    return literal(std::move(*value), begin);
  }
  while (true) {
    const bool negative = take("-");
    if (peek().kind != Token::Kind::kNumber && peek().kind != Token::Kind::kString) break;
    std::string count = (negative ? "-" : "") + next().text;
    if (peek().kind != Token::Kind::kWord || !is_interval_unit(peek().upper)) {
      fail(peek(), fmt::format("a unit such as DAY is expected behind INTERVAL {}, here is {}", count, shown(peek())));
    }
    std::string unit = next().upper;
    std::string to;
    if (take_word("TO")) to = next().upper;
    parts.push_back({std::move(count), std::move(unit), std::move(to)});
  }
  if (parts.empty()) fail(peek(), "INTERVAL needs a number and a unit", "write INTERVAL 1 DAY");
  auto value = make_interval_literal(parts);
  if (!value.ok()) fail(begin, last_end(), value.error().message());
  return literal(std::move(*value), begin);
}

NodeRef ExpressionParser::parse_case() {
  const size_t begin = next().begin;
  NodeRef operand;
  if (!peek().is_word("WHEN")) operand = parse_or();
  std::vector<SyntaxRef> args;
  while (take_word("WHEN")) {
    NodeRef when = parse_or();
    if (operand != nullptr) {
      const size_t when_begin = when->begin;
      when = call("=", {operand, when}, when_begin);
    }
    args.push_back(std::move(when));
    expect_word("THEN", "WHEN");
    args.push_back(parse_or());
  }
  if (args.empty()) fail(peek(), "CASE needs at least one WHEN");
  const bool has_else = take_word("ELSE");
  if (has_else) args.push_back(parse_or());
  expect_word("END", "CASE");
  NodeRef node = make(Kind::kCase, begin);
  take_args(*node, std::move(args));
  node->has_else = has_else;
  return node;
}

}  // namespace millrace
