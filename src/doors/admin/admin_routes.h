#pragma once

#include "doors/admin/admin.h"
#include "wire/http/router.h"

namespace millrace {

inline constexpr size_t kAdminBodyBytesMax = size_t{64} << 20;

// Who asks over these routes.
enum class AdminAccess {
  kOwner,   // over the socket file, which is its owner's alone: everything
  kReader,  // over a port: what changes nothing
};

// Serves the actions under /v1/: by POST with the arguments as a JSON object, and those that change nothing also by GET
// with the arguments in the query. The room must outlive the server.
void add_admin_routes(Router& router, const AdminRoom& room, AdminAccess access);

}  // namespace millrace
