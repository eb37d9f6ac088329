#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "data/expr/checker.h"
#include "data/expr/evaluator.h"
#include "data/expr/typed.h"

namespace millrace {

Program::Program(std::unique_ptr<State> state) : state_(std::move(state)) {}
std::shared_ptr<const Program> Program::from_state(std::unique_ptr<State> state) {
  return std::make_shared<const Program>(Program(std::move(state)));
}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

Program::Outcome Program::compile(const std::vector<ParsedExpr>& exprs, NameResolver& names) {
  Outcome outcome;
  auto state = std::make_unique<State>();
  Checker checker(*state, names, outcome.errors);
  const auto add = [&](const SyntaxNode& node, const std::string& name) {
    const int root = checker.check(node);
    if (root < 0) return;
    state->roots.push_back(root);
    state->fields.push_back({name, state->nodes[static_cast<size_t>(root)].type});
  };
  for (const ParsedExpr& expr : exprs) {
    if (expr.root->kind != SyntaxNode::Kind::kStar) {
      add(*expr.root, expr.name);
      continue;
    }
    std::vector<std::string> left_out = expr.root->parts;
    for (const std::string& name : names.names()) {
      const auto found = std::find(left_out.begin(), left_out.end(), name);
      if (found != left_out.end()) {
        left_out.erase(found);
        continue;
      }
      SyntaxNode column = *expr.root;
      column.kind = SyntaxNode::Kind::kName;
      column.parts = {name};
      add(column, name);
    }
    for (const std::string& name : left_out) {
      outcome.errors.push_back({expr.begin, expr.end, fmt::format("there is no column '{}' to leave out", name), ""});
    }
  }
  for (const Field& field : state->fields) {
    if (field.type.is(TypeKind::kInterval)) {
      outcome.errors.push_back({0, 1, fmt::format("'{}' is an interval, which no column can hold", field.name),
                                "add it to a date or a timestamp, or cast it to string"});
    }
  }
  if (outcome.errors.empty()) outcome.program.emplace(Program(std::move(state)));
  return outcome;
}

Evaluated Program::evaluate(const Batch& batch, const Rows& rows, const EvalContext& context) const {
  Evaluated result;
  Evaluator evaluator(state_->nodes, batch, context, rows);
  for (size_t i = 0; i < state_->roots.size(); ++i) {
    Computed value = evaluator.evaluate(state_->roots[i]);
    if (value.faults != nullptr) {
      value.column = with_nulls(value.column, *value.faults);
      for (const RowFault& fault : *value.faults) {
        result.faults.push_back({fault.row, static_cast<uint32_t>(i), fault.subject, fault.reason});
      }
    }
    result.columns.push_back(std::move(value.column));
  }
  return result;
}

const std::vector<Field>& Program::fields() const { return state_->fields; }

std::vector<int> Program::columns_used() const {
  std::vector<int> slots;
  for (const TypedNode& node : state_->nodes) {
    if (node.kind == TypedNode::Kind::kColumn) slots.push_back(node.slot);
    for (const auto* body : {&node.body, &node.finish}) {
      if (*body == nullptr) continue;
      for (const int slot : (*body)->columns_used()) {
        if (slot < node.first_param_slot) slots.push_back(slot);
      }
    }
  }
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  return slots;
}

bool Program::draws_chance() const {
  return std::any_of(state_->nodes.begin(), state_->nodes.end(), [](const TypedNode& node) {
    return node.chance || (node.body != nullptr && node.body->draws_chance()) ||
           (node.finish != nullptr && node.finish->draws_chance());
  });
}

std::string Program::explain(size_t index) const {
  return state_->nodes[static_cast<size_t>(state_->roots[index])].shown;
}

namespace {

class SchemaResolver final : public NameResolver {
 public:
  explicit SchemaResolver(SchemaRef schema) : schema_(std::move(schema)) {}
  std::optional<Found> resolve(const std::vector<std::string>& path) override {
    const int at = schema_->find(path[0]);
    if (at < 0) return std::nullopt;
    return Found{at, schema_->fields[static_cast<size_t>(at)].type, 1};
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const Field& field : schema_->fields) names.push_back(field.name);
    return names;
  }

 private:
  SchemaRef schema_;
};

}  // namespace

std::unique_ptr<NameResolver> schema_resolver(SchemaRef schema) {
  return std::make_unique<SchemaResolver>(std::move(schema));
}

}  // namespace millrace
