#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "flow/diagnostic.h"
#include "flow/node.h"

namespace millrace {

inline constexpr size_t kYamlBytesMax = size_t{1} << 20;
inline constexpr size_t kYamlDepthMax = 64;
inline constexpr size_t kYamlNodesMax = 100'000;               // aliases counted as often as they are used
inline constexpr size_t kYamlTextBytesMax = size_t{16} << 20;  // of all scalars, aliases again counted

// Reads one YAML document with the places of all its values. What YAML itself forbids ends the reading; duplicate keys
// and the like are told all together. nullopt when there was any error.
std::optional<Node> read_yaml(std::string_view text, Diagnostics& diagnostics);

}  // namespace millrace
