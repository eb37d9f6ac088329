#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "data/formats/csv.h"
#include "flow/node.h"

namespace millrace {

// The records of a test case as a CSV file. Its header has the `wanted` columns in their order, then what else the maps
// name; without a header in the dialect the columns are its own. Maps become records, lists and maps inside them JSON;
// a text is a line as it is. kInvalidArgument: a map names a column that a file without a header does not have.
Result<std::string> given_csv(const std::vector<Node>& records, const std::vector<std::string>& wanted,
                              const CsvDialect& dialect);

}  // namespace millrace
