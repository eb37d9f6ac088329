#pragma once

#include <map>
#include <string>
#include <vector>

#include "flow/node.h"

namespace millrace {

// What the file says of a flow, as text: to be kept, and compared with what it says later. Secrets are not in it, and
// how the file is laid out does not matter.
struct FlowShape {
  std::string from;
  std::vector<std::string> steps;
  std::vector<std::string> to;
  std::map<std::string, std::string> settings;  // every, retry, quarantine, ...: all but `id`
  bool operator==(const FlowShape&) const = default;

  static FlowShape of(const Node& flow);
};

// On one line, as YAML would have it: "{ topic: users, start: latest }"
std::string node_text(const Node& node);

}  // namespace millrace
