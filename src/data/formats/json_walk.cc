#include "data/formats/json_walk.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "data/formats/json_text.h"

namespace millrace {
namespace {

// Keys beyond this many in one object are looked up, not guessed.
constexpr size_t kGuessesMax = 512;

}  // namespace

JsonWalker::JsonWalker(const std::vector<std::vector<std::string>>& paths)
    : plan_(plan_of_paths(paths)), guesses_(plan_.size()), values_(paths.size()) {}

bool JsonWalker::wrong(const char* what, size_t at) {
  if (error_ == nullptr) {
    error_ = what;
    error_at_ = at;
  }
  return false;
}

const char* JsonWalker::walk(std::string_view document) {
  document_ = document;
  error_ = nullptr;
  error_at_ = 0;
  misfit_ = {};
  at_ = 0;
  forget_values();
  if (const char* problem = index_.index(document)) {
    positions_ = {};
    return problem;
  }
  positions_ = index_.positions();
  has_escapes_ = std::memchr(document.data(), '\\', document.size()) != nullptr;
  if (shapes_.read(tokens(), values_)) return nullptr;
  forget_values();
  if (peek() != '{') {
    wrong(peek() == '[' ? "a record is an object, this is an array" : "a record is an object: it begins with '{'",
          place());
    return error_;
  }
  if (object(0, 1) && at_ < positions_.size()) wrong("there is more behind the record's end", place());
  if (error_ == nullptr && misfit_.empty()) shapes_.learn(tokens(), plan_);
  return error_;
}

void JsonWalker::forget_values() {
  for (JsonValue& value : values_) value.kind = JsonValue::Kind::kMissing;
}

const JsonWanted* JsonWalker::look_up(size_t object, size_t ordinal, std::string_view key) {
  const std::vector<JsonWanted>& members = plan_[object];
  std::vector<Guess>& guesses = guesses_[object];
  int found = -1;
  for (size_t i = 0; i < members.size(); ++i) {
    if (members[i].key == key) found = static_cast<int>(i);
  }
  const Guess guess{JsonKey(key), found};
  if (ordinal < guesses.size()) {
    guesses[ordinal] = guess;
  } else if (ordinal == guesses.size() && ordinal < kGuessesMax) {
    guesses.push_back(guess);
  }
  return found < 0 ? nullptr : &members[static_cast<size_t>(found)];
}

// On a key; leaves behind its colon. That the key is closed is proved by the index, and that it ends before the colon,
// since whatever stood between the two would be in the index.
inline bool JsonWalker::key(int wanted_object, size_t ordinal, const JsonWanted*& wanted) {
  if (peek() != '"') return wrong("a key in quotes is expected", place());
  const size_t begin = place() + 1;
  const size_t end_at = at_++;
  if (peek() != ':') return wrong("':' is expected behind a key", place());
  ++at_;
  if (wanted_object < 0 && !has_escapes_) return true;
  if (wanted_object >= 0) {
    const auto object = static_cast<size_t>(wanted_object);
    const std::vector<Guess>& guesses = guesses_[object];
    if (ordinal < guesses.size() && guesses[ordinal].key.stands_at(document_, begin)) [[likely]] {
      const int found = guesses[ordinal].wanted;
      wanted = found < 0 ? nullptr : &plan_[object][static_cast<size_t>(found)];
      return true;
    }
  }
  std::string_view key = document_.substr(begin, token_end(end_at) - 1 - begin);
  if (has_escapes_ && !unescape_key(key, begin)) return false;
  if (wanted_object >= 0) wanted = look_up(static_cast<size_t>(wanted_object), ordinal, key);
  return true;
}

// On '{'; leaves behind '}'.
bool JsonWalker::object(int wanted_object, int depth) {
  if (depth > kJsonDepthMax) return wrong("it is nested too deeply", place());
  ++at_;
  if (peek() == '}') {
    ++at_;
    return true;
  }
  for (size_t ordinal = 0;; ++ordinal) {
    const JsonWanted* wanted = nullptr;
    if (!key(wanted_object, ordinal, wanted)) return false;
    if (wanted == nullptr ? !skip(depth) : !value(*wanted, depth)) return false;
    const char c = peek();
    ++at_;
    if (c == ',') continue;
    if (c == '}') return true;
    --at_;
    return wrong("',' or '}' is expected", place());
  }
}

// On '['; leaves behind ']'.
bool JsonWalker::array(int depth) {
  if (depth > kJsonDepthMax) return wrong("it is nested too deeply", place());
  ++at_;
  if (peek() == ']') {
    ++at_;
    return true;
  }
  while (true) {
    if (!skip(depth)) return false;
    const char c = peek();
    ++at_;
    if (c == ',') continue;
    if (c == ']') return true;
    --at_;
    return wrong("',' or ']' is expected", place());
  }
}

// A key with escapes as it is meant; false when they are wrong.
bool JsonWalker::unescape_key(std::string_view& key, size_t key_begin) {
  if (std::memchr(key.data(), '\\', key.size()) == nullptr) return true;
  if (const char* problem = check_json_escapes(key)) return wrong(problem, key_begin);
  unescaped_key_.resize(key.size());
  unescaped_key_.resize(unescape_json(key, unescaped_key_.data()));
  key = unescaped_key_;
  return true;
}

// Over a value that nobody wants, but that must be JSON all the same.
inline bool JsonWalker::skip(int depth) {
  if (!has_escapes_ && peek() == '"') {  // closed and UTF-8, as the index has proved
    ++at_;
    return true;
  }
  JsonValue ignored;
  bool well = true;
  switch (peek()) {
    case '"': well = string(place(), token_end(at_), ignored); break;
    case '{': return object(-1, depth + 1);
    case '[': return array(depth + 1);
    case '\0': return wrong("a value is expected", place());
    default: well = scalar(place(), token_end(at_), ignored);
  }
  ++at_;
  return well;
}

// On the first byte of a wanted value; leaves behind it.
bool JsonWalker::value(const JsonWanted& wanted, int depth) {
  const size_t begin = place();
  const auto index = static_cast<uint32_t>(at_);
  if (wanted.inner >= 0) forget_inside(wanted);
  JsonValue found;
  const char first = peek();
  if (first == '{' || first == '[') {
    if (first == '{' ? !object(wanted.inner, depth + 1) : !array(depth + 1)) return false;
    found = {.kind = first == '{' ? JsonValue::Kind::kObject : JsonValue::Kind::kArray,
             .begin = static_cast<uint32_t>(begin),
             .end = positions_[at_ - 1] + 1,
             .index = index};
  } else if (first == '\0') {
    return wrong("a value is expected", begin);
  } else {
    const size_t end = token_end(at_);
    if (first == '"' ? !string(begin, end, found) : !scalar(begin, end, found)) return false;
    ++at_;
  }
  if (wanted.inner >= 0 && found.kind != JsonValue::Kind::kObject && found.kind != JsonValue::Kind::kNull) {
    misfit_ = wanted.key;
  }
  if (wanted.leaf >= 0) values_[static_cast<size_t>(wanted.leaf)] = found;
  return true;
}

// A key that comes twice counts as its last: what was found inside the first is gone.
void JsonWalker::forget_inside(const JsonWanted& wanted) {
  for (const int leaf : wanted.leaves_inside) values_[static_cast<size_t>(leaf)].kind = JsonValue::Kind::kMissing;
  if (misfit_ == wanted.key) misfit_ = {};
}

inline bool JsonWalker::string(size_t begin, size_t end, JsonValue& found) {
  if (end < begin + 2 || document_[end - 1] != '"') return wrong("a string is not closed", begin);
  const std::string_view inside = document_.substr(begin + 1, end - begin - 2);
  const bool escaped = has_escapes_ && std::memchr(inside.data(), '\\', inside.size()) != nullptr;
  if (escaped) {
    if (const char* problem = check_json_escapes(inside)) return wrong(problem, begin);
  }
  found = {.kind = JsonValue::Kind::kString,
           .escaped = escaped,
           .begin = static_cast<uint32_t>(begin + 1),
           .end = static_cast<uint32_t>(end - 1)};
  return true;
}

bool JsonWalker::scalar(size_t begin, size_t end, JsonValue& found) {
  const JsonValue::Kind kind = json_scalar_kind(document_.substr(begin, end - begin));
  if (kind == JsonValue::Kind::kMissing) return wrong("neither a number, a string, true, false nor null", begin);
  found = {.kind = kind, .begin = static_cast<uint32_t>(begin), .end = static_cast<uint32_t>(end)};
  return true;
}

JsonWalker::Cursor JsonWalker::enter(const JsonValue& container) const {
  return {.at = container.index + 1, .close = container.kind == JsonValue::Kind::kObject ? '}' : ']', .key = {}};
}

// Only over what walk() has proved to be JSON, so nothing can be wrong here.
bool JsonWalker::next_member(Cursor& cursor, std::string_view& key, JsonValue& found) {
  at_ = cursor.at;
  if (peek() == ',') ++at_;
  if (peek() == cursor.close) return false;
  key = {};
  if (cursor.close == '}') {
    const size_t begin = place() + 1;
    key = document_.substr(begin, token_end(at_) - 1 - begin);
    if (key.find('\\') != std::string_view::npos) {
      cursor.key.resize(key.size());
      cursor.key.resize(unescape_json(key, cursor.key.data()));
      key = cursor.key;
    }
    at_ += 2;
  }
  const size_t begin = place();
  const auto index = static_cast<uint32_t>(at_);
  const char first = peek();
  if (first == '{' || first == '[') {
    const bool well = first == '{' ? object(-1, 1) : array(1);
    MILLRACE_ASSERT(well, "walked twice, proved once");
    found = {.kind = first == '{' ? JsonValue::Kind::kObject : JsonValue::Kind::kArray,
             .begin = static_cast<uint32_t>(begin),
             .end = positions_[at_ - 1] + 1,
             .index = index};
  } else {
    const bool well = first == '"' ? string(begin, token_end(at_), found) : scalar(begin, token_end(at_), found);
    MILLRACE_ASSERT(well, "walked twice, proved once");
    ++at_;
  }
  cursor.at = at_;
  return true;
}

}  // namespace millrace
