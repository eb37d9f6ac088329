#pragma once

#include <string>

#include "flow/diagnostic.h"
#include "flow/node.h"

namespace millrace {

// Puts the params and flows of a profile over those of the file (maps key by key, everything else as a whole), and
// validates the shape of all profiles. An empty name: none is chosen. Gives the profile; null when there is none.
Node apply_profile(Node& root, const std::string& name, Diagnostics& diagnostics);

}  // namespace millrace
