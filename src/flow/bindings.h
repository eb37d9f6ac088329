#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/diagnostic.h"
#include "flow/node.h"

namespace millrace {

class System;
struct SystemComponent;

// The systems that a profile names, and what it binds to them.
class Bindings {
 public:
  // Of a profile: its `systems`, `topics`, `tables`, `schemas`. What is wrong goes to the diagnostics.
  void read(const Node& profile, std::span<const SystemComponent> components, Diagnostics& diagnostics);

  // Which system has a topic or a table of that name; nullptr: the embedded home.
  std::shared_ptr<System> of_topic(std::string_view name) const { return bound(topics_, name); }
  std::shared_ptr<System> of_table(std::string_view name) const { return bound(tables_, name); }
  std::shared_ptr<System> of_schemas() const { return bound(schemas_, ""); }
  const std::map<std::string, std::shared_ptr<System>>& systems() const { return systems_; }  // by name

 private:
  // By pattern, in the order of the file: the first that fits.
  using Patterns = std::vector<std::pair<std::string, std::shared_ptr<System>>>;

  void read_system(const NodeEntry& entry, std::span<const SystemComponent> components, Diagnostics& diagnostics);
  Patterns read_patterns(const Node& given, std::string_view what, bool (*can)(System&), Diagnostics& diagnostics);
  static std::shared_ptr<System> bound(const Patterns& patterns, std::string_view name);

  std::map<std::string, std::shared_ptr<System>> systems_;
  Patterns topics_;
  Patterns tables_;
  Patterns schemas_;  // one at most, for all
};

}  // namespace millrace
