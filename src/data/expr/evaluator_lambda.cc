// Functions that take a lambda. A body is computed over all elements of all rows at once, with the columns of the row
// repeated for each of its elements; aggregate goes element by element, over all rows that still have one.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/random.h"
#include "data/builder.h"
#include "data/expr/collection_access.h"
#include "data/expr/comparison.h"
#include "data/expr/evaluator.h"
#include "data/expr/row_random.h"

namespace millrace {
namespace {

using Lambda = TypedNode::Lambda;

// The elements of all rows in one list.
struct Elements {
  std::vector<uint32_t> parents;   // the row of each
  std::vector<uint32_t> at;        // where it is in the collection's children
  std::vector<uint32_t> ordinals;  // which of its row, from 0
};

Elements elements_of(const Column& collection, const Rows& rows) {
  Elements elements;
  const auto lists = {&elements.parents, &elements.at, &elements.ordinals};
  for (std::vector<uint32_t>* list : lists) list->resize(collection.children[0].rows);  // there are no more
  size_t count = 0;
  rows.for_each([&](size_t row) {
    if (collection.is_null(row)) return;
    const Column::Range range = collection.range_at(row);
    for (size_t at = range.begin; at < range.end; ++at, ++count) {
      elements.parents[count] = static_cast<uint32_t>(row);
      elements.at[count] = static_cast<uint32_t>(at);
      elements.ordinals[count] = static_cast<uint32_t>(at - range.begin);
    }
  });
  for (std::vector<uint32_t>* list : lists) list->resize(count);
  return elements;
}

Column as_ints(const std::vector<uint32_t>& ordinals) {
  FixedBuilder<int32_t> builder(TypeKind::kInt, ordinals.size());
  for (const uint32_t ordinal : ordinals) builder.append(static_cast<int32_t>(ordinal));
  return builder.finish();
}

// What the body's rows may know: as the rows they belong to, but each draws chance of its own.
class BodyContext {
 public:
  BodyContext(const EvalContext& outer, int node, const Program& body, const std::vector<uint32_t>& parents,
              std::span<const uint32_t> ordinals)
      : context_(outer) {
    context_.record_of_row = nullptr;
    context_.sibling_of_row = nullptr;
    if (!body.draws_chance()) return;
    context_.seed = Random(outer.seed ^ (static_cast<uint64_t>(node) + 1)).next();
    context_.first_record = 0;
    std::pair<uint64_t, uint64_t> place;
    for (size_t i = 0; i < parents.size(); ++i) {
      if (i == 0 || parents[i] != parents[i - 1]) place = place_of(outer, parents[i]);
      records_.push_back(static_cast<uint32_t>(place.first));
      siblings_.push_back(Random(place.second ^ Random(place.first ^ ordinals[i]).next()).next());
    }
    context_.record_of_row = records_.data();
    context_.sibling_of_row = siblings_.data();
  }
  BodyContext(const BodyContext&) = delete;
  BodyContext& operator=(const BodyContext&) = delete;
  const EvalContext& get() const { return context_; }

