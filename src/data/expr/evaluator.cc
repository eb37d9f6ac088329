#include "data/expr/evaluator.h"

#include <algorithm>
#include <utility>

#include "data/expr/bits.h"

namespace millrace {
namespace {

using Kind = TypedNode::Kind;

RowFaults only(const RowFaults& faults, const Rows& rows) {
  if (faults == nullptr || rows.is_all()) return faults;
  std::vector<RowFault> kept;
  for (const RowFault& fault : *faults) {
    if (std::ranges::binary_search(rows.indices(), fault.row)) kept.push_back(fault);
  }
  if (kept.empty()) return nullptr;
  return std::make_shared<const std::vector<RowFault>>(std::move(kept));
}

bool earlier(const RowFault& a, const RowFault& b) { return a.row < b.row; }

}  // namespace

void Collector::fault(size_t row, std::string_view message) {
  faults_.push_back({static_cast<uint32_t>(row), node_.subject, std::string(message)});
}

RowFaults Collector::take() {
  if (faults_.empty()) return nullptr;
  // Not std::ranges: clang 14 cannot compile libstdc++ 12's.
  std::stable_sort(faults_.begin(), faults_.end(), earlier);
  const auto same = [](const RowFault& a, const RowFault& b) { return a.row == b.row; };
  faults_.erase(std::unique(faults_.begin(), faults_.end(), same), faults_.end());
  return std::make_shared<const std::vector<RowFault>>(std::move(faults_));
}

RowFaults merge(RowFaults first, RowFaults second) {
  if (second == nullptr) return first;
  if (first == nullptr || first == second) return second;
  std::vector<RowFault> merged;
  std::set_union(first->begin(), first->end(), second->begin(), second->end(), std::back_inserter(merged), earlier);
  return std::make_shared<const std::vector<RowFault>>(std::move(merged));
}

std::optional<Column> evaluate_constant(const std::vector<TypedNode>& nodes, int node) {
  const Batch none{.schema = nullptr, .columns = {}, .rows = 1};
  const EvalContext context;
  Computed value = Evaluator(nodes, none, context, Rows::all(1)).evaluate(node);
  if (value.faults != nullptr) return std::nullopt;
  return repeat(flatten(value.column), 1);
}

const Evaluator::RowSet& Evaluator::narrow(int id, const RowSet& parent, const RowBits& rows) {
  const Kind kind = node_of(id).kind;
  if (kind == Kind::kColumn || kind == Kind::kConstant || rows.count() == parent.rows.count()) return parent;
  sets_.push_back({.rows = parent.rows, .storage = rows.indices(), .parent = &parent});
  RowSet& set = sets_.back();
  set.rows = Rows::some(parent.rows.total(), set.storage);
  return set;
}

Computed Evaluator::compute(int id, const RowSet& set) {
  const TypedNode& node = node_of(id);
  const size_t total = set.rows.total();
  if (node.kind == Kind::kConstant) return {repeat(node.constant, total), nullptr};
  if (node.kind == Kind::kColumn) return {batch_.columns[static_cast<size_t>(node.slot)], nullptr};
  std::vector<Memo>& memos = memo_[static_cast<size_t>(id)];
  for (const Memo& memo : memos) {
    for (const RowSet* at = &set; at != nullptr; at = at->parent) {
      if (at == memo.set) return {memo.value.column, only(memo.value.faults, set.rows)};
    }
  }
  if (set.rows.empty()) return {null_column(node.type, total), nullptr};
  Computed value = compute_fresh(id, set);
  memos.push_back({&set, value});
  return value;
}

Computed Evaluator::compute_fresh(int id, const RowSet& set) {
  switch (node_of(id).kind) {
    case Kind::kCase: return conditional(id, set);
    case Kind::kCoalesce: return coalesce(id, set);
    case Kind::kAnd:
    case Kind::kOr: return logic(id, set);
    case Kind::kLambda: return lambda(id, set);
    default: return call(id, set);
  }
}

Computed Evaluator::call(int id, const RowSet& set) {
  const TypedNode& node = node_of(id);
  std::vector<Column> args;
  args.reserve(node.args.size());
  RowFaults faults;
  for (const int arg : node.args) {
    Computed computed = compute(arg, set);
    args.push_back(std::move(computed.column));
    faults = merge(std::move(faults), std::move(computed.faults));
  }
  Collector own(node);
  Column column = node.kernel(Call(args, set.rows, context_, node.quiet ? nullptr : &own, static_cast<uint32_t>(id)));
  MILLRACE_ASSERT(column.rows == set.rows.total(), "a kernel gave another number of rows: " + node.shown);
  return {std::move(column), merge(std::move(faults), own.take())};
}

Computed Evaluator::conditional(int id, const RowSet& set) {
  const TypedNode& node = node_of(id);
  RowBits open(set.rows);
  const RowSet* rest = &set;
  RowFaults faults;
  std::vector<Choice> choices;
  const auto take = [&](int arg, RowBits rows) {
    Computed value = compute(arg, narrow(arg, *rest, rows));
    faults = merge(std::move(faults), std::move(value.faults));
    choices.push_back({std::move(value.column), std::move(rows)});
  };
  for (size_t i = 0; i + 1 < node.args.size() && open.any(); i += 2) {
    rest = &narrow(node.args[i], *rest, open);
    const Computed condition = compute(node.args[i], *rest);
    faults = merge(std::move(faults), condition.faults);
    RowBits yes = open.take_true(condition.column);
    if (yes.any()) take(node.args[i + 1], std::move(yes));
  }
  if (node.args.size() % 2 == 1 && open.any()) take(node.args.back(), std::move(open));
  return {choose(node.type, std::move(choices), set.rows), std::move(faults)};
}

Computed Evaluator::coalesce(int id, const RowSet& set) {
  const TypedNode& node = node_of(id);
  RowBits open(set.rows);
  const RowSet* rest = &set;
  RowFaults faults;
  std::vector<Choice> choices;
  for (const int arg : node.args) {
    if (!open.any()) break;
    rest = &narrow(arg, *rest, open);
    Computed value = compute(arg, *rest);
    faults = merge(std::move(faults), std::move(value.faults));
    RowBits found = open.take_valid(value.column);
    choices.push_back({std::move(value.column), std::move(found)});
  }
  return {choose(node.type, std::move(choices), set.rows), std::move(faults)};
}

Computed Evaluator::logic(int id, const RowSet& set) {
  const TypedNode& node = node_of(id);
  const bool is_and = node.kind == Kind::kAnd;
  Computed result = compute(node.args[0], set);
  RowBits open(set.rows);
  const RowSet* rest = &set;
  for (size_t i = 1; i < node.args.size(); ++i) {
    open.keep_undecided(result.column, is_and);
    if (!open.any()) break;
    rest = &narrow(node.args[i], *rest, open);
    Computed right = compute(node.args[i], *rest);
    result.column = is_and ? and_columns(result.column, right.column) : or_columns(result.column, right.column);
    result.faults = merge(std::move(result.faults), std::move(right.faults));
  }
  return result;
}

}  // namespace millrace
