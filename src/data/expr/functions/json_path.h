#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/expr/functions/json_tree.h"

namespace millrace {

// $.name, ['name'], .*, ['*'], [3], [*]: what get_json_object understands. Anything else is no path.
struct JsonPathPart {
  enum class Kind : uint8_t { kName, kAnyName, kIndex, kAnyIndex };
  Kind kind;
  std::string name;
  uint64_t index = 0;
};
using JsonPath = std::vector<JsonPathPart>;

std::optional<JsonPath> parse_json_path(std::string_view text);

// What the path finds, in Hive's forms that Spark keeps: a string alone without quotes, one match of [*] without
// brackets,
// [*][*] flattened. nullopt when there is none.
std::optional<std::string> find_json(const JsonTree& tree, const JsonPath& path);

}  // namespace millrace
