#pragma once

#include "connect/home/raw.h"
#include "doors/admin/admin.h"

namespace millrace {

// Which payloads are meant, from `flow`, `run`, `at`, `from` and `to`.
Result<PayloadQuery> payload_query_of(const AdminArguments& arguments);

}  // namespace millrace
