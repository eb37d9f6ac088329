#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// A JSON text read the way Spark's functions read it: single quotes and bare control characters within strings are
// taken, whatever follows the first value is not looked at. Nested deeper than kJsonDepthMax it counts as malformed.
inline constexpr int kJsonDepthMax = 1000;

struct JsonNode {
  enum class Kind : uint8_t { kNull, kTrue, kFalse, kInteger, kFloat, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  uint32_t next = 0;      // index of the node behind this one and all below it
  std::string_view text;  // of numbers as written, of strings without their escapes
};

// What is taken besides JSON proper.
struct JsonRules {
  bool control_characters = true;  // within strings
  bool not_a_number = false;       // NaN, Infinity, +Infinity, -Infinity: floats
};

// Nodes in the order of the text; an object's are its names (strings) and values by turns. Used again and again, so
// that its memory is. Views live until the next parse, and as long as the text.
class JsonTree {
 public:
  bool parse(std::string_view text, JsonRules rules = {});  // false: malformed, or nothing there
  const JsonNode& at(uint32_t index) const { return nodes_[index]; }

 private:
  void skip_space();
  bool parse_value(int depth);
  bool parse_members(int depth, char close);
  bool parse_string();
  void skip_plain(char quote);
  bool unescape(std::string& out);
  bool parse_unicode(std::string& out);
  bool parse_number();
  bool parse_not_a_number();
  bool parse_word(std::string_view word, JsonNode::Kind kind);
  void add(JsonNode::Kind kind, std::string_view text);

  std::string_view text_;
  JsonRules rules_;
  size_t at_ = 0;
  std::string unescaped_;  // never longer than the text, so that views into it stay
  std::vector<JsonNode> nodes_;
};

// How Jackson writes them: strings with the fewest escapes, floats as doubles.
void write_json_string(std::string_view text, std::string& out);
void write_json(const JsonTree& tree, uint32_t index, std::string& out);

}  // namespace millrace
