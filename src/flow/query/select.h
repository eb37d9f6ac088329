#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"
#include "data/batch.h"
#include "store/tables/table_store.h"

namespace millrace {

// Takes the rows of an answer, batch after batch; an error ends the query.
using TakeRows = std::function<Status(const Batch& rows)>;

// Answers a SELECT of CQL over the tables of a store: columns, *, count(*), DISTINCT keys; WHERE; ORDER BY the
// clustering key of one partition; LIMIT. The columns have the names that the statement gives them. Once at least, also
// without rows. Mistakes show the place in the statement.
Status run_select(const TableStore& tables, std::string_view statement, const TakeRows& take);

}  // namespace millrace
