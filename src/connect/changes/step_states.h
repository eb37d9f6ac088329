#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/tables/table_store.h"

namespace millrace {

// The steps of a flow that the data directory remembers something of: "dedupe by id".
Result<std::vector<std::string>> remembered_steps(const TableStore& tables, std::string_view flow);
// Removes what one of them remembers; durable when it returns.
Status forget_step(TableStore& tables, std::string_view flow, std::string_view step);

}  // namespace millrace
