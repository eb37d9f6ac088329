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

// Rows where a condition is true, and the others; without a branch on what cannot be foreseen.
struct Parted {
  std::vector<uint32_t> yes, no;
};
Parted part(const Column& condition, const Rows& rows) {
  // One more than either can hold: every row is written to both, and counted in one.
  Parted parted{std::vector<uint32_t>(rows.count() + 1), std::vector<uint32_t>(rows.count() + 1)};
  uint32_t* yes = parted.yes.data();
  uint32_t* no = parted.no.data();
  rows.for_each([&](size_t row) {
    const bool is_true = !condition.is_null(row) && condition.bool_at(row);
    *yes = *no = static_cast<uint32_t>(row);
    yes += is_true ? 1 : 0;
    no += is_true ? 0 : 1;
  });
  parted.yes.resize(static_cast<size_t>(yes - parted.yes.data()));
  parted.no.resize(static_cast<size_t>(no - parted.no.data()));
  return parted;
}

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

const Evaluator::RowSet& Evaluator::narrow(const RowSet& parent, std::vector<uint32_t> rows) {
  if (rows.size() == parent.rows.count()) return parent;
  sets_.push_back({.rows = parent.rows, .storage = std::move(rows), .parent = &parent});
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
  const RowSet* rest = &set;
  RowFaults faults;
  std::vector<Column> values;
  std::vector<uint16_t> source(set.rows.total(), kNoSource);
  const auto take = [&](int arg, const RowSet& rows) {
    Computed value = compute(arg, rows);
    faults = merge(std::move(faults), std::move(value.faults));
    rows.rows.for_each([&](size_t row) { source[row] = static_cast<uint16_t>(values.size()); });
    values.push_back(std::move(value.column));
  };
  for (size_t i = 0; i + 1 < node.args.size() && !rest->rows.empty(); i += 2) {
    const Computed condition = compute(node.args[i], *rest);
    faults = merge(std::move(faults), condition.faults);
    auto [yes, no] = part(condition.column, rest->rows);
    if (!yes.empty()) {
      const RowSet& then = narrow(*rest, std::move(yes));
      if (then.rows.count() == set.rows.count()) {
        Computed value = compute(node.args[i + 1], then);
        return {std::move(value.column), merge(std::move(faults), std::move(value.faults))};
      }
      take(node.args[i + 1], then);
    }
    rest = &narrow(*rest, std::move(no));
  }
  if (node.args.size() % 2 == 1 && !rest->rows.empty()) take(node.args.back(), *rest);
  if (values.size() == 1 && rest == &set && node.args.size() % 2 == 1) return {std::move(values[0]), std::move(faults)};
  return {choose(node.type, values, source), std::move(faults)};
}

Computed Evaluator::coalesce(int id, const RowSet& set) {
  const TypedNode& node = node_of(id);
  const RowSet* rest = &set;
  RowFaults faults;
  std::vector<Column> values;
  std::vector<uint16_t> source(set.rows.total(), kNoSource);
  for (const int arg : node.args) {
    if (rest->rows.empty()) break;
    Computed value = compute(arg, *rest);
    faults = merge(std::move(faults), std::move(value.faults));
    if (rest == &set && !value.column.may_have_nulls()) return {std::move(value.column), std::move(faults)};
    std::vector<uint32_t> missing;
    rest->rows.for_each([&](size_t row) {
      if (value.column.is_null(row)) {
        missing.push_back(static_cast<uint32_t>(row));
      } else {
        source[row] = static_cast<uint16_t>(values.size());
      }
    });
    values.push_back(std::move(value.column));
    rest = &narrow(*rest, std::move(missing));
  }
  return {choose(node.type, values, source), std::move(faults)};
}

Computed Evaluator::logic(int id, const RowSet& set) {
  const TypedNode& node = node_of(id);
  const bool is_and = node.kind == Kind::kAnd;
  Computed result = compute(node.args[0], set);
  const RowSet* rest = &set;
  for (size_t i = 1; i < node.args.size(); ++i) {
    std::vector<uint32_t> open;
    rest->rows.for_each([&](size_t row) {
      if (result.column.is_null(row) || result.column.bool_at(row) == is_and)
        open.push_back(static_cast<uint32_t>(row));
    });
    rest = &narrow(*rest, std::move(open));
    if (rest->rows.empty()) break;
    Computed right = compute(node.args[i], *rest);
    result.column = is_and ? and_columns(result.column, right.column) : or_columns(result.column, right.column);
    result.faults = merge(std::move(result.faults), std::move(right.faults));
  }
  return result;
}

}  // namespace millrace
