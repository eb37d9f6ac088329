#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/diagnostic.h"

namespace millrace {

// A value of the pipeline file with its place: what YAML said, with ${...} put in and aliases resolved. Immutable once
// read.
struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  Place place;
  std::string text;     // scalars
  bool quoted = false;  // scalars: written with quotes or as a block, so never a number, a boolean or null
  bool block = false;   // scalars: a | or > block; its text begins on the line after place, at content_column
  int content_column = 0;
  bool secret = false;                         // holds a ${secret:...}: never shown
  std::vector<Node> items;                     // lists
  std::vector<std::pair<Node, Node>> entries;  // maps, in the order of the file; keys are scalars

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  const Node* find(std::string_view key) const;  // maps: the value under the key, or nullptr
  // Where the bytes [begin, end) of a scalar's text stand in the file.
  Place place_of(size_t begin, size_t end) const;
};

}  // namespace millrace
