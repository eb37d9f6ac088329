#include "testing/parity/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "data/builder.h"
#include "data/expr/expr.h"
#include "data/expr/lexer.h"

namespace millrace::parity {

namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kUlpMax = 2;

std::string hex_text(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02X}", static_cast<unsigned char>(c));
  return text;
}

Json canonical_double(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

Json canonical(const Column& column, size_t row);

Json canonical_nested(const Column& column, size_t row) {
  Json out = column.type.is(TypeKind::kStruct) ? Json::object() : Json::array();
  if (column.type.is(TypeKind::kStruct)) {
    const size_t at = column.constant ? 0 : row;
    for (size_t i = 0; i < column.children.size(); ++i) {
      out[column.type.fields()[i].name] = canonical(column.children[i], at);
    }
    return out;
  }
  const auto [begin, end] = column.range_at(row);
  for (size_t at = begin; at < end; ++at) {
    if (column.type.is(TypeKind::kArray)) {
      out.push_back(canonical(column.children[0], at));
    } else {
      out.push_back(Json{{"key", canonical(column.children[0], at)}, {"value", canonical(column.children[1], at)}});
    }
  }
  return out;
}

Json canonical(const Column& column, size_t row) {
  if (column.is_null(row)) return nullptr;
  switch (column.type.kind()) {
    case TypeKind::kNull: return nullptr;
    case TypeKind::kBool: return column.bool_at(row);
    case TypeKind::kInt: return column.at<int32_t>(row);
    case TypeKind::kBigint: return column.at<int64_t>(row);
    case TypeKind::kDouble: return canonical_double(column.at<double>(row));
    case TypeKind::kString: return std::string(column.string_at(row));
    case TypeKind::kBinary: return hex_text(column.string_at(row));
    case TypeKind::kDecimal:
    case TypeKind::kDate:
    case TypeKind::kTimestamp:
    case TypeKind::kInterval: return format_value(column, row);
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: return canonical_nested(column, row);
  }
  return nullptr;
}

bool same_double(double a, double b) {
  if (std::signbit(a) != std::signbit(b)) return false;
  return std::abs(std::bit_cast<int64_t>(a) - std::bit_cast<int64_t>(b)) <= kUlpMax;
}

bool same(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number() && (a.is_number_float() || b.is_number_float())) {
    return same_double(a.get<double>(), b.get<double>());
  }
  if (a.size() != b.size() || a.is_array() != b.is_array() || a.is_object() != b.is_object()) return false;
  if (a.is_array()) return std::equal(a.begin(), a.end(), b.begin(), same);
  if (!a.is_object()) return a == b;
  return std::all_of(a.items().begin(), a.items().end(),
                     [&](const auto& item) { return b.contains(item.key()) && same(item.value(), b.at(item.key())); });
}

Batch batch_of(std::vector<Field> fields, std::vector<Column> columns, size_t rows) {
  Batch batch;
  batch.schema = std::make_shared<const Schema>(Schema{.fields = std::move(fields)});
  batch.columns = std::move(columns);
  batch.rows = rows;
  return batch;
}

Program::Outcome compile(const std::string& expression, const SchemaRef& schema) {
  ParseOutcome parsed = parse_expression(expression);
  if (!parsed.ok()) {
    Program::Outcome refused;
    refused.errors = std::move(parsed.errors);
    return refused;
  }
  const auto names = schema_resolver(schema);
  return Program::compile(parsed.exprs, *names);
}

// Where the literals of an expression are; DATE '...' and the like are one literal.
std::vector<std::pair<size_t, size_t>> find_literals(const std::string& expression) {
  std::vector<ExprError> errors;
  const std::vector<Token> tokens = tokenize(expression, errors);
  std::vector<std::pair<size_t, size_t>> places;
  for (size_t i = 0; errors.empty() && i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind != Token::Kind::kString && token.kind != Token::Kind::kNumber) continue;
    const bool typed =
        i > 0 && token.kind == Token::Kind::kString &&
        (tokens[i - 1].is_word("DATE") || tokens[i - 1].is_word("TIMESTAMP") || tokens[i - 1].is_word("X"));
    const bool after_interval = i > 0 && tokens[i - 1].is_word("INTERVAL");
    if (!after_interval) places.emplace_back(typed ? tokens[i - 1].begin : token.begin, token.end);
  }
  return places;
}

