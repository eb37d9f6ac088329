#include "flow/spec/profile.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "flow/spec/keys.h"

namespace millrace {
namespace {

void merge(Node& to, const Node& from) {
  if (!to.is_map() || !from.is_map()) {
    to = from;
    return;
  }
  for (const auto& [key, value] : from.entries) {
    const auto there = std::find_if(to.entries.begin(), to.entries.end(),
                                    [&text = key.text](const auto& entry) { return entry.first.text == text; });
    if (there == to.entries.end()) {
      to.entries.emplace_back(key, value);
    } else {
      merge(there->second, value);
    }
  }
}

void merge_at(Node& root, const Node& profile, std::string_view key) {
  const Node* over = profile.find(key);
  if (over == nullptr) return;
  Node patch{.kind = Node::Kind::kMap, .place = over->place};
  patch.entries.emplace_back(Node{.kind = Node::Kind::kScalar, .place = over->place, .text = std::string(key)}, *over);
  merge(root, patch);
}

}  // namespace

Node apply_profile(Node& root, const std::string& name, Diagnostics& diagnostics) {
  std::vector<std::string_view> names;
  const Node* profiles = root.find("profiles");
  if (profiles != nullptr && !profiles->is_map()) {
    diagnostics.error(profiles->place, "profiles is a map of names to profiles",
                      "for example profiles: { large: { params: { results: 1000 } } }");
    return {};
  }
  const Node* chosen = nullptr;
  if (profiles != nullptr) {
    for (const auto& [key, profile] : profiles->entries) {
      names.push_back(key.text);
      const bool well = check_keys(profile, fmt::format("profile '{}'", key.text),
                                   {"params", "flows", "systems", "topics", "schemas", "tables", "raw"}, diagnostics);
      if (well && key.text == name) chosen = &profile;
    }
  }
  if (name.empty()) return {};
  if (chosen == nullptr) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      diagnostics.error({}, fmt::format("--profile {}: the file has no profile of that name", name),
                        names.empty() ? "it must be declared under `profiles:`" : hint_among(name, names));
    }
    return {};
  }
  Node profile = *chosen;
  merge_at(root, profile, "params");
  merge_at(root, profile, "flows");
  return profile;
}

}  // namespace millrace
