#include "flow/spec/keys.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/spelling.h"

namespace millrace {

std::string hint_among(std::string_view word, const std::vector<std::string_view>& known) {
  if (const auto near = nearest_spelling(word, known)) return fmt::format("did you mean '{}'?", *near);
  return known.empty() ? "" : fmt::format("there are: {}", fmt::join(known, ", "));
}

bool check_keys(const Node& map, std::string_view what, const std::vector<std::string_view>& known,
                Diagnostics& diagnostics) {
  if (!map.is_map()) {
    diagnostics.error(map.place, fmt::format("{} is a map", what),
                      known.empty() ? "" : fmt::format("it may have: {}", fmt::join(known, ", ")));
    return false;
  }
  for (const auto& [key, value] : map.entries) {
    if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
    diagnostics.error(key.place, fmt::format("{} has no '{}'", what, key.text), hint_among(key.text, known));
  }
  return true;
}

const std::string* text_of(const Node& node, std::string_view what, Diagnostics& diagnostics) {
  if (node.is_scalar() && !node.text.empty()) return &node.text;
  diagnostics.error(node.place, fmt::format("{} is one text", what),
                    node.is_null() && !node.text.empty() ? fmt::format("quote it to mean the word: '{}'", node.text)
                                                         : "write a word, or a text in quotes");
  return nullptr;
}

}  // namespace millrace
