#pragma once

#include <cstdint>
#include <vector>

#include "data/batch.h"
#include "flow/scope.h"
#include "store/tables/row_batch.h"

// What the sinks of tables have in common, wherever the tables are: the same records become the same rows and the same
// faults.
namespace millrace {

Schema schema_of(const std::vector<VisibleColumn>& columns);

// The flow's columns alone, in the order that the binding knows them in.
Batch only(const Batch& batch, const std::vector<VisibleColumn>& columns);

// When each row of the batch was written, in microseconds. A rereading is a microsecond later: enough to win over what
// came of the record then, and not over other records.
std::vector<int64_t> stamps_of(const Batch& batch);

// Of a batch that only() gave: the rows with values that do not fit.
std::vector<Fault> table_faults(const RowBinding& binding, const Batch& batch, const Rows& rows);

}  // namespace millrace
