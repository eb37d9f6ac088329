#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <rocksdb/db.h>

#include "data/cql/value.h"
#include "store/tables/key.h"
#include "store/tables/rocks.h"
#include "store/tables/row_value.h"

namespace millrace {
namespace {

// Keys from `begin` on, before `end`; an empty end is the table's.
struct KeyRange {
  std::string begin, end;
  bool none = false;  // no key can be in it
  bool empty() const { return none || (!end.empty() && begin >= end); }
};

// What a request comes to: ranges by key, none overlapping, and what is left to check in each row.
struct Plan {
  std::vector<KeyRange> ranges;
  std::vector<const Condition*> filters;
  std::vector<size_t> columns;  // indices in the table's
};

Result<std::vector<size_t>> wanted_columns(const TableDef& table, std::span<const std::string> names) {
  std::vector<size_t> columns(table.columns.size());
  std::iota(columns.begin(), columns.end(), size_t{0});
  if (names.empty()) return columns;
  columns.clear();
  for (const std::string& name : names) {
    TRY(index, table.index_of(name));
    columns.push_back(index);
  }
  return columns;
}

Status check_condition(const TableDef& table, const Condition& condition) {
  TRY(index, table.index_of(condition.column));
  const ColumnDef& column = table.columns[index];
  MILLRACE_ASSERT(condition.comparison == KeyComparison::kIn || condition.values.size() == 1,
                  "one value, except for IN");
  if (!has_order(column.type) && condition.comparison != KeyComparison::kEqual &&
      condition.comparison != KeyComparison::kIn) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{}: {} is a {}, which has no order; compare it with =",
                                                          table.full_name(), column.name, column.type.text()));
  }
  for (const std::string& value : condition.values) {
    if (is_cql_value(column.type, value)) continue;
    return Error(ErrorCode::kInvalidArgument, fmt::format("{}: the bytes compared with {} are no {}", table.full_name(),
                                                          column.name, column.type.text()));
  }
  return {};
}

bool is_equality(const Condition& condition) {
  return condition.comparison == KeyComparison::kEqual || condition.comparison == KeyComparison::kIn;
}

// The conditions of a request that have not been made part of the ranges yet.
class Conditions {
 public:
  explicit Conditions(const ScanRequest& request) {
    for (const Condition& condition : request.where) left_.push_back(&condition);
  }
  // The first one on the column that is (or is not) an equality; nullptr when there is none.
  const Condition* take(const ColumnDef& column, bool equality) {
    const auto found = std::find_if(left_.begin(), left_.end(), [&](const Condition* condition) {
      return condition->column == column.name && is_equality(*condition) == equality;
    });
    if (found == left_.end()) return nullptr;
    const Condition* condition = *found;
    left_.erase(found);
    return condition;
  }
  std::vector<const Condition*> rest() && { return std::move(left_); }

 private:
  std::vector<const Condition*> left_;
};

Error too_large(const TableDef& table, const ColumnDef& column) {
  return {ErrorCode::kInvalidArgument, fmt::format("{}: {} is compared with a number of more than {} digits",
                                                   table.full_name(), column.name, kOrderedDigitsMax)};
}

// Every prefix followed by every value of the condition.
Result<std::vector<std::string>> extended(const TableDef& table, const ColumnDef& column,
                                          const std::vector<std::string>& prefixes, const Condition& condition) {
  std::vector<std::string> next;
  if (prefixes.size() * condition.values.size() > kScanRangesMax) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{}: the IN conditions come to {} keys; {} at most", table.full_name(),
                             prefixes.size() * condition.values.size(), kScanRangesMax));
  }
  for (const std::string& prefix : prefixes) {
    for (const std::string& value : condition.values) {
      std::string key = prefix;
      if (!append_key_column(column, value, key)) return too_large(table, column);
      next.push_back(std::move(key));
    }
  }
  std::sort(next.begin(), next.end());
  next.erase(std::unique(next.begin(), next.end()), next.end());
  return next;
}

// Narrows a range that holds all keys beginning with `prefix` by a comparison of the next column.
Status narrow(const TableDef& table, const ColumnDef& column, const std::string& prefix, const Condition& condition,
              KeyRange& range) {
  std::string key = prefix;
  if (!append_key_column(column, condition.values[0], key)) return too_large(table, column);
  const bool orders_up =
      condition.comparison == KeyComparison::kGreater || condition.comparison == KeyComparison::kGreaterOrEqual;
  const bool inclusive =
      condition.comparison == KeyComparison::kLessOrEqual || condition.comparison == KeyComparison::kGreaterOrEqual;
  if (orders_up != column.descending) {
    const std::string begin = inclusive ? key : key_after_prefix(key);
    range.none |= begin.empty();
    range.begin = std::max(range.begin, begin);
  } else {
    const std::string end = inclusive ? key_after_prefix(key) : key;
    if (range.end.empty() || end < range.end) range.end = end;
  }
  return {};
}

