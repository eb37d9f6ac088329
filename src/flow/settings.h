#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/component.h"
#include "flow/node.h"

namespace millrace {

// "3..10", "3..", "..10", "5": the ends as written.
struct RangeText {
  std::optional<std::string> from;
  std::optional<std::string> to;
};

// "1%", "100", "1% per 10m".
struct Limit {
  bool is_share = false;
  double share = 0;    // 0.01 for 1%
  uint64_t count = 0;  // when it is not a share
  int64_t per_us = 0;  // 0: per run
};

// The settings of one component in the file, validated against its description: every getter of a described field works
// when make() is called, and gives the default where the file is silent. Asking for an undescribed field is a bug.
class Settings {
 public:
  // Validates; all that is wrong goes to `diagnostics`, nullopt then.
  static std::optional<Settings> read(const Component& component, const Node& node, Diagnostics& diagnostics);

  bool has(std::string_view field) const;  // written in the file, or has a default
  const std::string& text(std::string_view field) const;
  int64_t integer(std::string_view field) const;
  double number(std::string_view field) const;
  bool flag(std::string_view field) const;
  int64_t duration_us(std::string_view field) const;
  int64_t bytes(std::string_view field) const;
  Limit limit(std::string_view field) const;
  std::vector<std::string> texts(std::string_view field) const;  // kTexts, kColumns
  RangeText range(const Node& value) const;
  // Of a map that holds a component's fields.
  Settings map(std::string_view field) const;
  // The value itself, for maps, and for expressions whose errors are to be underlined in place.
  const Node& node(std::string_view field) const;
  Place place() const { return place_; }
  const Component& component() const { return *component_; }

 private:
  const Component* component_ = nullptr;
  Place place_;
  std::vector<std::pair<std::string_view, Node>> values_;
};

// The readers behind the getters, for values inside maps. nullopt: not one.
std::optional<int64_t> parse_duration_us(std::string_view text);
std::optional<int64_t> parse_byte_count(std::string_view text);
std::optional<Limit> parse_limit(std::string_view text);
std::optional<RangeText> parse_range(std::string_view text);

// As they would be written: "10m", "1GB".
std::string duration_text(int64_t us);
std::string byte_count_text(int64_t bytes);

}  // namespace millrace
