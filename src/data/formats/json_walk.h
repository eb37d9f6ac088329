#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/json_index.h"

namespace millrace {

inline constexpr int kJsonDepthMax = 256;

// A value inside a document, as it stands there.
struct JsonValue {
  enum class Kind : uint8_t { kMissing, kNull, kTrue, kFalse, kNumber, kString, kObject, kArray };
  Kind kind = Kind::kMissing;
  bool escaped = false;  // strings: holds escapes
  uint32_t begin = 0;    // strings: inside the quotes
  uint32_t end = 0;
  uint32_t index = 0;  // objects, arrays: where in the index they begin

  std::string_view text(std::string_view document) const { return document.substr(begin, end - begin); }
};

// Walks whole documents: proves that every byte of them is JSON, whichever values are wanted, and notes where the
// wanted ones are. A key that comes twice counts as its last. Belongs to one thread.
class JsonWalker {
 public:
  // Each path is a leaf: {"location", "street", "number"}. A path may be the beginning of another.
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
  // What is wanted inside an object.
  struct Wanted {
    std::string key;
    int leaf = -1;   // index into values_
    int inner = -1;  // index into objects_
    std::vector<int> leaves_inside;
  };
  // Objects come with their keys in the same order again and again: what the n-th key was last time is tried first.
  struct Guess {
    Guess(std::string_view key, int index);
    // Whether this key and its closing quote stand in the document there. Keys are mostly short: two words tell.
    bool stands_at(std::string_view document, size_t begin) const {
      if (closed.size() - 1 >= sizeof head || document.size() - begin < sizeof head) {  // nothing, or more than that
        return !closed.empty() && document.substr(begin, closed.size()) == closed;
      }
      std::array<uint64_t, 2> there;
      std::memcpy(there.data(), document.data() + begin, sizeof there);
      return (((there[0] ^ head[0]) & mask[0]) | ((there[1] ^ head[1]) & mask[1])) == 0;
    }

    std::string closed;  // the key and a quote; empty when it cannot be compared as it stands, as it needs escapes
    std::array<uint64_t, 2> head{};
    std::array<uint64_t, 2> mask{};  // the bytes of `head` that count
    int wanted;
  };
  struct Object {
    std::vector<Wanted> wanted;
    std::vector<Guess> guesses;
  };
  struct Cursor {
    size_t at = 0;
    char close = 0;
    std::string key;
  };

  bool object(int wanted_object, int depth);
  bool array(int depth);
  bool value(const Wanted& wanted, int depth);
  bool skip(int depth);
  bool unescape_key(std::string_view& key, size_t key_begin);
  void forget_inside(const Wanted& wanted);
  bool scalar(size_t begin, size_t end, JsonValue& found);
  bool string(size_t begin, size_t end, JsonValue& found);
  bool key(int wanted_object, size_t ordinal, const Wanted*& wanted);
  const Wanted* look_up(Object& object, size_t ordinal, std::string_view key);
  bool wrong(const char* what, size_t at);
  char peek() const { return at_ < positions_.size() ? document_[positions_[at_]] : '\0'; }
  size_t place() const { return at_ < positions_.size() ? positions_[at_] : document_.size(); }
  // The end of the token that begins at index `at`: its last byte that is not white space, plus one.
  size_t token_end(size_t at) const;
  Cursor enter(const JsonValue& container) const;
  bool next_member(Cursor& cursor, std::string_view& key, JsonValue& found);

  JsonIndex index_;
  std::vector<Object> objects_;
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
