#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

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

// What is wanted of a member.
struct JsonWanted {
  std::string key;
  int leaf = -1;   // which path ends here; -1: none
  int inner = -1;  // which object of the plan is inside; -1: nothing in it is wanted
  std::vector<int> leaves_inside;
};

// What is wanted of documents, object by object; the first is the document itself. Each path is a leaf: {"location",
// "street", "number"}, and may be the beginning of another.
using JsonPlan = std::vector<std::vector<JsonWanted>>;
JsonPlan plan_of_paths(const std::vector<std::vector<std::string>>& paths);

// A key as it stands in documents, to be recognised by one comparison. Keys are mostly short: two words tell.
class JsonKey {
 public:
  explicit JsonKey(std::string_view key);
  // Whether the key and its closing quote stand at `begin`. Never for a key that needs escapes: it has several
  // spellings.
  bool stands_at(std::string_view document, size_t begin) const {
    if (closed_.size() - 1 >= sizeof head_ || document.size() - begin < sizeof head_) {  // nothing, or more than that
      return !closed_.empty() && document.substr(begin, closed_.size()) == closed_;
    }
    std::array<uint64_t, 2> there;
    std::memcpy(there.data(), document.data() + begin, sizeof there);
    return (((there[0] ^ head_[0]) & mask_[0]) | ((there[1] ^ head_[1]) & mask_[1])) == 0;
  }

 private:
  std::string closed_;  // the key and a quote; empty when it cannot be compared as it stands
  std::array<uint64_t, 2> head_{};
  std::array<uint64_t, 2> mask_{};  // the bytes of `head_` that count
};

// The end of the token that begins at number `at` of the index: behind its last byte that is not white space.
inline size_t json_token_end(std::string_view document, const uint32_t* positions, size_t count, size_t at) {
  size_t end = at + 1 < count ? positions[at + 1] : document.size();
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (is_space(document[end - 1])) [[unlikely]] {
      --end;
    }
  return end;
}

// null, true, false or a number; kMissing: it is none of them.
JsonValue::Kind json_scalar_kind(std::string_view token);

}  // namespace millrace
