#include "wire/cql/cursor.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/spelling.h"
#include "data/cql/words.h"
#include "wire/cql/parser.h"

namespace millrace::cql {
namespace {

std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

std::string shown(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd: return "the statement ends";
    case TokenKind::kString: return "there is a string";
    case TokenKind::kQuotedName: return fmt::format("there is \"{}\"", token.text);
    default: return fmt::format("there is '{}'", token.text);
  }
}

}  // namespace

bool Cursor::accept_words(std::initializer_list<std::string_view> words) {
  size_t ahead = 0;
  for (const std::string_view word : words) {
    if (!peek(ahead++).is_word(word)) return false;
  }
  at_ += words.size();
  return true;
}

bool Cursor::accept_symbol(std::string_view symbol) {
  if (!peek().is_symbol(symbol)) return false;
  take();
  return true;
}

Error Cursor::unexpected(std::string_view wanted, const std::vector<std::string_view>& words) const {
  std::string message = fmt::format("{} is expected here, but {}", wanted, shown(peek()));
  if (peek().kind == TokenKind::kWord) {
    const auto near = nearest_spelling(peek().text, words);
    if (near.has_value() && *near != peek().text) message += fmt::format("; did you mean {}?", upper_case(*near));
  }
  return fail(message);
}

Status Cursor::expect_word(std::string_view word) {
  if (accept_word(word)) return {};
  return unexpected(upper_case(word), {word});
}

Status Cursor::expect_symbol(std::string_view symbol) {
  if (accept_symbol(symbol)) return {};
  return unexpected(fmt::format("'{}'", symbol));
}

Status Cursor::check_size(size_t size, std::string_view what) const {
  if (size <= kListMax) return {};
  return fail(fmt::format("more than {} {}", kListMax, what));
}

Result<Name> Cursor::name(std::string_view what) {
  const Token& token = peek();
  if (token.kind != TokenKind::kWord && token.kind != TokenKind::kQuotedName) return unexpected(what);
  if (token.kind == TokenKind::kWord && is_reserved_in_cql(token.text)) {
    return fail(fmt::format("{} is expected here, and {} is a word of CQL; put it in double quotes if it is a name",
                            what, upper_case(token.text)));
  }
  if (token.text.empty()) return fail(fmt::format("{} must not be empty", what));
  const Token taken = take();
  return Name{taken.text, taken.at};
}

Result<TableName> Cursor::table_name() {
  TRY(first, name("a table's name"));
  if (!accept_symbol(".")) return TableName{std::nullopt, std::move(first)};
  TRY(second, name("a table's name"));
  return TableName{std::move(first), std::move(second)};
}

Result<CqlType> Cursor::type() {
  const Place at = place();
  if (peek().kind != TokenKind::kWord) return unexpected("a type");
  std::string text;
  int depth = 0;
  do {
    const Token token = take();
    text += token.text;
    if (token.is_symbol("<")) ++depth;
    if (token.is_symbol(">")) --depth;
    if (token.is_symbol(",")) text += " ";
  } while (!at_end() && (depth > 0 || peek().is_symbol("<")));
  auto type = parse_cql_type(text);
  if (!type.ok()) return fail_at(at, type.error().message());
  return type;
}

Result<Literal> Cursor::scalar() {
  const bool minus = peek().is_symbol("-");
  const Place at = place();
  if (minus) take();
  const Token& token = peek();
  Literal literal{.text = token.text, .at = at};
  switch (token.kind) {
    case TokenKind::kNumber: literal.kind = Literal::Kind::kNumber; break;
    case TokenKind::kDuration: literal.kind = Literal::Kind::kDuration; break;
    case TokenKind::kString: literal.kind = Literal::Kind::kText; break;
    case TokenKind::kUuid: literal.kind = Literal::Kind::kUuid; break;
    case TokenKind::kBlob: literal.kind = Literal::Kind::kBlob; break;
    case TokenKind::kWord:
      if (token.text == "true" || token.text == "false") {
        literal.kind = Literal::Kind::kBoolean;
      } else if (token.text == "null") {
        literal.kind = Literal::Kind::kNull;
      } else if (token.text == "nan" || token.text == "infinity") {
        literal.kind = Literal::Kind::kNumber;
      } else if (peek(1).is_symbol("(")) {
        return fail(fmt::format("functions such as {}() are not supported here; write the value", token.text));
      } else {
        return fail(fmt::format("a value is expected here, but there is '{}'; put text in single quotes", token.text));
      }
      break;
    case TokenKind::kQuotedName: return fail("a value is expected here; text stands in single quotes, not double ones");
    default: return unexpected("a value");
  }
  const bool number = literal.kind == Literal::Kind::kNumber || literal.kind == Literal::Kind::kDuration;
  if (minus && !number) return fail("a number is expected behind '-'");
  if (minus) literal.text.insert(0, 1, '-');
  take();
  return literal;
}

Result<Literal> Cursor::elements(std::string_view close, Literal::Kind kind, int depth) {
  Literal literal{.kind = kind, .at = place()};
  if (depth >= kLiteralDepthMax)
    return fail(fmt::format("collections within collections, more than {} deep", kLiteralDepthMax));
  take();
  while (!accept_symbol(close)) {
    if (!literal.elements.empty()) TRY_STATUS(expect_symbol(","));
    TRY_STATUS(check_size(literal.elements.size() + 1, "elements"));
    TRY(element, this->literal(depth + 1));
    const bool first = literal.elements.empty();
    literal.elements.push_back(std::move(element));
    if (first && kind == Literal::Kind::kSet && peek().is_symbol(":")) literal.kind = Literal::Kind::kMap;
    if (literal.kind != Literal::Kind::kMap) continue;
    TRY_STATUS(expect_symbol(":"));
    TRY(value, this->literal(depth + 1));
    literal.elements.push_back(std::move(value));
  }
  return literal;
}