// An expression with some of its literals as columns.
struct Lifted {
  std::string text;
  Batch batch;
};

// Each column has the literal in its first and last row and null between them, so that a kernel that reads rows which
// are not asked for is found out.
Lifted lift(const std::string& expression, const std::vector<std::pair<size_t, size_t>>& places) {
  Lifted lifted;
  std::vector<Field> fields;
  std::vector<Column> columns;
  size_t from = 0;
  const Batch one = batch_of({}, {}, 1);
  for (const auto& [begin, end] : places) {
    const Program::Outcome outcome = compile(expression.substr(begin, end - begin), one.schema);
    if (!outcome.ok() || outcome.program->fields()[0].type.is(TypeKind::kNull)) continue;
    const Evaluated value = outcome.program->evaluate(one, Rows::all(1), {});
    if (!value.faults.empty()) continue;
    ColumnBuilder builder(value.columns[0].type);
    builder.append_from(value.columns[0], 0);
    builder.append_null();
    builder.append_from(value.columns[0], 0);
    columns.push_back(builder.finish());
    fields.push_back({fmt::format("lifted_{}", columns.size()), value.columns[0].type});
    lifted.text += expression.substr(from, begin - from) + fields.back().name;
    from = end;
  }
  lifted.text += expression.substr(from);
  lifted.batch = batch_of(std::move(fields), std::move(columns), 3);
  return lifted;
}

bool compiles_to(const Lifted& lifted, const std::string& type) {
  const Program::Outcome outcome = compile(lifted.text, lifted.batch.schema);
  return outcome.ok() && outcome.program->fields()[0].type.text() == type;
}

}  // namespace

std::string canonical_json(const Column& column, size_t row) { return canonical(column, row).dump(); }

bool same_value(std::string_view a, std::string_view b) { return same(Json::parse(a), Json::parse(b)); }

std::vector<Answer> answer_rows(const std::string& expression, const Batch& batch, const Rows& rows) {
  std::vector<Answer> answers(rows.count());
  const Program::Outcome outcome = compile(expression, batch.schema);
  if (!outcome.ok()) {
    const std::string reason = outcome.errors.empty() ? "" : outcome.errors.front().message;
    for (Answer& answer : answers) answer = {.kind = Answer::Kind::kRefused, .type = "", .value = "", .reason = reason};
    return answers;
  }
  const Evaluated evaluated = outcome.program->evaluate(batch, rows, {});
  const std::vector<uint32_t> at = rows.to_vector();
  for (size_t i = 0; i < at.size(); ++i) {
    answers[i].type = outcome.program->fields()[0].type.text();
    answers[i].value = canonical_json(evaluated.columns[0], at[i]);
    for (const ExprFault& fault : evaluated.faults) {
      if (fault.row == at[i])
        answers[i] = {.kind = Answer::Kind::kRaise, .type = "", .value = "", .reason = fault.reason};
    }
  }
  return answers;
}

std::vector<Answer> answer_constant(const std::string& expression) {
  const Batch one = batch_of({}, {}, 1);
  std::vector<Answer> answers = answer_rows(expression, one, Rows::all(1));
  const Program::Outcome outcome = compile(expression, one.schema);
  if (!outcome.ok()) return answers;
  const std::string type = outcome.program->fields()[0].type.text();

  const auto places = find_literals(expression);
  std::vector<std::pair<size_t, size_t>> kept = places;
  if (!compiles_to(lift(expression, kept), type)) {
    kept.clear();
    for (const auto& place : places) {
      kept.push_back(place);
      if (!compiles_to(lift(expression, kept), type)) kept.pop_back();
    }
  }
  if (kept.empty()) return answers;
  const Lifted lifted = lift(expression, kept);
  constexpr std::array<uint32_t, 2> kOuterRows = {0, 2};
  for (Answer& answer : answer_rows(lifted.text, lifted.batch, Rows::some(3, kOuterRows)))
    answers.push_back(std::move(answer));
  return answers;
}

}  // namespace millrace::parity
