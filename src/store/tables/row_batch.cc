#include "store/tables/row_batch.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/spelling.h"
#include "data/cql/bytes.h"
#include "store/tables/key.h"
#include "store/tables/row_value.h"

namespace millrace {
namespace {

std::string lower_case(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// The first bytes as a number that sorts as they do.
uint64_t head_of(std::string_view key) {
  if (key.size() >= sizeof(uint64_t)) return read_be<uint64_t>(key);
  uint64_t head = 0;
  for (size_t i = 0; i < sizeof(uint64_t); ++i) head = head << 8 | (i < key.size() ? static_cast<uint8_t>(key[i]) : 0);
  return head;
}

// CQL has no empty collections outside frozen ones: they are null.
bool is_null_in_cql(const CqlType& type, std::string_view bytes) {
  return type.is_collection() && !type.frozen() && bytes.size() == 4;
}

}  // namespace

Result<RowBinding> RowBinding::bind(TableRef table, const Schema& schema) {
  std::vector<Bound> key;
  std::vector<Bound> cells;
  std::vector<std::string> wrong;
  for (size_t source = 0; source < schema.fields.size(); ++source) {
    const Field& field = schema.fields[source];
    const auto target = table->index_of(lower_case(field.name));
    if (!target.ok()) {
      wrong.push_back(target.error().message());
      continue;
    }
    const ColumnDef& column = table->columns[*target];
    auto encoder = CqlEncoder::bind(field.type, column.type);
    if (!encoder.ok()) {
      wrong.push_back(fmt::format("{}.{}: {}", table->full_name(), column.name, encoder.error().message()));
      continue;
    }
    (*target < table->key_columns() ? key : cells).push_back({source, *target, std::move(*encoder)});
  }
  const auto by_target = [](const Bound& a, const Bound& b) { return a.target < b.target; };
  std::sort(key.begin(), key.end(), by_target);
  for (size_t i = 0; i < table->key_columns() && wrong.empty(); ++i) {
    const bool there = std::any_of(key.begin(), key.end(), [i](const Bound& bound) { return bound.target == i; });
    if (there) continue;
    wrong.push_back(fmt::format("{} needs the column {}, which is part of its key; there are {}", table->full_name(),
                                table->columns[i].name, [&] {
                                  std::vector<std::string> names;
                                  for (const Field& field : schema.fields) names.push_back(field.name);
                                  return fmt::format("{}", fmt::join(names, ", "));
                                }()));
  }
  if (!wrong.empty()) return Error(ErrorCode::kInvalidArgument, fmt::format("{}", fmt::join(wrong, "\n")));
  std::sort(cells.begin(), cells.end(),
            [&](const Bound& a, const Bound& b) { return table->columns[a.target].id < table->columns[b.target].id; });
  return RowBinding(std::move(table), std::move(key), std::move(cells));
}

std::vector<RefusedRow> RowBatch::insert(const RowBinding& binding, const RowsToWrite& rows) {
  return add(Kind::kInsert, binding, rows);
}
std::vector<RefusedRow> RowBatch::update(const RowBinding& binding, const RowsToWrite& rows) {
  return add(Kind::kUpdate, binding, rows);
}
std::vector<RefusedRow> RowBatch::remove(const RowBinding& binding, const RowsToWrite& rows) {
  return add(Kind::kDelete, binding, rows);
}

std::vector<RefusedRow> RowBatch::add(Kind kind, const RowBinding& binding, const RowsToWrite& rows) {
  MILLRACE_ASSERT(rows.stamps.size() == 1 || rows.stamps.size() == rows.batch.rows, "one stamp, or one for each row");
  std::vector<RefusedRow> faults;
  rows_.reserve(rows_.size() + rows.rows.count());
  rows.rows.for_each([&](size_t row) {
    const size_t key_at = arena_.size();
    const int64_t stamp = rows.stamps.size() == 1 ? rows.stamps[0] : rows.stamps[row];
    auto fault = append_key(binding, rows.batch, row);
    const size_t value_at = arena_.size();
    if (!fault.has_value()) fault = append_cells(binding, rows, row, stamp, kind);
    if (fault.has_value()) {
      arena_.resize(key_at);
      faults.push_back(std::move(*fault));
    } else {
      end_row(binding.table().id, key_at, value_at);
    }
  });
  return faults;
}

std::vector<RefusedRow> RowBatch::misfits(const RowBinding& binding, const Batch& batch, const Rows& rows) {
  std::vector<RefusedRow> faults;
  const size_t begin = arena_.size();
  rows.for_each([&](size_t row) {
    if (auto fault = misfit(binding, batch, row)) faults.push_back(std::move(*fault));
    arena_.resize(begin);
  });
  return faults;
}

std::optional<RefusedRow> RowBatch::misfit(const RowBinding& binding, const Batch& batch, size_t row) {
  if (auto fault = append_key(binding, batch, row)) return fault;
  for (const RowBinding::Bound& bound : binding.cells_) {
    const Column& source = batch.columns[bound.source];
    if (bound.encoder.always_fits() || source.is_null(row)) continue;
    if (bound.encoder.append(source, row, arena_)) continue;
    return RefusedRow{static_cast<uint32_t>(row), binding.table().columns[bound.target].name,
                      bound.encoder.why_not(source, row)};
  }
  return std::nullopt;
}

std::optional<RefusedRow> RowBatch::append_key(const RowBinding& binding, const Batch& batch, size_t row) {
  const TableDef& table = binding.table();
  const size_t key_at = arena_.size();
  const auto fault = [row](const ColumnDef& column, std::string reason) {
    return RefusedRow{static_cast<uint32_t>(row), column.name, std::move(reason)};
  };
  for (const RowBinding::Bound& bound : binding.key_) {
    const Column& source = batch.columns[bound.source];
    const ColumnDef& column = table.columns[bound.target];
    if (source.is_null(row)) return fault(column, "null, and it is part of the key");
    scratch_.clear();
    if (!bound.encoder.append(source, row, scratch_)) return fault(column, bound.encoder.why_not(source, row));
    if (table.partition_columns == 1 && bound.target == 0 && scratch_.empty()) {
      return fault(column, "empty, and it is the partition key");
    }
    if (!append_key_column(column, scratch_, arena_)) {
      return fault(column, fmt::format("a number of more than {} digits cannot be part of a key", kOrderedDigitsMax));
    }
  }
  if (arena_.size() - key_at > kRowKeyBytesMax) {
    return fault(table.columns[0],
                 fmt::format("the row's key has {} bytes; {} at most", arena_.size() - key_at, kRowKeyBytesMax));
  }
  return std::nullopt;
}

std::optional<RefusedRow> RowBatch::append_cells(const RowBinding& binding, const RowsToWrite& rows, size_t row,
                                                 int64_t stamp, Kind kind) {
  if (kind == Kind::kDelete) {
    arena_ += deleted_row(stamp);
    return std::nullopt;
  }
  const TableDef& table = binding.table();
  RowWriter writer(arena_, stamp, rows.ttl_s != 0 ? rows.ttl_s : table.ttl_s);
  if (kind == Kind::kInsert) writer.marker();
  for (const RowBinding::Bound& bound : binding.cells_) {
    const Column& source = rows.batch.columns[bound.source];
    const ColumnDef& column = table.columns[bound.target];
    if (source.is_null(row)) {
      if (rows.null_deletes) writer.dead(column.id);
      continue;
    }
    writer.begin_value(column.id);
    const size_t value_at = arena_.size();
    if (!bound.encoder.append(source, row, arena_)) {
      return RefusedRow{static_cast<uint32_t>(row), column.name, bound.encoder.why_not(source, row)};
    }
    if (is_null_in_cql(column.type, std::string_view(arena_).substr(value_at))) {
      writer.cancel_value();
      if (rows.null_deletes) writer.dead(column.id);
    } else {
      writer.end_value();
    }
  }
  return std::nullopt;
}

void RowBatch::end_row(uint32_t table, size_t key_at, size_t value_at) {
  MILLRACE_ASSERT(arena_.size() <= kRowBatchBytesMax, "a RowBatch is larger than kRowBatchBytesMax");
  rows_.push_back({.table = table,
                   .key_at = static_cast<uint32_t>(key_at),
                   .key_bytes = static_cast<uint32_t>(value_at - key_at),
                   .value_bytes = static_cast<uint32_t>(arena_.size() - value_at),
                   .key_head = head_of(std::string_view(arena_).substr(key_at, value_at - key_at))});
}

Status RowBatch::append_checked_key(const TableDef& table, std::span<const std::string> key) {
  if (key.size() != table.key_columns()) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{}: {} values for the {} columns of the key",
                                                          table.full_name(), key.size(), table.key_columns()));
  }
  for (size_t i = 0; i < key.size(); ++i) {
    if (is_cql_value(table.columns[i].type, key[i])) continue;
    return Error(ErrorCode::kInvalidArgument, fmt::format("{}: the bytes for {} are no {}", table.full_name(),
                                                          table.columns[i].name, table.columns[i].type.text()));
  }
  TRY(bytes, encode_key(table, key));
  arena_ += bytes;
  return {};
}

