#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/diagnostic.h"

namespace millrace {

// A stretch of a scalar's text and where it begins in the file. Texts need several when they have line breaks, escapes
// or put-in values.
struct TextRun {
  size_t begin = 0;  // byte of the text
  int line = 0;
  int column = 0;
  int length = 0;  // not 0: all of the stretch came from these many code points (an escape, a ${...})
};

// A stretch of a scalar's text that a ${...} stands for, where that matters later.
struct PutIn {
  enum class What { kSecret, kRunStart, kRunEnd };
  What what = What::kSecret;
  size_t begin = 0;  // bytes of the text
  size_t end = 0;
};

struct NodeEntry;  // not a std::pair: clang 14 cannot destroy a vector of pairs of an incomplete type

// A value of the pipeline file with its place: what YAML said, with ${...} put in and aliases resolved. Immutable once
// read.
struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  Place place;
  std::string text;                // scalars
  bool quoted = false;             // scalars: written with quotes or as a block, so never a number, a boolean or null
  bool block = false;              // scalars: a | or > block; its text begins on the line after place
  bool secret = false;             // holds a ${secret:...}: never shown
  std::vector<TextRun> runs;       // scalars, ascending; empty: the text stands at place as it is
  std::vector<PutIn> put_in;       // scalars, ascending: secrets, and the times of the run as of when the file was read
  std::vector<Node> items;         // lists
  std::vector<NodeEntry> entries;  // maps, in the order of the file; keys are scalars

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  const Node* find(std::string_view key) const;  // maps: the value under the key, or nullptr
  // Where the bytes [begin, end) of a scalar's text stand in the file.
  Place place_of(size_t begin, size_t end) const;
  // Where all of the value stands: for a block its text, not the | in front of it.
  Place whole() const { return block && !text.empty() ? place_of(0, text.size()) : place; }
};

struct NodeEntry {
  NodeEntry(Node key, Node value) : first(std::move(key)), second(std::move(value)) {}

  Node first;
  Node second;
};

}  // namespace millrace
