#include "data/expr/functions/json_path.h"

#include <charconv>
#include <span>

namespace millrace {
namespace {

using Part = JsonPathPart::Kind;
using Node = JsonNode::Kind;
using Path = std::span<const JsonPathPart>;

enum class Style { kRaw, kQuoted, kFlatten };

bool begins_with(Path path, std::initializer_list<Part> kinds) {
  if (path.size() < kinds.size()) return false;
  size_t at = 0;
  for (const Part kind : kinds) {
    if (path[at++].kind != kind) return false;
  }
  return true;
}

class Finder {
 public:
  explicit Finder(const JsonTree& tree) : tree_(tree) {}

  // Appends what is found below `index`, comma-separated from what `out` holds already within an array; whether
  // anything was.
  bool find(uint32_t index, Path path, Style style, std::string& out, bool in_array) const {
    const JsonNode& node = tree_.at(index);
    if (path.empty()) return copy(index, style, out, in_array);
    const Part part = path[0].kind;
    if (node.kind == Node::kObject && (part == Part::kName || part == Part::kAnyName)) {
      return find_member(index, path, style, out, in_array);
    }
    if (node.kind != Node::kArray) return false;
    if (begins_with(path, {Part::kAnyIndex, Part::kAnyIndex})) {
      return whole_array(index, path.subspan(2), Style::kFlatten, out, in_array);
    }
    if (part == Part::kAnyIndex && style == Style::kQuoted) {
      return whole_array(index, path.subspan(1), Style::kQuoted, out, in_array);
    }
    if (part == Part::kAnyIndex) return matches(index, path.subspan(1), style, out, in_array);
    if (part == Part::kIndex) {
      const bool more = begins_with(path.subspan(1), {Part::kAnyIndex});
      return find_element(index, path, more ? Style::kQuoted : style, out, in_array);
    }
    return false;
  }

 private:
  static void separate(std::string& out, bool in_array) {
    if (in_array && !out.empty() && out.back() != '[') out += ',';
  }

  bool copy(uint32_t index, Style style, std::string& out, bool in_array) const {
    const JsonNode& node = tree_.at(index);
    if (style == Style::kFlatten && node.kind == Node::kArray) {
      bool found = false;
      for (uint32_t child = index + 1; child < node.next; child = tree_.at(child).next) {
        found |= copy(child, style, out, in_array);
      }
      return found;
    }
    separate(out, in_array);
    if (style == Style::kRaw && node.kind == Node::kString) {
      out += node.text;
    } else {
      write_json(tree_, index, out);
    }
    return true;
  }

  // The first member that the path fits; a null under the wanted name does not.
  bool find_member(uint32_t index, Path path, Style style, std::string& out, bool in_array) const {
    for (uint32_t name = index + 1; name < tree_.at(index).next; name = tree_.at(name + 1).next) {
      if (path[0].kind == Part::kName) {
        if (tree_.at(name).text != path[0].name || tree_.at(name + 1).kind == Node::kNull) continue;
      }
      if (find(name + 1, path.subspan(1), style, out, in_array)) return true;
    }
    return false;
  }

  bool find_element(uint32_t index, Path path, Style style, std::string& out, bool in_array) const {
    uint64_t skip = path[0].index;
    for (uint32_t child = index + 1; child < tree_.at(index).next; child = tree_.at(child).next) {
      if (skip-- == 0) return find(child, path.subspan(1), style, out, in_array);
    }
    return false;
  }

  size_t find_all(uint32_t index, Path path, Style style, std::string& out) const {
    size_t found = 0;
    for (uint32_t child = index + 1; child < tree_.at(index).next; child = tree_.at(child).next) {
      found += find(child, path, style, out, true) ? 1 : 0;
    }
    return found;
  }

  // Brackets stay, whatever is found.
  bool whole_array(uint32_t index, Path path, Style style, std::string& out, bool in_array) const {
    std::string inner = "[";
    const bool found = find_all(index, path, style, inner) > 0;
    separate(out, in_array);
    out += inner + ']';
    return found;
  }

  // One match loses its brackets.
  bool matches(uint32_t index, Path path, Style style, std::string& out, bool in_array) const {
    std::string inner = "[";
    const size_t found = find_all(index, path, style == Style::kRaw ? Style::kQuoted : style, inner);
    if (found == 0) return false;
    separate(out, in_array);
    out += found == 1 ? inner.substr(1) : inner + ']';
    return true;
  }

  const JsonTree& tree_;
};

}  // namespace

std::optional<JsonPath> parse_json_path(std::string_view text) {
  if (!text.starts_with('$')) return std::nullopt;
  JsonPath path;
  size_t at = 1;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with(".*") || rest.starts_with("['*']")) {
      path.push_back({Part::kAnyName, {}});
      at += rest[0] == '.' ? 2 : 5;
    } else if (rest.starts_with("[*]")) {
      path.push_back({Part::kAnyIndex, {}});
      at += 3;
    } else if (rest[0] == '.') {
      const size_t end = std::min(rest.find_first_of(".[", 1), rest.size());
      if (end == 1) return std::nullopt;
      path.push_back({Part::kName, std::string(rest.substr(1, end - 1))});
      at += end;
    } else if (rest.starts_with("['")) {
      const size_t end = rest.find_first_of("'?", 2);
      if (end == std::string_view::npos || end == 2 || !rest.substr(end).starts_with("']")) return std::nullopt;
      path.push_back({Part::kName, std::string(rest.substr(2, end - 2))});
      at += end + 2;
    } else {
      uint64_t index = 0;
      const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), index);
      if (rest[0] != '[' || error != std::errc() || end == rest.data() + rest.size() || *end != ']')
        return std::nullopt;
      path.push_back({Part::kIndex, {}, index});
      at += static_cast<size_t>(end - rest.data()) + 1;
    }
  }
  return path;
}

std::optional<std::string> find_json(const JsonTree& tree, const JsonPath& path) {
  std::string out;
  if (!Finder(tree).find(0, path, Style::kRaw, out, false)) return std::nullopt;
  return out;
}

}  // namespace millrace