Status RowBatch::put_row(const TableDef& table, const RowWrite& row) {
  for (const CellWrite& cell : row.cells) {
    MILLRACE_ASSERT(cell.column >= table.key_columns() && cell.column < table.columns.size(),
                    "a cell's column is one of the table's, behind its key");
    const ColumnDef& column = table.columns[cell.column];
    if (!cell.value.has_value() || is_cql_value(column.type, *cell.value)) continue;
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{}: the bytes for {} are no {}", table.full_name(), column.name, column.type.text()));
  }
  std::vector<CellWrite> cells(row.cells.begin(), row.cells.end());
  const auto id_of = [&table](const CellWrite& cell) { return table.columns[cell.column].id; };
  std::sort(cells.begin(), cells.end(), [&](const auto& a, const auto& b) { return id_of(a) < id_of(b); });
  const auto twice =
      std::adjacent_find(cells.begin(), cells.end(), [](const auto& a, const auto& b) { return a.column == b.column; });
  if (twice != cells.end()) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{}: column {} is given twice", table.full_name(), table.columns[twice->column].name));
  }
  const size_t key_at = arena_.size();
  TRY_STATUS(append_checked_key(table, row.key));
  const size_t value_at = arena_.size();
  RowWriter writer(arena_, row.stamp, row.ttl_s != 0 ? row.ttl_s : table.ttl_s);
  if (row.insert) writer.marker();
  for (const CellWrite& cell : cells) {
    const CqlType& type = table.columns[cell.column].type;
    if (!cell.value.has_value() || is_null_in_cql(type, *cell.value)) {
      writer.dead(id_of(cell));
      continue;
    }
    writer.begin_value(id_of(cell));
    arena_ += *cell.value;
    writer.end_value();
  }
  end_row(table.id, key_at, value_at);
  return {};
}

