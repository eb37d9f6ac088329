#include "flow/query/select.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/spelling.h"
#include "data/builder.h"
#include "data/cql/value.h"
#include "wire/cql/parser.h"

namespace millrace {
namespace {

constexpr size_t kRowsAtOnce = 1'000;

KeyComparison comparison_of(cql::Operator op) {
  switch (op) {
    case cql::Operator::kEqual: return KeyComparison::kEqual;
    case cql::Operator::kIn: return KeyComparison::kIn;
    case cql::Operator::kLess: return KeyComparison::kLess;
    case cql::Operator::kLessOrEqual: return KeyComparison::kLessOrEqual;
    case cql::Operator::kGreater: return KeyComparison::kGreater;
    case cql::Operator::kGreaterOrEqual: return KeyComparison::kGreaterOrEqual;
  }
  MILLRACE_UNREACHABLE("comparison");
}

class Query {
 public:
  Query(const TableStore& tables, std::string_view statement, const cql::Select& select, const TakeRows& take)
      : tables_(tables), statement_(statement), select_(select), take_(take) {}

  Status run() {
    TRY_STATUS(find_table());
    TRY_STATUS(columns());
    TRY_STATUS(conditions());
    TRY_STATUS(order());
    TRY_STATUS(limit());
    TRY(plan, tables_.plan(request_));
    if (!plan.filtered.empty() && !select_.allow_filtering) {
      return fail(select_.where[0].column.at,
                  fmt::format("every row has to be looked at to find {}; add ALLOW FILTERING to have that done",
                              fmt::join(plan.filtered, ", ")));
    }
    return select_.count ? count() : rows();
  }

 private:
  Error fail(cql::Place at, std::string_view message) const {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{}\n{}", message, cql::mark(statement_, at)));
  }

  Status find_table() {
    const std::string& name = select_.from.table.text;
    std::vector<std::string> names;
    for (const TableRef& table : tables_.tables()) {
      const bool here = !select_.from.keyspace || table->keyspace == select_.from.keyspace->text;
      if (table->name == name && here) {
        if (request_.table != nullptr) {
          return fail(select_.from.table.at,
                      fmt::format("several keyspaces have a table {}; write keyspace.{}", name, name));
        }
        request_.table = table;
      }
      names.push_back(table->full_name());
    }
    if (request_.table != nullptr) return {};
    const std::string wanted = select_.from.keyspace ? select_.from.keyspace->text + "." + name : name;
    const auto near = nearest_spelling(wanted, names);
    return fail(select_.from.table.at,
                fmt::format("there is no table {}; {}", wanted,
                            near            ? fmt::format("did you mean {}?", *near)
                            : names.empty() ? "there are none so far"
                                            : fmt::format("there are: {}", fmt::join(names, ", "))));
  }

  Result<const ColumnDef*> column(const cql::Name& name) const {
    const auto index = request_.table->index_of(name.text);
    if (!index.ok()) return fail(name.at, index.error().message());
    return &request_.table->columns[*index];
  }

  Status columns() {
    if (select_.count) return {};
    for (const cql::Selector& selector : select_.selectors) {
      TRY(found, column(selector.column));
      if (select_.distinct && found->role != ColumnRole::kPartition) {
        return fail(selector.column.at,
                    fmt::format("DISTINCT takes columns of the partition key, and {} is none", found->name));
      }
      request_.columns.push_back(found->name);
      names_.push_back(selector.alias ? selector.alias->text : found->name);
    }
    if (!request_.columns.empty()) return {};
    for (const ColumnDef& all : request_.table->columns) {
      request_.columns.push_back(all.name);
      names_.push_back(all.name);
    }
    return {};
  }

  Status conditions() {
    for (const cql::Relation& relation : select_.where) {
      TRY(found, column(relation.column));
      Condition condition{.column = found->name, .comparison = comparison_of(relation.op)};
      for (const cql::Literal& literal : relation.values) {
        if (literal.kind == cql::Literal::Kind::kBind) return fail(literal.at, "there is nothing to put in here");
        if (!literal.elements.empty()) return fail(literal.at, "a condition compares with a single value");
        auto value = cql_value_of(found->type, literal.text);
        if (!value.ok()) return fail(literal.at, fmt::format("{}: {}", found->name, value.error().message()));
        condition.values.push_back(std::move(*value));
      }
      request_.where.push_back(std::move(condition));
    }
    return {};
  }

