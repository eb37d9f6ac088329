#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "data/batch.h"
#include "wire/cql/session.h"

namespace millrace {

// Answers a SELECT by the cluster, page after page: columns with the names that the statement gives them, and the types
// that values of their CQL types have in batches. `take` is called once at least, also without rows; its error ends the
// query. What the cluster says of the statement is the error, as it says it.
Status run_cassandra_select(cql::Session& session, const std::string& statement, cql::Consistency consistency,
                            const cql::Patience& patience, const std::function<Status(const Batch& rows)>& take);

}  // namespace millrace
