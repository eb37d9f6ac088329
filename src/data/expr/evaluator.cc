#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/bits.h"
#include "data/expr/checker.h"
#include "data/expr/typed.h"

namespace millrace {
namespace {

using Kind = TypedNode::Kind;

// Where the faults of one evaluation go: at most one per row and expression.
class Faults {
 public:
  explicit Faults(size_t rows) : rows_(rows) {}
  void begin_expression(uint32_t expr) {
    expr_ = expr;
    seen_.clear();
  }
  void add(size_t row, const TypedNode& node, std::string_view message) {
    if (seen_.empty()) seen_.assign(rows_, false);
    if (seen_[row]) return;
    seen_[row] = true;
    faults_.push_back({static_cast<uint32_t>(row), expr_, node.subject, std::string(message)});
  }
  bool any() const { return !faults_.empty(); }
  std::vector<ExprFault> take() { return std::move(faults_); }

 private:
  size_t rows_;
  uint32_t expr_ = 0;
  std::vector<bool> seen_;
  std::vector<ExprFault> faults_;
};

class NodeFaults final : public FaultSink {
 public:
  NodeFaults(Faults& faults, const TypedNode& node) : faults_(faults), node_(node) {}
  void fault(size_t row, std::string_view message) override { faults_.add(row, node_, message); }

 private:
  Faults& faults_;
  const TypedNode& node_;
};

// What has been computed for certain rows. Inside a condition only some rows count; what was computed for more is used
// too.
struct Frame {
  Rows rows;
  const Frame* outer = nullptr;
  std::map<int, Column> known;

  const Column* find(int node) const {
    for (const Frame* frame = this; frame != nullptr; frame = frame->outer) {
      const auto found = frame->known.find(node);
      if (found != frame->known.end()) return &found->second;
    }
    return nullptr;
  }
};

class Evaluation {
 public:
  Evaluation(const std::vector<TypedNode>& nodes, const Batch* batch, const EvalContext& context, Faults& faults)
      : nodes_(nodes), batch_(batch), context_(context), faults_(faults) {}

  Column value(int index, Frame& frame) {
    const TypedNode& node = nodes_[static_cast<size_t>(index)];
    if (node.kind == Kind::kColumn) return batch_->columns[static_cast<size_t>(node.slot)];
    if (node.kind == Kind::kConstant) return repeat(node.constant, frame.rows.total());
    if (const Column* known = frame.find(index)) return *known;
    Column column = compute(node, frame);
    frame.known.emplace(index, column);
    return column;
  }

 private:
  Column compute(const TypedNode& node, Frame& frame) {
    switch (node.kind) {
      case Kind::kCall: return call(node, frame);
      case Kind::kAnd:
      case Kind::kOr: return logic(node, frame);
      case Kind::kCase: return choice(node, frame);
      case Kind::kCoalesce: return coalesce(node, frame);
      case Kind::kLambda: return lambda(node, frame);
      default: MILLRACE_UNREACHABLE("node kind");
    }
  }

  Column call(const TypedNode& node, Frame& frame) {
    std::vector<Column> args;
    args.reserve(node.args.size());
    for (const int arg : node.args) args.push_back(value(arg, frame));
    NodeFaults sink(faults_, node);
    const Call the_call(args, frame.rows, context_, node.quiet ? nullptr : &sink);
    Column result = node.kernel(the_call);
    MILLRACE_ASSERT(result.rows == frame.rows.total(), "a kernel gave another number of rows: " + node.shown);
    return result;
  }

  // The right side only for the rows that the left one leaves open.
  Column logic(const TypedNode& node, Frame& frame) {
    const Column left = value(node.args[0], frame);
    const bool decides = node.kind == Kind::kOr;
    std::vector<uint32_t> open;
    frame.rows.for_each([&](size_t row) {
      if (left.is_null(row) || left.bool_at(row) != decides) open.push_back(static_cast<uint32_t>(row));
    });
    const Frame* whole = &frame;
    if (open.empty()) return left;
    if (open.size() == frame.rows.count()) {
      const Column right = value(node.args[1], frame);
      return node.kind == Kind::kAnd ? and_columns(left, right) : or_columns(left, right);
    }
    Frame inner{.rows = Rows::some(frame.rows.total(), open), .outer = whole, .known = {}};
    const Column right = value(node.args[1], inner);
    // At the rows that were decided, what the right side holds does not matter: x OR true, x AND false.
    return node.kind == Kind::kAnd ? and_columns(left, right) : or_columns(left, right);
  }

  Column choice(const TypedNode& node, Frame& frame) {
    std::vector<uint32_t> open = frame.rows.to_vector();
    const size_t total = frame.rows.total();
    std::vector<Column> values;
    std::vector<uint32_t> from(total, kNullIndex);  // per row: which of `values`
    for (size_t i = 0; i + 1 < node.args.size() && !open.empty(); i += 2) {
      Frame inner{.rows = Rows::some(total, open), .outer = &frame, .known = {}};
      const Column condition = value(node.args[i], inner);
      std::vector<uint32_t> taken;
      std::vector<uint32_t> left;
      for (const uint32_t row : open) (!condition.is_null(row) && condition.bool_at(row) ? taken : left).push_back(row);
      if (!taken.empty()) take_branch(node.args[i + 1], taken, frame, values, from);
      open = std::move(left);
    }
    if (!open.empty()) take_branch(node.args.back(), open, frame, values, from);
    return pick(node.type, values, from);
  }