Result<Plan> make_plan(const ScanRequest& request) {
  const TableDef& table = *request.table;
  Plan plan;
  for (const Condition& condition : request.where) TRY_STATUS(check_condition(table, condition));
  TRY(columns, wanted_columns(table, request.columns));
  plan.columns = std::move(columns);
  Conditions conditions(request);
  std::vector<std::string> prefixes = {""};
  size_t at = 0;
  for (; at < table.key_columns(); ++at) {
    const Condition* equality = conditions.take(table.columns[at], true);
    if (equality == nullptr) break;
    TRY(next, extended(table, table.columns[at], prefixes, *equality));
    prefixes = std::move(next);
  }
  for (const std::string& prefix : prefixes) plan.ranges.push_back({prefix, key_after_prefix(prefix)});
  while (at < table.key_columns()) {
    const Condition* comparison = conditions.take(table.columns[at], false);
    if (comparison == nullptr) break;
    for (size_t i = 0; i < prefixes.size(); ++i) {
      TRY_STATUS(narrow(table, table.columns[at], prefixes[i], *comparison, plan.ranges[i]));
    }
  }
  plan.filters = std::move(conditions).rest();
  return plan;
}

// One row as a read sees it.
struct VisibleRow {
  std::vector<std::string> key;
  RowCells cells;
  int64_t now_us;

  // nullopt: null.
  std::optional<std::string_view> value(const TableDef& table, size_t column) const {
    if (column < key.size()) return key[column];
    const Cell* cell = cells.find(table.columns[column].id);
    if (cell == nullptr || !cell->live_at(now_us)) return std::nullopt;
    return cell->value;
  }
};

bool holds(const TableDef& table, const VisibleRow& row, const Condition& condition) {
  const auto index = static_cast<size_t>(table.find(condition.column) - table.columns.data());
  const auto value = row.value(table, index);
  if (!value.has_value()) return false;
  const CqlType& type = table.columns[index].type;
  const auto compared = [&](const std::string& with) { return compare_cql(type, *value, with); };
  switch (condition.comparison) {
    case KeyComparison::kEqual:
    case KeyComparison::kIn:
      return std::any_of(condition.values.begin(), condition.values.end(),
                         [&](const std::string& with) { return compared(with) == 0; });
    case KeyComparison::kLess: return compared(condition.values[0]) < 0;
    case KeyComparison::kLessOrEqual: return compared(condition.values[0]) <= 0;
    case KeyComparison::kGreater: return compared(condition.values[0]) > 0;
    case KeyComparison::kGreaterOrEqual: return compared(condition.values[0]) >= 0;
  }
  MILLRACE_UNREACHABLE("every comparison is named above");
}

// Rows into columns.
class RowColumns {
 public:
  RowColumns(const TableDef& table, const std::vector<size_t>& columns) : table_(table), columns_(columns) {
    for (const size_t column : columns) builders_.emplace_back(table.columns[column].type);
  }
  void append(const VisibleRow& row) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto value = row.value(table_, columns_[i]);
      if (value.has_value()) {
        builders_[i].append(*value);
      } else {
        builders_[i].append_null();
      }
    }
    ++rows_;
  }
  size_t rows() const { return rows_; }
  Batch finish() {
    auto schema = std::make_shared<Schema>();
    Batch batch;
    for (size_t i = 0; i < columns_.size(); ++i) {
      schema->fields.push_back({table_.columns[columns_[i]].name, data_type_of(table_.columns[columns_[i]].type)});
      batch.columns.push_back(builders_[i].finish());
    }
    batch.schema = std::move(schema);
    batch.rows = rows_;
    return batch;
  }

 private:
  const TableDef& table_;
  const std::vector<size_t>& columns_;
  std::vector<CqlColumnBuilder> builders_;
  size_t rows_ = 0;
};

Result<VisibleRow> decode_visible(const TableDef& table, std::string_view key, std::string_view value, int64_t now_us) {
  VisibleRow row{.now_us = now_us};
  TRY(cells, decode_row(value));
  row.cells = std::move(cells);
  if (!row.cells.live_at(now_us)) return row;
  TRY(columns, decode_key(table, key));
  row.key = std::move(columns);
  return row;
}

class RocksScan final : public TableScan {
 public:
  RocksScan(const ScanSource& source, const ScanRequest& request) : source_(source), request_(request) {}

