#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "connect/changes/changes.h"

namespace millrace {

// Changes as the action `plan` answers them.
nlohmann::ordered_json plan_json(const std::vector<Change>& changes);

}  // namespace millrace
