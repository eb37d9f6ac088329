#pragma once

#include <functional>
#include <memory>
#include <string>

#include "connect/cassandra/options.h"
#include "flow/connector.h"
#include "store/tables/table_def.h"

namespace millrace {

// Gives the session of a system, which is started by whoever asks first.
using SessionOf = std::function<Result<std::shared_ptr<cql::Session>>()>;

// Rows of flows into one table of a cluster (Keeper::kAlong).
std::unique_ptr<SinkPlan> cassandra_table_sink(SessionOf session, std::string system, cql::Consistency consistency,
                                               TableRef table);

}  // namespace millrace
