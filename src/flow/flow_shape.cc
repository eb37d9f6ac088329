#include "flow/flow_shape.h"

#include <string_view>

#include "base/one_line.h"

namespace millrace {
namespace {

constexpr std::string_view kNeedsQuotes = "{}[],\"'#:";

// As it was meant: what stands for the times of a run is not that of this one.
std::string text_as_said(const Node& node) {
  std::string text = node.text;
  for (auto one = node.put_in.rbegin(); one != node.put_in.rend(); ++one) {
    std::string_view said = "***";
    if (one->what == PutIn::What::kRunStart) said = "${run.start}";
    if (one->what == PutIn::What::kRunEnd) said = "${run.end}";
    text.replace(one->begin, one->end - one->begin, said);
  }
  return text;
}

std::string scalar_text(const Node& node) {
  std::string text = text_as_said(node);
  if (node.block) text = one_line(text);
  const bool plain = !text.empty() && text.find_first_of(kNeedsQuotes) == std::string::npos && text.front() != ' ' &&
                     text.back() != ' ' && text.find('\n') == std::string::npos;
  return plain ? text : "'" + one_line(text) + "'";
}

std::string entries_text(const Node& map) {
  std::string out;
  for (const auto& [key, value] : map.entries) {
    out += (out.empty() ? "" : ", ") + key.text + ": " + node_text(value);
  }
  return out;
}

// A step, a source, a sink: its map without braces.
std::string part_text(const Node& node) { return node.is_map() ? entries_text(node) : node_text(node); }

}  // namespace

std::string node_text(const Node& node) {
  std::string out;
  switch (node.kind) {
    case Node::Kind::kNull: return node.text;
    case Node::Kind::kScalar: return scalar_text(node);
    case Node::Kind::kList:
      for (const Node& item : node.items) out += (out.empty() ? "" : ", ") + node_text(item);
      return "[" + out + "]";
    case Node::Kind::kMap: return "{ " + entries_text(node) + " }";
  }
  return out;
}

FlowShape FlowShape::of(const Node& flow) {
  FlowShape shape;
  const auto texts = [](const Node& node) {
    std::vector<std::string> all;
    if (!node.is_list()) return std::vector{part_text(node)};
    for (const Node& item : node.items) all.push_back(part_text(item));
    return all;
  };
  for (const auto& [key, value] : flow.entries) {
    if (key.text == "from") {
      shape.from = part_text(value);
    } else if (key.text == "steps") {
      if (!value.is_null()) shape.steps = texts(value);
    } else if (key.text == "to") {
      shape.to = texts(value);
    } else if (key.text != "id") {
      shape.settings[key.text] = node_text(value);
    }
  }
  return shape;
}

}  // namespace millrace
