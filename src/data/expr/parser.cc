// Spark SQL's expressions, by recursive descent; precedence as in Spark's SqlBaseParser.g4.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/spelling.h"
#include "data/builder.h"
#include "data/expr/decimal.h"
#include "data/expr/expr.h"
#include "data/expr/lexer.h"
#include "data/expr/literal.h"
#include "data/expr/syntax.h"

namespace millrace {
namespace {

using Kind = SyntaxNode::Kind;
using NodeRef = std::shared_ptr<SyntaxNode>;

constexpr auto kReserved =
    std::to_array<std::string_view>({"AND", "OR", "NOT", "AS", "THEN", "ELSE", "END", "WHEN", "IN", "BETWEEN", "LIKE",
                                     "ILIKE", "RLIKE", "REGEXP", "IS", "FROM", "DIV", "SELECT", "WHERE"});

// Thrown inside the parser only, to leave a broken expression; caught in run().
struct Broken {};

class Parser {
 public:
  Parser(std::string_view text, ParseOutcome& outcome)
      : source_(std::make_shared<const std::string>(text)),
        outcome_(outcome),
        tokens_(tokenize(text, outcome.errors)) {}

  void expression() {
    guarded([&] {
      const size_t first = at_;
      NodeRef node = parse_or();
      expect_end();
      add(std::move(node), first, std::nullopt);
    });
  }

  void select_list() {
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

 private:
  template <typename F>
  void guarded(F&& f) {
    if (!outcome_.errors.empty()) return;
    try {
      f();
    } catch (const Broken&) {
      outcome_.exprs.clear();
    }
  }

  // --- tokens
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
  [[noreturn]] void fail(size_t begin, size_t end, std::string message, std::string hint = "") {
    outcome_.errors.push_back({begin, end, std::move(message), std::move(hint)});
    throw Broken();
  }
  [[noreturn]] void fail(const Token& token, std::string message, std::string hint = "") {
    fail(token.begin, std::max(token.end, token.begin + 1), std::move(message), std::move(hint));
  }
  static std::string shown(const Token& token) {
    switch (token.kind) {
      case Token::Kind::kEnd: return "the end";
      case Token::Kind::kString: return fmt::format("the string '{}'", token.text);
      default: return fmt::format("'{}'", token.text);
    }
  }
  void expect(std::string_view op, std::string_view behind) {
    if (!take(op)) {
      fail(peek(), fmt::format("'{}' is expected behind {}, here is {}", op, behind, shown(peek())));
    }
  }
  void expect_word(std::string_view word, std::string_view what) {
    if (!take_word(word)) fail(peek(), fmt::format("{} needs {}, here is {}", what, word, shown(peek())));
  }
  void expect_end() {
    if (peek().kind == Token::Kind::kEnd) return;
    std::string hint;
    if (peek().is_operator(")")) hint = "there is one ')' too many";
    if (peek().is_operator("->")) hint = "a lambda stands only as an argument of functions such as transform";
    if (peek().kind == Token::Kind::kWord || peek().kind == Token::Kind::kString)
      hint = "is an operator or a comma missing?";
    fail(peek(), fmt::format("{} does not belong here", shown(peek())), std::move(hint));
  }
  size_t last_end() const { return at_ == 0 ? 0 : tokens_[at_ - 1].end; }

  // --- nodes
  NodeRef make(Kind kind, size_t begin) {
    auto node = std::make_shared<SyntaxNode>();
    node->kind = kind;
    node->begin = begin;
    node->end = last_end();
    node->source = source_;
    return node;
  }
  NodeRef call(std::string function, std::vector<SyntaxRef> args, size_t begin) {
    NodeRef node = make(Kind::kCall, begin);
    node->function = std::move(function);
    node->args = std::move(args);
    return node;
  }
  NodeRef literal(Column value, size_t begin) {
    NodeRef node = make(Kind::kLiteral, begin);
    node->literal = std::move(value);
    return node;
  }
  NodeRef negate(NodeRef node) {
    const size_t begin = node->begin;
    return call("not", {std::move(node)}, begin);
  }

  struct Depth {
    explicit Depth(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > kExpressionDepthMax) {
        parser_.fail(parser_.peek(),
                     fmt::format("the expression is nested deeper than {} levels", kExpressionDepthMax));
      }
    }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    ~Depth() { --parser_.depth_; }
    Parser& parser_;
  };

