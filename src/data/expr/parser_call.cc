// Calls of functions, with the forms that have words between their arguments.
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/literal.h"
#include "data/expr/parser.h"

namespace millrace {

NodeRef ExpressionParser::function() {
  const Token token = next();
  const size_t begin = token.begin;
  const std::string function = lower(token.text);
  next();  // (
  if (token.upper == "CAST" || token.upper == "TRY_CAST") {
    NodeRef value = parse_or();
    expect_word("AS", token.upper);
    NodeRef node = cast_node(std::move(value), token.upper == "TRY_CAST", begin);
    expect(")", "the type");
    node->end = last_end();
    return node;
  }
  if (token.upper == "EXTRACT") return extract(begin);
  if (token.upper == "TRIM") return trim(begin);
  if (token.upper == "POSITION" || token.upper == "SUBSTRING" || token.upper == "SUBSTR" || token.upper == "OVERLAY") {
    return with_words(function, begin);
  }
  if (token.upper == "TIMESTAMPADD" || token.upper == "TIMESTAMPDIFF" || token.upper == "DATEADD" ||
      token.upper == "DATEDIFF" || token.upper == "DATE_ADD" || token.upper == "DATE_DIFF") {
    return with_unit(function, begin);
  }
  std::vector<SyntaxRef> args;
  if (!peek().is_operator(")")) {
    if (peek().is_word("DISTINCT")) fail(peek(), "DISTINCT is for aggregates; there are none here");
    do {
      args.push_back(argument());
    } while (take(","));
  }
  close(args, function);
  return finish_call(function, std::move(args), begin);
}

void ExpressionParser::close(const std::vector<SyntaxRef>& args, std::string_view function) {
  if (args.size() > kCallArgumentsMax) {
    fail(peek(), fmt::format("{} has more than {} arguments", function, kCallArgumentsMax));
  }
  if (!take(")")) {
    fail(peek(), fmt::format("')' is expected at the end of {}(...), here is {}", function, shown(peek())),
         "is a comma or a ')' missing?");
  }
}

NodeRef ExpressionParser::finish_call(std::string function, std::vector<SyntaxRef> args, size_t begin) {
  if (peek().is_word("OVER"))
    fail(peek(), "window functions are not possible here", "expressions see one record at a time");
  return call(std::move(function), std::move(args), begin);
}

SyntaxRef ExpressionParser::argument() {
  const size_t begin = peek().begin;
  // x -> e and (x, y) -> e
  if (peek().kind == Token::Kind::kWord && peek(1).is_operator("->")) {
    std::vector<std::string> names{next().text};
    next();
    return lambda(std::move(names), begin);
  }
  if (peek().is_operator("(") && peek(1).kind == Token::Kind::kWord) {
    size_t ahead = 1;
    std::vector<std::string> names;
    while (peek(ahead).kind == Token::Kind::kWord) {
      names.push_back(peek(ahead).text);
      if (!peek(ahead + 1).is_operator(",")) break;
      ahead += 2;
    }
    if (peek(ahead + 1).is_operator(")") && peek(ahead + 2).is_operator("->")) {
      for (size_t i = 0; i < ahead + 3; ++i) next();
      return lambda(std::move(names), begin);
    }
  }
  NodeRef value = parse_or();
  if (take_word("AS")) value->alias = name_token("a name");
  return value;
}

NodeRef ExpressionParser::lambda(std::vector<std::string> names, size_t begin) {
  NodeRef body = parse_or();
  NodeRef node = make(Kind::kLambda, begin);
  node->parts = std::move(names);
  take_args(*node, {std::move(body)});
  return node;
}

NodeRef ExpressionParser::extract(size_t begin) {
  const Token field = next();
  expect_word("FROM", "EXTRACT");
  NodeRef value = parse_or();
  expect(")", "EXTRACT");
  NodeRef unit = literal(constant_string(field.text), field.begin);
  return call("date_part", {unit, value}, begin);
}

NodeRef ExpressionParser::trim(size_t begin) {
  std::string function = "trim";
  if (take_word("BOTH")) {
    function = "btrim";
  } else if (take_word("LEADING")) {
    function = "ltrim";
  } else if (take_word("TRAILING")) {
    function = "rtrim";
  }
  if (take_word("FROM")) {
    NodeRef value = parse_or();
    expect(")", "TRIM");
    return call(std::move(function), {value}, begin);
  }
  NodeRef first = parse_or();
  if (take_word("FROM")) {
    NodeRef value = parse_or();
    expect(")", "TRIM");
    if (function == "trim") function = "btrim";
    // As in Spark, btrim takes (text, chars), and ltrim and rtrim take (chars, text).
    if (function == "btrim") return call(std::move(function), {value, first}, begin);
    return call(std::move(function), {first, value}, begin);
  }
  std::vector<SyntaxRef> args{first};
  if (take(",")) args.push_back(parse_or());
  close(args, function);
  return call(std::move(function), std::move(args), begin);
}

// POSITION(a IN b), SUBSTRING(s FROM i FOR n), OVERLAY(a PLACING b FROM i FOR n), and their plain forms.
NodeRef ExpressionParser::with_words(const std::string& function, size_t begin) {
  std::vector<SyntaxRef> args;
  if (!peek().is_operator(")")) {
    do {
      args.push_back(parse_binary(0));
    } while (take(",") || take_word("FROM") || take_word("FOR") || take_word("IN") || take_word("PLACING"));
  }
  close(args, function);
  return call(function, std::move(args), begin);
}

// DATEADD(DAY, 1, d): the unit stands as a bare word; it goes on as a string. Of two arguments the first is a value:
// date_add(day, 1) is about a column called day.
NodeRef ExpressionParser::with_unit(const std::string& function, size_t begin) {
  const Token first = peek();
  const bool may_be_unit =
      first.kind == Token::Kind::kWord && is_interval_unit(first.upper) && peek(1).is_operator(",");
  std::vector<SyntaxRef> args;
  if (!peek().is_operator(")")) {
    do {
      args.push_back(parse_or());
    } while (take(","));
  }
  close(args, function);
  if (args.size() != 3) return call(function, std::move(args), begin);
  if (may_be_unit) {
    NodeRef unit = literal(constant_string(first.upper), first.begin);
    unit->end = args[0]->end;
    args[0] = std::move(unit);
  }
  const bool difference = function.find("diff") != std::string::npos;
  return call(difference ? "timestampdiff" : "timestampadd", std::move(args), begin);
}

}  // namespace millrace
