#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "data/formats/json_wanted.h"

namespace millrace {

// A document with more tokens than this has no shape: it is walked.
inline constexpr size_t kShapeTokensMax = 2048;

// The tokens of a document, as JsonIndex has found them.
struct JsonTokens {
  std::string_view document;
  std::span<const uint32_t> positions;
  bool has_escapes = false;  // there is a backslash in the document

  char at(size_t token) const { return document[positions[token]]; }
  size_t end(size_t token) const { return json_token_end(document, positions.data(), positions.size(), token); }
};

// Which tokens come one after the other in a document, with the keys of the objects that something is wanted from, and
// where in it the wanted values are. The documents of a source mostly have one of a few shapes. One that has a shape is
// proved to be JSON, and its values are found, without walking: all tokens are compared at once, then each scalar, key
// and escape is looked at. See docs/decisions/0011-json-shapes.md.
class JsonShape {
 public:
  JsonShape() = default;  // no document has it
  // The shape of a document that has been walked, and was well. An empty one when it has none of use: too many tokens,
  // a wanted key twice in an object.
  JsonShape(const JsonTokens& tokens, const JsonPlan& plan);

  size_t tokens() const { return token_count_; }
  // Whether the document is known to be JSON and of this shape; sets the values of the leaves that this shape has. When
  // false it may be JSON or not, and `values` is left in any state.
  bool read(const JsonTokens& tokens, std::span<JsonValue> values) const;

 private:
  class Learner;
  struct Key {
    JsonKey key;
    uint32_t token;
  };
  struct Leaf {
    uint32_t token;
    uint32_t last_token;  // of an object or array
    uint32_t leaf;
    JsonValue::Kind kind;  // kObject, kArray, or kMissing: a scalar, of any kind
  };

  static bool read_leaf(const JsonTokens& tokens, const Leaf& leaf, JsonValue& found);

  size_t token_count_ = 0;
  // Per token, filled up to whole blocks.
  std::vector<char> first_;   // its first byte
  std::vector<char> fixed_;   // 0xFF: it must have that byte
  std::vector<char> scalar_;  // 0xFF: it is a scalar, which may begin with any byte that is one's
  std::vector<Key> keys_;
  std::vector<Leaf> leaves_;
  std::vector<uint32_t> nulls_;  // must be null: an object with wanted values was null here
};

// The shapes that documents have had, a few by their numbers of tokens. Documents that all differ cost next to nothing:
// after each shape that was learnt in vain it waits twice as long. Belongs to one thread.
class JsonShapes {
 public:
  // As JsonShape::read(), whichever shape it is.
  bool read(const JsonTokens& tokens, std::span<JsonValue> values);
  // To be told of each document that read() did not know, that was walked then, and was well.
  void learn(const JsonTokens& tokens, const JsonPlan& plan);

 private:
  struct Known {
    JsonShape shape;
    uint32_t hits = 0;      // since it was learnt
    uint32_t misses = 0;    // the same
    uint32_t patience = 1;  // so many misses before another is learnt
  };
  // Numbers of tokens that are near each other have places of their own: a key more is four tokens more.
  Known& of(const JsonTokens& tokens) {
    const size_t count = tokens.positions.size();
    return known_[(count / 4 + count % 4 * 4) % known_.size()];
  }

  std::array<Known, 16> known_;
};

}  // namespace millrace
