#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flow/diagnostic.h"
#include "flow/node.h"

namespace millrace {

// "did you mean 'x'?", or the list of what there is.
std::string hint_among(std::string_view word, const std::vector<std::string_view>& known);

// Tells of every key of a map that is not among the known ones. False when the node is no map (told as well).
bool check_keys(const Node& map, std::string_view what, const std::vector<std::string_view>& known,
                Diagnostics& diagnostics);

// A scalar's text, or nullptr after telling.
const std::string* text_of(const Node& node, std::string_view what, Diagnostics& diagnostics);

}  // namespace millrace
