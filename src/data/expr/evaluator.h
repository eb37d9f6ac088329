#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/expr/bits.h"
#include "data/expr/expr.h"
#include "data/expr/typed.h"

namespace millrace {

struct RowFault {
  uint32_t row;
  std::string subject;
  std::string reason;
};
// Ascending by row, one per row; absent when there are none.
using RowFaults = std::shared_ptr<const std::vector<RowFault>>;

// Gathers the faults of one node.
class Collector final : public FaultSink {
 public:
  explicit Collector(const TypedNode& node) : node_(node) {}
  void fault(size_t row, std::string_view message) override;
  RowFaults take();

 private:
  const TypedNode& node_;
  std::vector<RowFault> faults_;
};

// A row keeps the fault that came first.
RowFaults merge(RowFaults first, RowFaults second);

struct Computed {
  Column column;
  RowFaults faults;  // of the node and of everything it needed
};

// Computes nodes of a graph over one batch, each at most once per row it is needed on. Lives as long as one evaluate().
class Evaluator {
 public:
  Evaluator(const std::vector<TypedNode>& nodes, const Batch& batch, const EvalContext& context, const Rows& rows)
      : nodes_(nodes), batch_(batch), context_(context), memo_(nodes.size()) {
    sets_.push_back({.rows = rows, .storage = {}, .parent = nullptr});
  }

  Computed evaluate(int id) { return compute(id, sets_.front()); }

 private:
  // The rows some part is asked for. A condition narrows the set it stands in, so what was computed for a set serves
  // all the sets below it.
  struct RowSet {
    Rows rows;
    std::vector<uint32_t> storage;
    const RowSet* parent = nullptr;
  };
  struct Memo {
    const RowSet* set;
    Computed value;
  };

  Computed compute(int id, const RowSet& set);
  Computed compute_fresh(int id, const RowSet& set);
  Computed call(int id, const RowSet& set);
  Computed conditional(int id, const RowSet& set);
  Computed coalesce(int id, const RowSet& set);
  Computed logic(int id, const RowSet& set);
  // evaluator_lambda.cc
  Computed lambda(int id, const RowSet& set);
  Computed each_element(int id, const RowSet& set);
  Computed zip(int id, const RowSet& set);
  Computed aggregate(int id, const RowSet& set);
  Computed sort(int id, const RowSet& set);
  Evaluated evaluate_body(int id, const Program& body, const std::vector<uint32_t>& parents,
                          std::span<const uint32_t> ordinals, std::vector<Column> params) const;
  const TypedNode& node_of(int id) const { return nodes_[static_cast<size_t>(id)]; }
  // `rows` of the parent as a set; the parent itself where that is all of it, or where the node is a column or a
  // constant, which is there for every row.
  const RowSet& narrow(int id, const RowSet& parent, const RowBits& rows);

  const std::vector<TypedNode>& nodes_;
  const Batch& batch_;
  const EvalContext& context_;
  std::deque<RowSet> sets_;
  std::vector<std::vector<Memo>> memo_;
};

// Rows of several columns put together: each comes from the choice that has it, and is null where none has. No row is
// in two.
struct Choice {
  Column column;
  RowBits rows;
};
Column choose(const Type& type, std::vector<Choice> choices, const Rows& rows);

// The same column with some rows null.
Column with_nulls(const Column& column, const std::vector<RowFault>& faults);

}  // namespace millrace
