#pragma once

#include <string_view>

namespace millrace {

// The pipeline that `millrace up` runs when it is given no file: users from an API, through checks, into a table.
std::string_view quickstart_pipeline();

inline constexpr std::string_view kQuickstartFile = "users.yaml";  // the name it would have
inline constexpr std::string_view kRandomUserUrl = "https://randomuser.me/api/";

}  // namespace millrace
