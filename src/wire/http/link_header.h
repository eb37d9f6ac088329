#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/http/message.h"

namespace millrace {

// Where the Link headers of an answer point to for a relation ("next"), as it is written there; nullopt: nowhere.
std::optional<std::string> link_target(const HttpHeaders& headers, std::string_view relation);

}  // namespace millrace