Status RowBatch::remove_row(const TableDef& table, std::span<const std::string> key, int64_t stamp) {
  const size_t key_at = arena_.size();
  TRY_STATUS(append_checked_key(table, key));
  const size_t value_at = arena_.size();
  arena_ += deleted_row(stamp);
  end_row(table.id, key_at, value_at);
  return {};
}

void RowBatch::put_state(std::string_view key, std::string_view bytes) { add_value(false, Change::kPut, key, bytes); }
void RowBatch::remove_state(std::string_view key) { add_value(false, Change::kRemove, key, {}); }
void RowBatch::remove_state_range(std::string_view first, std::string_view end) {
  add_value(false, Change::kRemoveRange, std::string(first).append(kRangeMark), end);
}
void RowBatch::outbox(std::string_view key, std::string_view bytes) { add_value(true, Change::kPut, key, bytes); }
void RowBatch::remove_outbox(std::string_view key) { add_value(true, Change::kRemove, key, {}); }

void RowBatch::add_value(bool outbox, Change change, std::string_view key, std::string_view bytes) {
  values_.push_back({.outbox = outbox,
                     .change = change,
                     .key_at = static_cast<uint32_t>(arena_.size()),
                     .key_bytes = static_cast<uint32_t>(key.size()),
                     .value_bytes = static_cast<uint32_t>(bytes.size())});
  arena_ += key;
  arena_ += bytes;
  MILLRACE_ASSERT(arena_.size() <= kRowBatchBytesMax, "a RowBatch is larger than kRowBatchBytesMax");
}

void RowBatch::take(RowBatch& other) {
  if (empty()) {
    std::swap(arena_, other.arena_);
    std::swap(rows_, other.rows_);
    std::swap(values_, other.values_);
  } else {
    const auto shift = static_cast<uint32_t>(arena_.size());
    arena_ += other.arena_;
    MILLRACE_ASSERT(arena_.size() <= kRowBatchBytesMax, "a RowBatch is larger than kRowBatchBytesMax");
    for (Row row : other.rows_) {
      row.key_at += shift;
      rows_.push_back(row);
    }
    for (Value value : other.values_) {
      value.key_at += shift;
      values_.push_back(value);
    }
  }
  other.clear();
}

void RowBatch::clear() {
  arena_.clear();
  rows_.clear();
  values_.clear();
}

void RowBatch::sort() {
  std::sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
    if (a.table != b.table) return a.table < b.table;
    if (a.key_head != b.key_head) return a.key_head < b.key_head;
    return key_of(a) < key_of(b);
  });
  std::stable_sort(values_.begin(), values_.end(), [this](const Value& a, const Value& b) {
    const bool a_range = a.change == Change::kRemoveRange;
    const bool b_range = b.change == Change::kRemoveRange;
    if (a_range || b_range) return !a_range && b_range;
    if (a.outbox != b.outbox) return !a.outbox;
    return std::string_view(arena_).substr(a.key_at, a.key_bytes) <
           std::string_view(arena_).substr(b.key_at, b.key_bytes);
  });
}

}  // namespace millrace