 private:
  EvalContext context_;
  std::vector<uint32_t> records_;
  std::vector<uint64_t> siblings_;
};

// The rows that stay of a list: `counts` of each row, those of null rows being 0.
Column lists(const Type& type, std::vector<Column> children, const std::vector<int32_t>& counts, BufferRef validity) {
  Column out{.type = type, .rows = counts.size(), .validity = std::move(validity)};
  Buffer offsets((counts.size() + 1) * sizeof(int32_t));
  auto* to = offsets.as<int32_t>();
  to[0] = 0;
  for (size_t row = 0; row < counts.size(); ++row) to[row + 1] = to[row] + counts[row];
  out.offsets = share(std::move(offsets));
  for (Column& child : children) out.children.push_back(flatten(child));
  return out;
}

std::vector<int32_t> counts_of(const std::vector<uint32_t>& parents, size_t rows) {
  std::vector<int32_t> counts(rows, 0);
  for (const uint32_t parent : parents) ++counts[parent];
  return counts;
}

// exists and forall, three-valued: null when no element decides and some are null.
Column quantify(bool decides, const Column& collection, const std::vector<uint32_t>& parents, const Column& body) {
  std::vector<uint8_t> state(collection.rows, 0);  // 1: decided, 2: a null was there
  for (size_t i = 0; i < parents.size(); ++i) {
    if (body.is_null(i)) {
      state[parents[i]] |= 2;
    } else if (body.bool_at(i) == decides) {
      state[parents[i]] |= 1;
    }
  }
  BoolBuilder out(collection.rows);
  for (size_t row = 0; row < collection.rows; ++row) {
    if (collection.is_null(row) || state[row] == 2) {
      out.append_null();
    } else {
      out.append((state[row] & 1) != 0 ? decides : !decides);
    }
  }
  return out.finish();
}

// The elements whose condition is true.
Column keep_true(const TypedNode& node, const Column& collection, const Elements& elements, const Column& body) {
  std::vector<uint32_t> kept;
  std::vector<int32_t> counts(collection.rows, 0);
  for (size_t i = 0; i < elements.at.size(); ++i) {
    if (body.is_null(i) || !body.bool_at(i)) continue;
    kept.push_back(elements.at[i]);
    ++counts[elements.parents[i]];
  }
  std::vector<Column> children;
  for (const Column& child : collection.children) children.push_back(gather(child, kept));
  return lists(node.type, std::move(children), counts, collection.validity);
}

// New keys must be there and differ; a row where they do not is a fault.
void check_keys(const Column& keys, const std::vector<uint32_t>& parents, Collector& faults) {
  RowSet seen;
  for (size_t i = 0; i < parents.size(); ++i) {
    if (i > 0 && parents[i] != parents[i - 1]) seen.clear();
    if (keys.is_null(i)) {
      faults.fault(parents[i], "a map's key is null");
    } else if (!seen.insert({&keys, i}).second) {
      faults.fault(parents[i], fmt::format("the key {} is twice in the map", format_value(keys, i)));
    }
  }
}

Column collect(const TypedNode& node, const Column& collection, const Elements& elements, const Column& body,
               Collector& faults) {
  switch (node.lambda) {
    case Lambda::kExists:
    case Lambda::kForall: return quantify(node.lambda == Lambda::kExists, collection, elements.parents, body);
    case Lambda::kFilter:
    case Lambda::kMapFilter: return keep_true(node, collection, elements, body);
    default: break;
  }
  std::vector<Column> children;
  if (node.lambda == Lambda::kTransformKeys) check_keys(body, elements.parents, faults);
  if (node.lambda == Lambda::kTransformValues) children.push_back(gather(collection.children[0], elements.at));
  children.push_back(body);
  if (node.lambda == Lambda::kTransformKeys) children.push_back(gather(collection.children[1], elements.at));
  return lists(node.type, std::move(children), counts_of(elements.parents, collection.rows), collection.validity);
}

void report(const Evaluated& body, const std::vector<uint32_t>& parents, Collector& to) {
  for (const ExprFault& fault : body.faults) {
    to.fault(parents[fault.row], fmt::format("{}: {}", fault.subject, fault.reason));
  }
}

// Two collections side by side: of each pair its row, and where its halves are; kNullIndex where one has none.
struct Pairs {
  std::vector<uint32_t> parents, left, right, ordinals;
  std::vector<int32_t> counts;

