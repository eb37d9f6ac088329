#pragma once

#include <memory>
#include <string>

#include "flow/check.h"

namespace millrace {

// A rule of the user's own: anything but TRUE is a fault, null too. nullptr after telling what is wrong with it.
std::unique_ptr<Check> make_rule(const Node& rule, std::string name, Scope& scope, Diagnostics& diagnostics);

}  // namespace millrace