  // Rows come in the order of the clustering key, or all the way against it.
  Status order() {
    const TableDef& table = *request_.table;
    for (size_t i = 0; i < select_.order_by.size(); ++i) {
      const cql::Ordering& ordering = select_.order_by[i];
      TRY(found, column(ordering.column));
      const size_t expected = table.partition_columns + i;
      if (expected >= table.key_columns() || table.columns[expected].name != found->name) {
        return fail(ordering.column.at, "ORDER BY takes the columns of the clustering key, in their order");
      }
      const bool against = ordering.descending != found->descending;
      if (i > 0 && against != request_.reversed) {
        return fail(ordering.column.at, "rows can be sorted as the table is or all the way against it");
      }
      request_.reversed = against;
    }
    if (select_.order_by.empty()) return {};
    for (size_t i = 0; i < table.partition_columns; ++i) {
      const bool known = std::any_of(request_.where.begin(), request_.where.end(), [&](const Condition& condition) {
        return condition.column == table.columns[i].name && condition.comparison == KeyComparison::kEqual;
      });
      if (!known) {
        return fail(select_.order_by[0].column.at,
                    fmt::format("ORDER BY sorts within one partition: add {} = ... to WHERE", table.columns[i].name));
      }
    }
    return {};
  }

  Status limit() {
    if (!select_.limit) return {};
    const std::string& text = select_.limit->text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), left_);
    if (error != std::errc() || end != text.data() + text.size() || left_ == 0) {
      return fail(select_.limit->at, "LIMIT takes a whole number above 0");
    }
    return {};
  }

  Status count() {
    TRY(rows, tables_.count(request_));
    Batch batch;
    batch.rows = 1;
    batch.schema = std::make_shared<const Schema>(
        Schema{.fields = {{select_.alias ? select_.alias->text : "count", TypeKind::kBigint}}});
    batch.columns.push_back(constant_fixed<int64_t>(TypeKind::kBigint, static_cast<int64_t>(rows)));
    return take_(batch);
  }

  Status rows() {
    TRY(scan, tables_.scan(request_));
    bool first = true;
    while (left_ > 0) {
      TRY(batch, scan->next(select_.distinct ? kRowsAtOnce : std::min(left_, kRowsAtOnce)));
      if (batch.rows == 0 && !first) return {};
      const bool ended = batch.rows == 0;
      first = false;
      if (select_.distinct) batch = distinct(batch);
      left_ -= batch.rows;
      rename(batch);
      TRY_STATUS(take_(batch));
      if (ended) return {};
    }
    return {};
  }

  // Rows of one partition stand behind each other.
  Batch distinct(const Batch& batch) {
    std::vector<uint32_t> keep;
    for (uint32_t row = 0; row < batch.rows && keep.size() < left_; ++row) {
      const Batch& before = row == 0 ? last_ : batch;
      const size_t before_row = row == 0 ? 0 : row - 1;
      const bool same =
          before.rows > 0 &&
          std::equal(batch.columns.begin(), batch.columns.end(), before.columns.begin(),
                     [&](const Column& now, const Column& then) { return equal_rows(now, row, then, before_row); });
      if (!same) keep.push_back(row);
    }
    if (batch.rows > 0) last_ = rows_of(batch, std::vector<uint32_t>{static_cast<uint32_t>(batch.rows - 1)});
    return rows_of(batch, keep);
  }

  static Batch rows_of(const Batch& batch, const std::vector<uint32_t>& rows) {
    Batch out;
    out.schema = batch.schema;
    out.rows = rows.size();
    for (const Column& column : batch.columns) out.columns.push_back(gather(column, rows));
    return out;
  }

  void rename(Batch& batch) const {
    Schema schema = *batch.schema;
    for (size_t i = 0; i < names_.size(); ++i) schema.fields[i].name = names_[i];
    batch.schema = std::make_shared<const Schema>(std::move(schema));
  }

  const TableStore& tables_;
  std::string_view statement_;
  const cql::Select& select_;
  const TakeRows& take_;
  ScanRequest request_;
  std::vector<std::string> names_;  // of the columns, as they go out
  size_t left_ = std::numeric_limits<size_t>::max();
  Batch last_;  // DISTINCT: the last row so far
};

}  // namespace

Status run_select(const TableStore& tables, std::string_view statement, const TakeRows& take) {
  TRY(parsed, cql::parse(statement));
  const auto* select = std::get_if<cql::Select>(&parsed);
  if (select == nullptr) {
    return Error(ErrorCode::kInvalidArgument, "this looks into tables, so it takes a SELECT; flows write them");
  }
  return Query(tables, statement, *select, take).run();
}

}  // namespace millrace
