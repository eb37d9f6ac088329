// Rules, and the ready checks that are expressions behind a name: type, date, timestamp, range.
#include "flow/checks/rule_check.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/one_line.h"
#include "flow/checks/column_check.h"
#include "flow/checks/list.h"
#include "flow/checks/range_check.h"
#include "flow/constant.h"

namespace millrace {
namespace {

Evaluated evaluate(const Program& program, const Batch& batch, const Rows& rows) {
  const EvalContext context{.now_us = batch.origin != nullptr ? batch.origin->ingested_at_us : 0};
  Evaluated evaluated = program.evaluate(batch, rows, context);
  std::stable_sort(evaluated.faults.begin(), evaluated.faults.end(),
                   [](const ExprFault& a, const ExprFault& b) { return a.row < b.row; });
  return evaluated;
}

class RuleCheck final : public Check {
 public:
  RuleCheck(Program program, std::string name, std::string text)
      : program_(std::move(program)), name_(std::move(name)), text_(std::move(text)) {}

  void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const override {
    const Evaluated evaluated = evaluate(program_, batch, rows);
    const Column& is_true = evaluated.columns[0];
    auto raised = evaluated.faults.begin();
    rows.for_each([&](size_t row) {
      while (raised != evaluated.faults.end() && raised->row < row) ++raised;
      if (!is_true.is_null(row) && is_true.bool_at(row)) return;
      const auto at = static_cast<uint32_t>(row);
      if (raised != evaluated.faults.end() && raised->row == row) {
        faults.push_back({.row = at, .reason = fmt::format("{}: {}", raised->subject, raised->reason)});
      } else {
        faults.push_back(
            {.row = at, .reason = fmt::format("{} is {}", text_, is_true.is_null(row) ? "null" : "false")});
      }
    });
  }
  std::string name() const override { return name_; }
  std::string explain() const override { return fmt::format("{}: {}", name_, program_.explain(0)); }

 private:
  Program program_;
  std::string name_;
  std::string text_;
};

// A property of a column's values put as an expression. Null passes; FALSE and an expression that raises do not.
class PropertyCheck final : public ColumnCheck {
 public:
  PropertyCheck(std::string_view check, const VisibleColumn& column, Program program, std::string wanted)
      : ColumnCheck(check, column), program_(std::move(program)), wanted_(std::move(wanted)) {}

  void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const override {
    const Evaluated evaluated = evaluate(program_, batch, rows);
    const Column& value = evaluated.columns[0];
    const auto fault = [&](size_t row) {
      faults.push_back({.row = static_cast<uint32_t>(row),
                        .reason = fmt::format("{} is not {}", shown_value(column_of(batch), row), wanted_)});
    };
    if (!value.type.is(TypeKind::kBool)) {
      for (const ExprFault& raised : evaluated.faults) fault(raised.row);
      return;
    }
    auto raised = evaluated.faults.begin();
    rows.for_each([&](size_t row) {
      while (raised != evaluated.faults.end() && raised->row < row) ++raised;
      const bool raises = raised != evaluated.faults.end() && raised->row == row;
      if (raises || (!value.is_null(row) && !value.bool_at(row))) fault(row);
    });
  }
  std::string explain() const override { return fmt::format("{}: {}", name(), program_.explain(0)); }

 private:
  Program program_;
  std::string wanted_;
};

std::string literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// The column's own name as an expression.
std::string reference(const std::string& name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '.') {
      out += "`.`";
    } else {
      out += c;
    }
  }
  return out + "`";
}

// Errors in the made-up expression are the fault of `value`, and shown there.
void add_property(std::vector<std::unique_ptr<Check>>& checks, std::string_view check, const VisibleColumn& column,
                  const Node& value, std::string text, std::string wanted, Scope& scope, Diagnostics& diagnostics) {
  Node node{.kind = Node::Kind::kScalar, .place = value.place, .text = std::move(text), .quoted = true};
  node.runs.push_back({0, value.place.line, value.place.column, value.place.length});
  auto program = compile_expression(node, scope, diagnostics);
  if (program) {
    checks.push_back(std::make_unique<PropertyCheck>(check, column, std::move(*program), std::move(wanted)));
  }
}

std::vector<std::unique_ptr<Check>> make_type(const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
  std::vector<std::unique_ptr<Check>> checks;
  for (const auto& [name, value] : settings.node("columns").entries) {
    const auto column = checked_column(name, scope, diagnostics);
    const auto type = parse_type(value.text);
    if (!type.ok()) {
      diagnostics.error(value.place, type.error().message());
    } else if (column) {
      add_property(checks, "type", *column, value, fmt::format("CAST({} AS {})", reference(name.text), type->text()),
                   fmt::format("of type {}", type->text()), scope, diagnostics);
    }
  }
  return checks;
}

// With a pattern the text must have that form; without one any that a cast takes.
std::vector<std::unique_ptr<Check>> make_format(std::string_view check, std::string_view function,
                                                const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
  std::vector<std::unique_ptr<Check>> checks;
  const auto add = [&](const Node& name, const Node* pattern) {
    const auto column = checked_text_column(check, name, scope, diagnostics);
    if (!column) return;
    const std::string form = pattern == nullptr ? "" : ", " + literal(pattern->text);
    add_property(
        checks, check, *column, pattern == nullptr ? name : *pattern,
        fmt::format("{}({}{})", function, reference(name.text), form),
        pattern == nullptr ? fmt::format("a {}", check) : fmt::format("a {} of the form {}", check, pattern->text),
        scope, diagnostics);
  };
  const Node& columns = settings.node("columns");
  for (const auto& [name, value] : columns.entries) add(name, &value);
  for (const Node& name : columns.items) add(name, nullptr);
  if (columns.is_scalar()) add(columns, nullptr);
  return checks;
}

