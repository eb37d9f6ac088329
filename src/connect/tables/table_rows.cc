#include "connect/tables/table_rows.h"

#include <fmt/format.h>

namespace millrace {

Schema schema_of(const std::vector<VisibleColumn>& columns) {
  Schema schema;
  for (const VisibleColumn& column : columns) schema.fields.push_back({column.name, column.type});
  return schema;
}

Batch only(const Batch& batch, const std::vector<VisibleColumn>& columns) {
  Batch out;
  out.rows = batch.rows;
  for (const VisibleColumn& column : columns) out.columns.push_back(batch.columns[static_cast<size_t>(column.slot)]);
  return out;
}

std::vector<int64_t> stamps_of(const Batch& batch) {
  std::vector<int64_t> stamps(batch.rows);
  const Origin& origin = *batch.origin;
  for (size_t row = 0; row < batch.rows; ++row) {
    stamps[row] = origin.stamp_of(batch.record_of(row)) + origin.rereading;
  }
  return stamps;
}

std::vector<Fault> table_faults(const RowBinding& binding, const Batch& batch, const Rows& rows) {
  std::vector<Fault> faults;
  for (const RefusedRow& fault : RowBatch().misfits(binding, batch, rows)) {
    faults.push_back({.row = fault.row,
                      .rule = fmt::format("table {}", fault.column),
                      .reason = fmt::format("{}: {}", fault.column, fault.reason)});
  }
  return faults;
}

}  // namespace millrace
