#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/json_index.h"
#include "data/formats/json_shape.h"
#include "data/formats/json_wanted.h"

namespace millrace {

inline constexpr int kJsonDepthMax = 256;

// Walks whole documents: proves that every byte of them is JSON, whichever values are wanted, and notes where the
// wanted ones are. A key that comes twice counts as its last. Belongs to one thread.
class JsonWalker {
 public:
  explicit JsonWalker(const std::vector<std::vector<std::string>>& paths);

  // nullptr, or what is wrong with the document; error_at() says where. The top must be an object.
  const char* walk(std::string_view document);
  size_t error_at() const { return error_at_; }
  // The key of something that had to be an object for a wanted path to go on inside it, and was not; empty when there
  // is none.
  std::string_view misfit() const { return misfit_; }
  // One per path, for the last document walked.
  std::span<const JsonValue> values() const { return values_; }

  // Visits the members of an object or the elements of an array found by walk(): f(key, value); elements have no key.
  template <typename F>
  void for_each_member(const JsonValue& container, F&& f) {
    Cursor cursor = enter(container);
    std::string_view key;
    JsonValue value;
    while (next_member(cursor, key, value)) f(key, value);
  }

 private:
  // Objects come with their keys in the same order again and again: what the n-th key was last time is tried first.
  struct Guess {
    JsonKey key;
    int wanted;  // index into the object's plan
  };
  struct Cursor {
    size_t at = 0;
    char close = 0;
    std::string key;
  };

  bool object(int wanted_object, int depth);
  bool array(int depth);
  bool value(const JsonWanted& wanted, int depth);
  bool skip(int depth);
  bool unescape_key(std::string_view& key, size_t key_begin);
  void forget_inside(const JsonWanted& wanted);
  bool scalar(size_t begin, size_t end, JsonValue& found);
  bool string(size_t begin, size_t end, JsonValue& found);
  bool key(int wanted_object, size_t ordinal, const JsonWanted*& wanted);
  const JsonWanted* look_up(size_t object, size_t ordinal, std::string_view key);
  bool wrong(const char* what, size_t at);
  void forget_values();
  JsonTokens tokens() const { return {document_, positions_, has_escapes_}; }
  char peek() const { return at_ < positions_.size() ? document_[positions_[at_]] : '\0'; }
  size_t place() const { return at_ < positions_.size() ? positions_[at_] : document_.size(); }
  size_t token_end(size_t at) const { return tokens().end(at); }
  Cursor enter(const JsonValue& container) const;
  bool next_member(Cursor& cursor, std::string_view& key, JsonValue& found);

  JsonIndex index_;
  JsonPlan plan_;
  std::vector<std::vector<Guess>> guesses_;  // per object of the plan
  JsonShapes shapes_;
  std::vector<JsonValue> values_;
  std::string unescaped_key_;
  // Of the document being walked.
  std::string_view document_;
  std::span<const uint32_t> positions_;
  size_t at_ = 0;
  bool has_escapes_ = false;
  std::string_view misfit_;
  const char* error_ = nullptr;
  size_t error_at_ = 0;
};

}  // namespace millrace
