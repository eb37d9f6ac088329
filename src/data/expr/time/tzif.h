#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "data/expr/time/zone.h"

namespace millrace {

// Reads the bytes of a file of the system's time zone database (RFC 8536, version 2 and later), with the rule in its
// footer for the years after the last transition. nullopt when they are not such a file.
std::optional<Zone> parse_tzif(std::string id, std::string_view bytes);

}  // namespace millrace