  Column coalesce(const TypedNode& node, Frame& frame) {
    const size_t total = frame.rows.total();
    std::vector<uint32_t> open = frame.rows.to_vector();
    std::vector<Column> values;
    std::vector<uint32_t> from(total, kNullIndex);
    for (const int arg : node.args) {
      if (open.empty()) break;
      Frame inner{.rows = Rows::some(total, open), .outer = &frame, .known = {}};
      const Column column = value(arg, inner);
      if (values.empty() && !column.may_have_nulls()) return column;
      std::vector<uint32_t> left;
      for (const uint32_t row : open) {
        if (column.is_null(row)) {
          left.push_back(row);
        } else {
          from[row] = static_cast<uint32_t>(values.size());
        }
      }
      values.push_back(column);
      open = std::move(left);
    }
    return pick(node.type, values, from);
  }

  void take_branch(int arg, const std::vector<uint32_t>& rows, Frame& frame, std::vector<Column>& values,
                   std::vector<uint32_t>& from) {
    Frame inner{.rows = Rows::some(frame.rows.total(), rows), .outer = &frame, .known = {}};
    values.push_back(value(arg, inner));
    for (const uint32_t row : rows) from[row] = static_cast<uint32_t>(values.size() - 1);
  }

  static Column pick(const Type& type, const std::vector<Column>& values, const std::vector<uint32_t>& from) {
    if (values.size() == 1 && std::all_of(from.begin(), from.end(), [](uint32_t of) { return of == 0; }))
      return values[0];
    ColumnBuilder builder(type);
    for (size_t row = 0; row < from.size(); ++row) {
      if (from[row] == kNullIndex) {
        builder.append_null();
      } else {
        builder.append_from(values[from[row]], row);
      }
    }
    return builder.finish();
  }

  Column lambda(const TypedNode& node, Frame& frame);

  const std::vector<TypedNode>& nodes_;
  const Batch* batch_;
  const EvalContext& context_;
  Faults& faults_;
};

// The body is computed once over all elements of all rows, with the columns of the row repeated for each of its
// elements.
Column Evaluation::lambda(const TypedNode& node, Frame& frame) {
  const Column collection = flatten(value(node.args[0], frame));
  const bool map = collection.type.is(TypeKind::kMap);
  std::vector<uint32_t> parents;
  std::vector<uint32_t> elements;
  std::vector<int32_t> ordinals;
  frame.rows.for_each([&](size_t row) {
    if (collection.is_null(row)) return;
    const Column::Range range = collection.range_at(row);
    for (size_t at = range.begin; at < range.end; ++at) {
      parents.push_back(static_cast<uint32_t>(row));
      elements.push_back(static_cast<uint32_t>(at));
      ordinals.push_back(static_cast<int32_t>(at - range.begin));
    }
  });
  Batch inner;
  inner.rows = parents.size();
  inner.columns.resize(static_cast<size_t>(node.first_param_slot + node.params));
  for (const int slot : node.body->columns_used()) {
    if (slot < node.first_param_slot)
      inner.columns[static_cast<size_t>(slot)] = gather(batch_->columns[static_cast<size_t>(slot)], parents);
  }
  const auto param = static_cast<size_t>(node.first_param_slot);
  inner.columns[param] = gather(collection.children[0], elements);
  if (node.params == 2 && map) inner.columns[param + 1] = gather(collection.children[1], elements);
  if (node.params == 2 && !map) {
    FixedBuilder<int32_t> builder(TypeKind::kInt, ordinals.size());
    for (const int32_t ordinal : ordinals) builder.append(ordinal);
    inner.columns[param + 1] = builder.finish();
  }
  Evaluated body = node.body->evaluate(inner, Rows::all(inner.rows), context_);
  for (const ExprFault& fault : body.faults) {
    faults_.add(parents[fault.row], node, fmt::format("{}: {}", fault.subject, fault.reason));
  }
  return collect_lambda(node, collection, frame.rows, parents, elements, body.columns[0]);
}

}  // namespace

std::optional<Column> evaluate_constant(const std::vector<TypedNode>& nodes, int node) {
  const Batch none{.schema = nullptr, .columns = {}, .rows = 1};
  Faults faults(1);
  const EvalContext context;
  Evaluation evaluation(nodes, &none, context, faults);
  Frame frame{.rows = Rows::all(1), .outer = nullptr, .known = {}};
  Column value = evaluation.value(node, frame);
  if (faults.any()) return std::nullopt;
  value = flatten(value);
  value.constant = true;
  return value;
}

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
  Faults faults(rows.total());
  Evaluation evaluation(state_->nodes, &batch, context, faults);
  Frame frame{.rows = rows, .outer = nullptr, .known = {}};
  for (size_t i = 0; i < state_->roots.size(); ++i) {
    faults.begin_expression(static_cast<uint32_t>(i));
    result.columns.push_back(evaluation.value(state_->roots[i], frame));
  }
  result.faults = faults.take();
  return result;
}

const std::vector<Field>& Program::fields() const { return state_->fields; }

std::vector<int> Program::columns_used() const {
  std::vector<int> slots;
  for (const TypedNode& node : state_->nodes) {
    if (node.kind == Kind::kColumn) slots.push_back(node.slot);
    if (node.kind == Kind::kLambda) {
      for (const int slot : node.body->columns_used()) {
        if (slot < node.first_param_slot) slots.push_back(slot);
      }
    }
  }
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  return slots;
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