  void add(size_t row, uint32_t l, uint32_t r) {
    parents.push_back(static_cast<uint32_t>(row));
    left.push_back(l);
    right.push_back(r);
    ordinals.push_back(static_cast<uint32_t>(counts[row]++));
  }
};

void pair_places(const Column& left, const Column& right, size_t row, Pairs& pairs) {
  const Column::Range l = left.range_at(row);
  const Column::Range r = right.range_at(row);
  const size_t count = std::max(l.end - l.begin, r.end - r.begin);
  for (size_t i = 0; i < count; ++i) {
    pairs.add(row, i < l.end - l.begin ? static_cast<uint32_t>(l.begin + i) : kNullIndex,
              i < r.end - r.begin ? static_cast<uint32_t>(r.begin + i) : kNullIndex);
  }
}

// By key: those of the left map in its order, then what only the right one has.
void pair_keys(const Column& left, const Column& right, size_t row, Pairs& pairs) {
  const Column::Range l = left.range_at(row);
  const Column::Range r = right.range_at(row);
  for (size_t at = l.begin; at < l.end; ++at) {
    pairs.add(row, static_cast<uint32_t>(at), map_entry(right, row, left.children[0], at));
  }
  for (size_t at = r.begin; at < r.end; ++at) {
    if (map_entry(left, row, right.children[0], at) != kNullIndex) continue;
    pairs.add(row, kNullIndex, static_cast<uint32_t>(at));
  }
}

Column either_key(const Column& left, const Column& right, const Pairs& pairs) {
  ColumnBuilder keys(left.type);
  for (size_t i = 0; i < pairs.left.size(); ++i) {
    const bool from_left = pairs.left[i] != kNullIndex;
    keys.append_from(from_left ? left : right, from_left ? pairs.left[i] : pairs.right[i]);
  }
  return keys.finish();
}

}  // namespace

Computed Evaluator::lambda(int id, const RowSet& set) {
  switch (node_of(id).lambda) {
    case Lambda::kAggregate: return aggregate(id, set);
    case Lambda::kZipWith:
    case Lambda::kMapZipWith: return zip(id, set);
    case Lambda::kSort: return sort(id, set);
    default: return each_element(id, set);
  }
}

// The body over elements: `params` are its last columns, `parents` the rows they are of.
Evaluated Evaluator::evaluate_body(int id, const Program& body, const std::vector<uint32_t>& parents,
                                   std::span<const uint32_t> ordinals, std::vector<Column> params) const {
  const auto first = static_cast<size_t>(node_of(id).first_param_slot);
  Batch inner;
  inner.rows = parents.size();
  inner.columns.resize(first + params.size());
  for (const int slot : body.columns_used()) {
    const auto at = static_cast<size_t>(slot);
    if (at < first) inner.columns[at] = gather(batch_.columns[at], parents);
  }
  std::move(params.begin(), params.end(), inner.columns.begin() + static_cast<std::ptrdiff_t>(first));
  const BodyContext context(context_, id, body, parents, ordinals);
  return body.evaluate(inner, Rows::all(inner.rows), context.get());
}

Computed Evaluator::each_element(int id, const RowSet& set) {
  const TypedNode& node = node_of(id);
  Computed over = compute(node.args[0], set);
  const Column collection = flatten(over.column);
  const Elements elements = elements_of(collection, set.rows);
  std::vector<Column> params{gather(collection.children[0], elements.at)};
  if (node.params == 2) {
    const bool map = collection.type.is(TypeKind::kMap);
    params.push_back(map ? gather(collection.children[1], elements.at) : as_ints(elements.ordinals));
  }
  const Evaluated body = evaluate_body(id, *node.body, elements.parents, elements.ordinals, std::move(params));
  Collector own(node);
  report(body, elements.parents, own);
  Column column = collect(node, collection, elements, flatten(body.columns[0]), own);
  return {std::move(column), merge(std::move(over.faults), own.take())};
}

Computed Evaluator::zip(int id, const RowSet& set) {
  const TypedNode& node = node_of(id);
  Computed first = compute(node.args[0], set);
  Computed second = compute(node.args[1], set);
  const Column left = flatten(first.column);
  const Column right = flatten(second.column);
  const bool maps = node.lambda == Lambda::kMapZipWith;
  Pairs pairs;
  pairs.counts.resize(set.rows.total(), 0);
  ValidityBuilder validity;
  set.rows.for_each([&](size_t row) {
    while (validity.rows() < row) validity.append(false);
    const bool both = !left.is_null(row) && !right.is_null(row);
    validity.append(both);
    if (both) (maps ? pair_keys : pair_places)(left, right, row, pairs);
  });
  while (validity.rows() < set.rows.total()) validity.append(false);
  std::vector<Column> params{gather(left.children[maps ? 1 : 0], pairs.left),
                             gather(right.children[maps ? 1 : 0], pairs.right)};
  const Column keys = maps ? either_key(left.children[0], right.children[0], pairs) : Column();
  if (maps) params.insert(params.begin(), keys);
  const Evaluated body = evaluate_body(id, *node.body, pairs.parents, pairs.ordinals, std::move(params));
  Collector own(node);
  report(body, pairs.parents, own);
  std::vector<Column> children{body.columns[0]};
  if (maps) children.insert(children.begin(), keys);
  Column column = lists(node.type, std::move(children), pairs.counts, validity.finish());
  return {std::move(column), merge(merge(std::move(first.faults), std::move(second.faults)), own.take())};
}

Computed Evaluator::aggregate(int id, const RowSet& set) {
  const TypedNode& node = node_of(id);
  Computed over = compute(node.args[0], set);
  Computed start = compute(node.args[1], set);
  RowFaults faults = merge(std::move(over.faults), std::move(start.faults));
  const Column collection = flatten(over.column);
  std::vector<uint32_t> rows;  // that have elements left, and for each what it has come to
  set.rows.for_each([&](size_t row) {
    if (!collection.is_null(row)) rows.push_back(static_cast<uint32_t>(row));
  });
  Column sums = gather(start.column, rows);
  Collector own(node);
  std::vector<uint32_t> ended;
  ColumnBuilder results(sums.type);
  for (uint32_t step = 0; !rows.empty(); ++step) {
    std::vector<uint32_t> going, next_rows, elements;
    for (uint32_t i = 0; i < rows.size(); ++i) {
      const Column::Range range = collection.range_at(rows[i]);
      if (range.begin + step >= range.end) {
        ended.push_back(rows[i]);
        results.append_from(sums, i);
        continue;
      }
      going.push_back(i);
      next_rows.push_back(rows[i]);
      elements.push_back(static_cast<uint32_t>(range.begin + step));
    }
    if (going.size() < rows.size()) sums = gather(sums, going);
    rows = std::move(next_rows);
    if (rows.empty()) break;
    const std::vector<uint32_t> ordinals(rows.size(), step);
    Evaluated body =
        evaluate_body(id, *node.body, rows, ordinals, {std::move(sums), gather(collection.children[0], elements)});
    report(body, rows, own);
    sums = flatten(body.columns[0]);
    if (body.faults.empty()) continue;
    std::vector<uint32_t> well;
    next_rows.clear();
    for (uint32_t i = 0, at = 0; i < rows.size(); ++i) {
      while (at < body.faults.size() && body.faults[at].row < i) ++at;
      if (at < body.faults.size() && body.faults[at].row == i) continue;
      well.push_back(i);
      next_rows.push_back(rows[i]);
    }
    sums = gather(sums, well);
    rows = std::move(next_rows);
  }
  Column result = results.finish();
  if (node.finish != nullptr) {
    const std::vector<uint32_t> ordinals(ended.size(), UINT32_MAX);
    Evaluated finished = evaluate_body(id, *node.finish, ended, ordinals, {std::move(result)});
    report(finished, ended, own);
    result = std::move(finished.columns[0]);
  }
  std::vector<uint32_t> from(set.rows.total(), kNullIndex);
  for (uint32_t i = 0; i < ended.size(); ++i) from[ended[i]] = i;
  return {gather(result, from), merge(std::move(faults), own.take())};
}

namespace {

// Merge sort from the bottom up, of all rows in step, so that the comparisons of one step are one batch.
class LockstepSort {
 public:
  LockstepSort(Elements elements, size_t rows) : elements_(std::move(elements)), failed_(rows, false) {}

