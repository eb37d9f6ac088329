#include "flow/bindings.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/spelling.h"
#include "flow/settings.h"
#include "flow/system.h"

namespace millrace {
namespace {

// `*` stands for any text, and nothing else for anything but itself.
bool fits(std::string_view pattern, std::string_view name) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  if (name.substr(0, star) != pattern.substr(0, star)) return false;
  for (size_t at = star; at <= name.size(); ++at) {
    if (fits(pattern.substr(star + 1), name.substr(at))) return true;
  }
  return false;
}

std::string hint_of(std::string_view word, const std::vector<std::string_view>& known, std::string_view otherwise) {
  const auto near = nearest_spelling(word, known);
  if (near) return fmt::format("did you mean '{}'?", *near);
  return known.empty() ? std::string(otherwise) : fmt::format("there are: {}", fmt::join(known, ", "));
}

}  // namespace

void Bindings::read(const Node& profile, std::span<const SystemComponent> components, Diagnostics& diagnostics) {
  if (const Node* systems = profile.find("systems")) {
    if (systems->is_map()) {
      for (const NodeEntry& entry : systems->entries) read_system(entry, components, diagnostics);
    } else {
      diagnostics.error(systems->place, "'systems' is a map of names to systems",
                        "for example systems: { k: { kafka: { brokers: \"localhost:9092\" } } }");
    }
  }
  if (const Node* topics = profile.find("topics")) {
    topics_ = read_patterns(
        *topics, "topics", [](System& system) { return system.topics() != nullptr; }, diagnostics);
  }
  if (const Node* tables = profile.find("tables")) {
    tables_ = read_patterns(
        *tables, "tables", [](System& system) { return system.tables() != nullptr; }, diagnostics);
  }
  const Node* schemas = profile.find("schemas");
  if (schemas != nullptr && !schemas->is_scalar()) {
    diagnostics.error(schemas->place, "'schemas' is the name of one system", "for example schemas: reg");
  } else if (schemas != nullptr) {
    schemas_ = read_patterns(
        *schemas, "schemas", [](System& system) { return system.schemas() != nullptr; }, diagnostics);
  }
}

void Bindings::read_system(const NodeEntry& entry, std::span<const SystemComponent> components,
                           Diagnostics& diagnostics) {
  const auto& [name, node] = entry;
  systems_[name.text] = nullptr;  // one that is wrong is there all the same, so that nobody complains that it is not
  std::vector<std::string_view> kinds;
  for (const SystemComponent& one : components) kinds.push_back(one.about.name);
  if (!node.is_map() || node.entries.size() != 1) {
    diagnostics.error(node.place, fmt::format("system '{}' is a map of its kind to its settings", name.text),
                      fmt::format("kinds of systems: {}", fmt::join(kinds, ", ")));
    return;
  }
  const auto& [kind, given] = node.entries[0];
  const auto found = std::find_if(components.begin(), components.end(),
                                  [&kind = kind](const auto& one) { return one.about.name == kind.text; });
  if (found == components.end()) {
    diagnostics.error(kind.place, fmt::format("there is no kind of system '{}'", kind.text),
                      hint_of(kind.text, kinds, ""));
    return;
  }
  const auto settings = Settings::read(found->about, given, diagnostics);
  if (settings) systems_[name.text] = found->make(name.text, *settings, diagnostics);
}

Bindings::Patterns Bindings::read_patterns(const Node& given, std::string_view what, bool (*can)(System&),
                                           Diagnostics& diagnostics) {
  Patterns patterns;
  const auto add = [&](std::string pattern, const Node& system) {
    const auto found = systems_.find(system.text);
    if (!system.is_scalar() || found == systems_.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, one] : systems_) names.push_back(name);
      diagnostics.error(system.place, fmt::format("there is no system '{}'", system.text),
                        hint_of(system.text, names, "it must be declared under `systems:` of the profile"));
    } else if (found->second != nullptr && !can(*found->second)) {
      diagnostics.error(system.place, fmt::format("system '{}' cannot keep {}", system.text, what),
                        fmt::format("`millrace help` says of each kind of system what it can keep"));
    } else {
      patterns.emplace_back(std::move(pattern), found->second);
    }
  };
  if (!given.is_map()) {
    add("*", given);
    return patterns;
  }
  for (const auto& [pattern, system] : given.entries) add(pattern.text, system);
  return patterns;
}

std::shared_ptr<System> Bindings::bound(const Patterns& patterns, std::string_view name) {
  const auto found =
      std::find_if(patterns.begin(), patterns.end(), [&](const auto& one) { return fits(one.first, name); });
  return found == patterns.end() ? nullptr : found->second;
}

}  // namespace millrace