  // Apart from the constructor, because the plan points into this object's request.
  Status start() {
    TRY(plan, make_plan(request_));
    plan_ = std::move(plan);
    if (!request_.after.empty()) {
      TRY_STATUS(skip_to_token());
    }
    std::erase_if(plan_.ranges, [](const KeyRange& range) { return range.empty(); });
    if (request_.reversed) std::reverse(plan_.ranges.begin(), plan_.ranges.end());
    last_key_ = request_.after;
    rocksdb::ReadOptions options;
    options.fill_cache = !plan_reads_much();
    iterator_.reset(source_.db->NewIterator(options, source_.rows.get()));
    enter_range();
    return {};
  }

  Result<Batch> next(size_t rows_max) override {
    MILLRACE_ASSERT(rows_max > 0, "a page has at least one row");
    RowColumns columns(*request_.table, plan_.columns);
    while (columns.rows() < rows_max) {
      TRY(row, next_row());
      if (!row.has_value()) break;
      columns.append(*row);
    }
    return columns.finish();
  }

  std::string token() const override { return last_key_; }

  Result<uint64_t> count_rest() override {
    uint64_t rows = 0;
    while (true) {
      TRY(row, next_row());
      if (!row.has_value()) return rows;
      ++rows;
    }
  }

 private:
  bool plan_reads_much() const { return plan_.ranges.size() == 1 && plan_.ranges[0].begin.empty(); }

  Status skip_to_token() {
    if (!decode_key(*request_.table, request_.after).ok()) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("the page token is none of table {}; begin without one", request_.table->full_name()));
    }
    for (KeyRange& range : plan_.ranges) {
      if (request_.reversed) {
        if (range.end.empty() || request_.after < range.end) range.end = request_.after;
      } else {
        range.begin = std::max(range.begin, request_.after + '\0');
      }
    }
    return {};
  }

  // To the first key of the range that is to be read now.
  void enter_range() {
    if (range_ >= plan_.ranges.size()) return;
    const KeyRange& range = plan_.ranges[range_];
    if (!request_.reversed) {
      iterator_->Seek(range.begin);
    } else if (range.end.empty()) {
      iterator_->SeekToLast();
    } else {
      iterator_->SeekForPrev(range.end);
      if (iterator_->Valid() && iterator_->key() == range.end) iterator_->Prev();
    }
  }

  bool in_range() const {
    if (!iterator_->Valid()) return false;
    const KeyRange& range = plan_.ranges[range_];
    const std::string_view key = iterator_->key().ToStringView();
    return request_.reversed ? key >= range.begin : range.end.empty() || key < range.end;
  }

  Result<std::optional<VisibleRow>> next_row() {
    while (range_ < plan_.ranges.size()) {
      if (!in_range()) {
        if (!iterator_->status().ok()) {
          return rocks_error(iterator_->status(), "read", request_.table->full_name());
        }
        ++range_;
        enter_range();
        continue;
      }
      current_value_.assign(iterator_->value().data(), iterator_->value().size());
      current_key_.assign(iterator_->key().data(), iterator_->key().size());
      request_.reversed ? iterator_->Prev() : iterator_->Next();
      TRY(row, decode_visible(*request_.table, current_key_, current_value_, source_.now_us));
      if (row.key.empty()) continue;
      const bool wanted = std::all_of(plan_.filters.begin(), plan_.filters.end(), [&](const Condition* condition) {
        return holds(*request_.table, row, *condition);
      });
      if (!wanted) continue;
      last_key_ = current_key_;
      return std::optional<VisibleRow>(std::move(row));
    }
    return std::optional<VisibleRow>();
  }

  const ScanSource source_;
  const ScanRequest request_;
  Plan plan_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  size_t range_ = 0;
  std::string last_key_;     // of the last row given
  std::string current_key_;  // what the row being looked at borrows
  std::string current_value_;
};

}  // namespace

Result<std::unique_ptr<TableScan>> open_scan(const ScanSource& source, const ScanRequest& request) {
  auto scan = std::make_unique<RocksScan>(source, request);
  TRY_STATUS(scan->start());
  return std::unique_ptr<TableScan>(std::move(scan));
}

Result<ScanPlan> plan_scan(const ScanRequest& request) {
  TRY(plan, make_plan(request));
  ScanPlan about{.ranges = plan.ranges.size()};
  about.whole_table = plan.ranges.size() == 1 && plan.ranges[0].begin.empty() && plan.ranges[0].end.empty();
  for (const Condition* condition : plan.filters) about.filtered.push_back(condition->column);
  return about;
}

Result<Batch> read_row(const ScanSource& source, const TableRef& table, std::string_view key,
                       std::span<const std::string> names) {
  TRY(columns, wanted_columns(*table, names));
  RowColumns rows(*table, columns);
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = source.db->Get({}, source.rows.get(), rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return rows.finish();
  if (!status.ok()) return rocks_error(status, "read", table->full_name());
  TRY(row, decode_visible(*table, key, value.ToStringView(), source.now_us));
  if (!row.key.empty()) rows.append(row);
  return rows.finish();
}

}  // namespace millrace