  // compare(parents, ordinals, a, b) -> the order of the elements at a and at b, for each; null is a fault.
  template <typename Compare, typename Fail>
  void run(Compare&& compare, Fail&& fail) {
    for (size_t width = 1; plan(width); width *= 2) {
      while (!merges_.empty()) {
        std::vector<uint32_t> parents, ordinals, a, b;
        for (const Merge& one : merges_) {
          parents.push_back(elements_.parents[one.to]);
          ordinals.push_back(asked_++);
          a.push_back(elements_.at[one.left]);
          b.push_back(elements_.at[one.right]);
        }
        const Column order = compare(parents, ordinals, a, b);
        advance(order, parents, fail);
      }
      elements_.at.swap(sorted_);
    }
  }
  const Elements& elements() const { return elements_; }

 private:
  struct Merge {
    size_t left, left_end, right, right_end, to;
  };

  // The pairs of runs of `width`; false when every row is one run.
  bool plan(size_t width) {
    merges_.clear();
    sorted_ = elements_.at;
    bool more = false;
    for (size_t begin = 0; begin < elements_.at.size();) {
      size_t end = begin;
      while (end < elements_.at.size() && elements_.parents[end] == elements_.parents[begin]) ++end;
      for (size_t at = begin; at + width < end && !failed_[elements_.parents[begin]]; at += 2 * width) {
        merges_.push_back({at, at + width, at + width, std::min(at + 2 * width, end), at});
        more = true;
      }
      begin = end;
    }
    return more;
  }