  void add(NodeRef node, size_t first_token, std::optional<std::string> alias) {
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

  void select_item() {
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

  std::string name_token(std::string_view what) {
    if (peek().kind != Token::Kind::kWord && peek().kind != Token::Kind::kQuotedName) {
      fail(peek(), fmt::format("{} is expected, here is {}", what, shown(peek())),
           peek().kind == Token::Kind::kString ? "names stand without quotes or in `backticks`" : "");
    }
    return next().text;
  }
  static bool is_reserved(const Token& token) {
    return std::find(kReserved.begin(), kReserved.end(), token.upper) != kReserved.end();
  }

  // --- booleans
  NodeRef parse_or() {
    const Depth depth(*this);
    const size_t begin = peek().begin;
    NodeRef left = parse_and();
    while (take_word("OR")) left = call("or", {left, parse_and()}, begin);
    return left;
  }

  NodeRef parse_and() {
    const size_t begin = peek().begin;
    NodeRef left = parse_not();
    while (take_word("AND")) left = call("and", {left, parse_not()}, begin);
    return left;
  }

  NodeRef parse_not() {
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
  NodeRef parse_predicate(NodeRef value) {
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

  NodeRef parse_is(NodeRef value) {
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
      fail(peek(),
           fmt::format("behind IS comes NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM, here is {}", shown(peek())),
           "to compare, use =");
    }
    return negated ? negate(std::move(found)) : found;
  }

  NodeRef parse_in(NodeRef value) {
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

  NodeRef parse_like(NodeRef value) {
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
    NodeRef found;
    do {
      NodeRef pattern = parse_or();
      NodeRef one = call(function, {value, pattern}, begin);
      found = found == nullptr ? one : call(joined, {found, one}, begin);
    } while (take(","));
    expect(")", "the patterns");
    return found;
  }

  // --- operators, the loosest first
  static constexpr int kLevels = 7;
  std::optional<std::string> operator_of(int level) const {
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

  NodeRef parse_binary(int level) {
    if (level == kLevels) return parse_unary();
    const size_t begin = peek().begin;
    NodeRef left = parse_binary(level + 1);
    while (const auto op = operator_of(level)) {
      const Token& token = next();
      if (peek().is_operator("=") && (token.text == "=" || token.text == "!")) {
        fail(peek(), fmt::format("'{}=' is not an operator", token.text), "use = to compare");
      }
      NodeRef right = parse_binary(level + 1);
      left = *op == "||" ? call("concat", {left, right}, begin) : call(*op, {left, right}, begin);
    }
    return left;
  }

  NodeRef parse_unary() {
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

  NodeRef parse_postfix(NodeRef node) {
    const size_t begin = node->begin;
    while (true) {
      if (peek().is_operator(".") && node->kind != Kind::kLiteral) {
        next();
        std::string field = name_token("a field's name");
        NodeRef of = make(Kind::kField, begin);
        of->args = {node};
        of->parts = {std::move(field)};
        node = std::move(of);
      } else if (take("[")) {
        NodeRef index = parse_or();
        expect("]", "the index");
        NodeRef of = make(Kind::kSubscript, begin);
        of->args = {node, index};
        node = std::move(of);
      } else if (take("::")) {
        node = cast_node(node, false, begin);
      } else {
        return node;
      }
    }
  }

  // --- types
  Type parse_type_name() {
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

  NodeRef cast_node(SyntaxRef value, bool try_form, size_t begin) {
    Type type = parse_type_name();
    NodeRef node = make(Kind::kCast, begin);
    node->args = {std::move(value)};
    node->type = std::move(type);
    node->try_form = try_form;
    return node;
  }

  // --- what stands by itself
  NodeRef parse_primary() {
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

  NodeRef number_literal(bool negative) {
    const Token token = next();
    auto value = parse_number_literal((negative ? "-" : "") + token.text);
    if (!value.ok()) fail(token, value.error().message());
    return literal(std::move(*value), token.begin);
  }

  NodeRef name() {
    const size_t begin = peek().begin;
    std::vector<std::string> parts{next().text};
    while (peek().is_operator(".") &&
           (peek(1).kind == Token::Kind::kWord || peek(1).kind == Token::Kind::kQuotedName)) {
      next();
      parts.push_back(next().text);
    }
    NodeRef node = make(Kind::kName, begin);
    node->parts = std::move(parts);
    return node;
  }

  NodeRef word() {
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

  static std::string lower(std::string_view text) {
    std::string out;
    for (const char c : text) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
  }

  NodeRef typed_literal() {
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
    node->args = {inner};
    node->type = kind == "DATE" ? TypeKind::kDate : TypeKind::kTimestamp;
    return node;
  }

  NodeRef interval() {
    const size_t begin = next().begin;
    std::vector<IntervalPart> parts;
    if (peek().kind == Token::Kind::kString &&
        !(peek(1).kind == Token::Kind::kWord && is_interval_unit(peek(1).upper))) {
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
        fail(peek(),
             fmt::format("a unit such as DAY is expected behind INTERVAL {}, here is {}", count, shown(peek())));
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

  NodeRef parse_case() {
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
    node->args = std::move(args);
    node->has_else = has_else;
    return node;
  }

  NodeRef function() {
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
    if (token.upper == "POSITION" || token.upper == "SUBSTRING" || token.upper == "SUBSTR" ||
        token.upper == "OVERLAY") {
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

  void close(const std::vector<SyntaxRef>& args, std::string_view function) {
    if (args.size() > kCallArgumentsMax) {
      fail(peek(), fmt::format("{} has more than {} arguments", function, kCallArgumentsMax));
    }
    if (!take(")")) {
      fail(peek(), fmt::format("')' is expected at the end of {}(...), here is {}", function, shown(peek())),
           "is a comma or a ')' missing?");
    }
  }

  NodeRef finish_call(std::string function, std::vector<SyntaxRef> args, size_t begin) {
    if (peek().is_word("OVER"))
      fail(peek(), "window functions are not possible here", "expressions see one record at a time");
    return call(std::move(function), std::move(args), begin);
  }

  SyntaxRef argument() {
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
    return parse_or();
  }

  NodeRef lambda(std::vector<std::string> names, size_t begin) {
    NodeRef body = parse_or();
    NodeRef node = make(Kind::kLambda, begin);
    node->parts = std::move(names);
    node->args = {std::move(body)};
    return node;
  }

  NodeRef extract(size_t begin) {
    const Token field = next();
    expect_word("FROM", "EXTRACT");
    NodeRef value = parse_or();
    expect(")", "EXTRACT");
    NodeRef unit = literal(constant_string(field.text), field.begin);
    return call("date_part", {unit, value}, begin);
  }

  NodeRef trim(size_t begin) {
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
      // Spark's ltrim(chars, text) is the other way round than btrim(text, chars); the family takes (text, chars) here.
      return call(function == "btrim" ? "btrim" : function + "_chars", {value, first}, begin);
    }
    std::vector<SyntaxRef> args{first};
    if (take(",")) args.push_back(parse_or());
    close(args, function);
    return call(std::move(function), std::move(args), begin);
  }

  // POSITION(a IN b), SUBSTRING(s FROM i FOR n), OVERLAY(a PLACING b FROM i FOR n), and their plain forms.
  NodeRef with_words(const std::string& function, size_t begin) {
    std::vector<SyntaxRef> args;
    if (!peek().is_operator(")")) {
      do {
        args.push_back(parse_binary(0));
      } while (take(",") || take_word("FROM") || take_word("FOR") || take_word("IN") || take_word("PLACING"));
    }
    close(args, function);
    return call(function, std::move(args), begin);
  }

  // DATEADD(DAY, 1, d): the unit stands as a bare word; it goes on as a string.
  NodeRef with_unit(const std::string& function, size_t begin) {
    std::vector<SyntaxRef> args;
    if (peek().kind == Token::Kind::kWord && is_interval_unit(peek().upper) && peek(1).is_operator(",")) {
      const size_t unit_begin = peek().begin;
      const std::string unit = next().upper;
      args.push_back(literal(constant_string(unit), unit_begin));
      take(",");
    }
    if (!peek().is_operator(")")) {
      do {
        args.push_back(parse_or());
      } while (take(","));
    }
    close(args, function);
    const bool has_unit = args.size() == 3;
    if (!has_unit) return call(function, std::move(args), begin);
    const bool difference = function.find("diff") != std::string::npos;
    return call(difference ? "timestampdiff" : "timestampadd", std::move(args), begin);
  }

  std::shared_ptr<const std::string> source_;
  ParseOutcome& outcome_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
};

ParseOutcome parse(std::string_view text, bool list) {
  ParseOutcome outcome;
  if (text.size() > kExpressionBytesMax) {
    outcome.errors.push_back({0, 1, fmt::format("the expression is longer than {} bytes", kExpressionBytesMax), ""});
    return outcome;
  }
  Parser parser(text, outcome);
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