// Each end can be read; a whole-number column may well have the end 2.5.
bool is_range_of(const RangeText& range, const Type& column) {
  const Type type = column.is(TypeKind::kInt) || column.is(TypeKind::kBigint) ? Type(TypeKind::kDouble) : column;
  const auto reads = [&](const std::optional<std::string>& end) { return !end || constant_of(*end, type).has_value(); };
  return reads(range.from) && reads(range.to);
}

std::vector<std::unique_ptr<Check>> make_range(const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
  std::vector<std::unique_ptr<Check>> checks;
  for (const NodeEntry& entry : settings.node("columns").entries) {
    const Node& name = entry.first;
    const Node& value = entry.second;
    const auto column = checked_column(name, scope, diagnostics);
    if (!column) continue;
    const bool ordered =
        column->type.is_number() || column->type.is(TypeKind::kDate) || column->type.is(TypeKind::kTimestamp);
    if (!ordered && !scope.lost()) {
      diagnostics.error(
          name.place,
          fmt::format("'{}' is {}, and range looks at numbers, dates and timestamps", name.text, column->type.text()),
          fmt::format("convert it before, for example cast({} AS double)", name.text));
      continue;
    }
    const RangeText range = settings.range(value);
    if (!is_range_of(range, column->type)) {
      diagnostics.error(value.place, fmt::format("'{}' is no range of {}", value.text, column->type.text()),
                        "a range is written from..to, each in the form of the column's type; either may be missing");
      continue;
    }
    // A whole-number column may well have the end 2.5.
    const std::string type =
        column->type.is(TypeKind::kInt) || column->type.is(TypeKind::kBigint) ? "decimal(38,10)" : column->type.text();
    std::string text;
    const auto end = [&](const std::optional<std::string>& at, std::string_view compare) {
      if (!at) return;
      if (!text.empty()) text += " AND ";
      const bool whole = at->find_first_not_of("0123456789-") == std::string::npos && at->size() < 19;
      const std::string bound =
          whole && type == "decimal(38,10)" ? *at : fmt::format("CAST({} AS {})", literal(*at), type);
      text += fmt::format("{} {} {}", reference(name.text), compare, bound);
    };
    end(range.from, ">=");
    end(range.to, "<=");
    const size_t before = checks.size();
    const std::string wanted = fmt::format("within {}", value.text);
    add_property(checks, "range", *column, value, std::move(text), wanted, scope, diagnostics);
    if (checks.size() == before) continue;
    auto direct = make_range_check(*column, range, wanted, checks.back()->explain());
    if (direct != nullptr) checks.back() = std::move(direct);
  }
  return checks;
}

constexpr std::array kTypeFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumnTypes,
     .summary = "Column: the type that its values can be cast to.",
     .example = "{ age: int }",
     .required = true},
});
constexpr std::array kFormatFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumnForms,
     .summary = "Column: a datetime pattern as Spark has them; or just names, for every form that a cast takes.",
     .example = "{ dob: yyyy-MM-dd }",
     .required = true},
});
constexpr std::array kRangeFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumnRanges,
     .summary = "Column: from..to, both included; either may be missing.",
     .example = "{ age: 18..120 }",
     .required = true},
});

}  // namespace

std::unique_ptr<Check> make_rule(const Node& rule, std::string name, Scope& scope, Diagnostics& diagnostics) {
  auto program = compile_condition(rule, scope, diagnostics);
  if (!program) return nullptr;
  return std::make_unique<RuleCheck>(std::move(*program), std::move(name), one_line(rule.text));
}

const CheckComponent kTypeCheck = {.about = {.kind = ComponentKind::kCheck,
                                             .name = "type",
                                             .summary = "Values that can be cast to a type.",
                                             .details = "Null passes.",
                                             .shorthand = "columns",
                                             .fields = kTypeFields,
                                             .example = "type: { age: int }"},
                                   .make = make_type};

const CheckComponent kDateCheck = {.about = {.kind = ComponentKind::kCheck,
                                             .name = "date",
                                             .summary = "Texts that are dates in a certain form.",
                                             .details = "Null passes.",
                                             .shorthand = "columns",
                                             .fields = kFormatFields,
                                             .example = "date: { dob: yyyy-MM-dd }"},
                                   .make = [](const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
                                     return make_format("date", "to_date", settings, scope, diagnostics);
                                   }};

const CheckComponent kTimestampCheck = {.about = {.kind = ComponentKind::kCheck,
                                                  .name = "timestamp",
                                                  .summary = "Texts that are timestamps in a certain form.",
                                                  .details = "Null passes.",
                                                  .shorthand = "columns",
                                                  .fields = kFormatFields,
                                                  .example = "timestamp: { seen: \"yyyy-MM-dd HH:mm:ss\" }"},
                                        .make = [](const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
                                          return make_format("timestamp", "to_timestamp", settings, scope, diagnostics);
                                        }};

const CheckComponent kRangeCheck = {.about = {.kind = ComponentKind::kCheck,
                                              .name = "range",
                                              .summary = "Numbers, dates and timestamps within bounds.",
                                              .details = "Null passes.",
                                              .shorthand = "columns",
                                              .fields = kRangeFields,
                                              .example = "range: { age: 18..120 }"},
                                    .make = make_range};

}  // namespace millrace