  template <typename Fail>
  void advance(const Column& order, const std::vector<uint32_t>& parents, Fail&& fail) {
    std::vector<Merge> open;
    for (size_t i = 0; i < merges_.size(); ++i) {
      Merge one = merges_[i];
      if (order.is_null(i)) {
        if (!failed_[parents[i]]) fail(parents[i]);
        failed_[parents[i]] = true;
      }
      if (failed_[parents[i]]) continue;
      size_t& taken = order.at<int32_t>(i) > 0 ? one.right : one.left;
      sorted_[one.to++] = elements_.at[taken++];
      if (one.left < one.left_end && one.right < one.right_end) {
        open.push_back(one);
        continue;
      }
      const auto from = elements_.at.begin();
      const auto to = sorted_.begin() + static_cast<std::ptrdiff_t>(one.to);
      const auto rest =
          std::copy(from + static_cast<std::ptrdiff_t>(one.left), from + static_cast<std::ptrdiff_t>(one.left_end), to);
      std::copy(from + static_cast<std::ptrdiff_t>(one.right), from + static_cast<std::ptrdiff_t>(one.right_end), rest);
    }
    merges_ = std::move(open);
  }

  Elements elements_;
  std::vector<uint32_t> sorted_;
  std::vector<Merge> merges_;
  std::vector<bool> failed_;  // by row
  uint32_t asked_ = 0;
};

}  // namespace

Computed Evaluator::sort(int id, const RowSet& set) {
  const TypedNode& node = node_of(id);
  Computed over = compute(node.args[0], set);
  const Column collection = flatten(over.column);
  const Column& items = collection.children[0];
  Collector own(node);
  LockstepSort sort(elements_of(collection, set.rows), set.rows.total());
  sort.run(
      [&](const std::vector<uint32_t>& parents, const std::vector<uint32_t>& ordinals, const std::vector<uint32_t>& a,
          const std::vector<uint32_t>& b) {
        const Evaluated body = evaluate_body(id, *node.body, parents, ordinals, {gather(items, a), gather(items, b)});
        report(body, parents, own);
        return flatten(body.columns[0]);
      },
      [&](uint32_t row) { own.fault(row, "the lambda gives null, which is no order"); });
  const Elements& sorted = sort.elements();
  Column column =
      lists(node.type, {gather(items, sorted.at)}, counts_of(sorted.parents, set.rows.total()), collection.validity);
  return {std::move(column), merge(std::move(over.faults), own.take())};
}

}  // namespace millrace