Result<Literal> Cursor::literal(int depth) {
  if (peek().is_symbol("[")) return elements("]", Literal::Kind::kList, depth);
  if (peek().is_symbol("{")) return elements("}", Literal::Kind::kSet, depth);
  const Place at = place();
  if (accept_symbol("?")) return Literal{.kind = Literal::Kind::kBind, .at = at};
  if (accept_symbol(":")) {
    TRY(marker, name("the name of a value"));
    return Literal{.kind = Literal::Kind::kBind, .text = marker.text, .at = at};
  }
  return scalar();
}

Result<Literal> Cursor::number(std::string_view what) {
  const Place at = place();
  TRY(value, literal());
  const bool whole = value.kind == Literal::Kind::kNumber &&
                     value.text.find_first_not_of("0123456789", value.text[0] == '-' ? 1 : 0) == std::string::npos;
  if (!whole && value.kind != Literal::Kind::kBind) return fail_at(at, fmt::format("{} is a whole number", what));
  return value;
}

Result<Relation> Cursor::relation() {
  if (peek().is_symbol("(")) return fail("conditions on several columns at once are not supported; join them by AND");
  if (peek(1).is_symbol("(") && peek().kind == TokenKind::kWord) {
    return fail(fmt::format("functions such as {}() are not supported; compare columns", peek().text));
  }
  TRY(column, name("a column"));
  Relation relation{.column = std::move(column)};
  if (accept_word("in")) {
    relation.op = Operator::kIn;
    TRY_STATUS(expect_symbol("("));
    while (!accept_symbol(")")) {
      if (!relation.values.empty()) TRY_STATUS(expect_symbol(","));
      TRY_STATUS(check_size(relation.values.size() + 1, "values"));
      TRY(value, literal());
      relation.values.push_back(std::move(value));
    }
    return relation;
  }
  constexpr std::pair<std::string_view, Operator> kOperators[] = {{"=", Operator::kEqual},
                                                                  {"<=", Operator::kLessOrEqual},
                                                                  {">=", Operator::kGreaterOrEqual},
                                                                  {"<", Operator::kLess},
                                                                  {">", Operator::kGreater}};
  for (const auto& [symbol, op] : kOperators) {
    if (!accept_symbol(symbol)) continue;
    relation.op = op;
    TRY(value, literal());
    relation.values.push_back(std::move(value));
    return relation;
  }
  if (peek().is_symbol("!=")) return fail("CQL has no !=; ask for the ranges on both sides");
  return unexpected("=, IN, <, <=, > or >=", {"in"});
}

Result<std::vector<Relation>> Cursor::where() {
  std::vector<Relation> relations;
  if (!accept_word("where")) return relations;
  do {
    TRY_STATUS(check_size(relations.size() + 1, "conditions"));
    TRY(one, relation());
    relations.push_back(std::move(one));
  } while (accept_word("and"));
  if (peek().is_word("or")) return fail("CQL has no OR; use IN, or ask twice");
  return relations;
}

Result<Ordering> Cursor::ordering() {
  TRY(column, name("a column"));
  Ordering ordering{.column = std::move(column)};
  if (accept_word("desc")) {
    ordering.descending = true;
  } else {
    accept_word("asc");
  }
  return ordering;
}

Result<std::vector<Property>> Cursor::properties(std::vector<Ordering>* clustering_order) {
  std::vector<Property> all;
  if (!accept_word("with")) return all;
  do {
    if (clustering_order != nullptr && accept_words({"clustering", "order", "by"})) {
      TRY_STATUS(expect_symbol("("));
      do {
        TRY(one, ordering());
        clustering_order->push_back(std::move(one));
      } while (accept_symbol(","));
      TRY_STATUS(expect_symbol(")"));
      continue;
    }
    TRY(property, name("a property"));
    TRY_STATUS(expect_symbol("="));
    TRY(value, literal());
    all.push_back({std::move(property), std::move(value)});
  } while (accept_word("and"));
  return all;
}

Result<Using> Cursor::using_options() {
  Using options;
  if (!accept_word("using")) return options;
  do {
    if (accept_word("ttl")) {
      TRY(value, number("a TTL"));
      options.ttl = std::move(value);
    } else if (accept_word("timestamp")) {
      TRY(value, number("a timestamp"));
      options.timestamp = std::move(value);
    } else {
      return unexpected("TTL or TIMESTAMP", {"ttl", "timestamp"});
    }
  } while (accept_word("and"));
  return options;
}

Result<std::vector<Name>> Cursor::names_in_parentheses(std::string_view what) {
  std::vector<Name> names;
  TRY_STATUS(expect_symbol("("));
  do {
    TRY_STATUS(check_size(names.size() + 1, "names"));
    TRY(one, name(what));
    names.push_back(std::move(one));
  } while (accept_symbol(","));
  TRY_STATUS(expect_symbol(")"));
  return names;
}

}  // namespace millrace::cql
