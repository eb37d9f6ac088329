#include "data/expr/functions/json_tree.h"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "data/column.h"

namespace millrace {
namespace {

using Kind = JsonNode::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(uint32_t code, std::string& out) {
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

}  // namespace

bool JsonTree::parse(std::string_view text, JsonRules rules) {
  text_ = text;
  rules_ = rules;
  at_ = 0;
  nodes_.clear();
  unescaped_.clear();
  unescaped_.reserve(text.size());
  skip_space();
  return at_ < text_.size() && parse_value(1);
}

inline void JsonTree::skip_space() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
}

inline void JsonTree::add(Kind kind, std::string_view text) {
  nodes_.push_back({kind, static_cast<uint32_t>(nodes_.size() + 1), text});
}

bool JsonTree::parse_value(int depth) {
  if (depth > kJsonDepthMax || at_ >= text_.size()) return false;
  switch (text_[at_]) {
    case '{': return parse_members(depth, '}');
    case '[': return parse_members(depth, ']');
    case '"':
    case '\'': return parse_string();
    case 'n': return parse_word("null", Kind::kNull);
    case 't': return parse_word("true", Kind::kTrue);
    case 'f': return parse_word("false", Kind::kFalse);
    default: return (rules_.not_a_number && parse_not_a_number()) || parse_number();
  }
}

bool JsonTree::parse_not_a_number() {
  for (const std::string_view word : {"NaN", "Infinity", "+Infinity", "-Infinity"}) {
    if (text_.substr(at_, word.size()) == word) return parse_word(word, Kind::kFloat);
  }
  return false;
}

bool JsonTree::parse_members(int depth, char close) {
  const size_t node = nodes_.size();
  add(close == '}' ? Kind::kObject : Kind::kArray, {});
  ++at_;
  skip_space();
  bool more = at_ < text_.size() && text_[at_] != close;
  while (more) {
    skip_space();
    if (close == '}') {
      if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'') || !parse_string()) return false;
      skip_space();
      if (at_ >= text_.size() || text_[at_++] != ':') return false;
      skip_space();
    }
    if (!parse_value(depth + 1)) return false;
    skip_space();
    more = at_ < text_.size() && text_[at_] == ',';
    if (more) ++at_;
  }
  if (at_ >= text_.size() || text_[at_] != close) return false;
  ++at_;
  nodes_[node].next = static_cast<uint32_t>(nodes_.size());
  return true;
}

// Eight bytes at a time over what a string holds besides its quote and escapes.
inline void JsonTree::skip_plain(char quote) {
  constexpr uint64_t kOnes = 0x0101010101010101ULL;
  const auto zeros = [](uint64_t word) { return (word - kOnes) & ~word & (kOnes << 7); };
  for (; at_ + 8 <= text_.size(); at_ += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text_.data() + at_, 8);
    const uint64_t found = zeros(word ^ kOnes * static_cast<unsigned char>(quote)) | zeros(word ^ kOnes * '\\');
    if (found == 0) continue;
    at_ += static_cast<size_t>(__builtin_ctzll(found)) / 8;
    return;
  }
}

bool JsonTree::parse_string() {
  const char quote = text_[at_++];
  const size_t begin = at_;
  const auto refused = [&](char c) { return !rules_.control_characters && static_cast<unsigned char>(c) < 0x20; };
  if (rules_.control_characters) skip_plain(quote);
  while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\\' && !refused(text_[at_])) ++at_;
  if (at_ < text_.size() && refused(text_[at_])) return false;
  if (at_ >= text_.size()) return false;
  if (text_[at_] == quote) {
    add(Kind::kString, text_.substr(begin, at_++ - begin));
    return true;
  }
  const size_t start = unescaped_.size();
  unescaped_.append(text_.substr(begin, at_ - begin));
  while (at_ < text_.size() && text_[at_] != quote) {
    const char c = text_[at_++];
    if (refused(c)) return false;
    if (c != '\\') {
      unescaped_ += c;
    } else if (!unescape(unescaped_)) {
      return false;
    }
  }
  if (at_ >= text_.size()) return false;
  ++at_;
  add(Kind::kString, std::string_view(unescaped_).substr(start));
  return true;
}

bool JsonTree::unescape(std::string& out) {
  if (at_ >= text_.size()) return false;
  switch (const char c = text_[at_++]) {
    case 'b': out += '\b'; return true;
    case 'f': out += '\f'; return true;
    case 'n': out += '\n'; return true;
    case 'r': out += '\r'; return true;
    case 't': out += '\t'; return true;
    case '"':
    case '\'':
    case '/':
    case '\\': out += c; return true;
    case 'u': return parse_unicode(out);
    default: return false;
  }
}

bool JsonTree::parse_unicode(std::string& out) {
  const auto unit = [&](size_t from) -> int {
    if (from + 4 > text_.size()) return -1;
    int value = 0;
    for (size_t i = from; i < from + 4; ++i) {
      const int digit = hex_digit(text_[i]);
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  };
  const int first = unit(at_);
  if (first < 0) return false;
  at_ += 4;
  if (first >= 0xd800 && first < 0xdc00 && text_.substr(at_, 2) == "\\u") {
    const int second = unit(at_ + 2);
    if (second >= 0xdc00 && second < 0xe000) {
      at_ += 6;
      append_utf8(0x10000U + (static_cast<uint32_t>(first - 0xd800) << 10) + static_cast<uint32_t>(second - 0xdc00),
                  out);
      return true;
    }
  }
  if (first >= 0xd800 && first < 0xe000) {
    out += '?';  // half a pair has no UTF-8; Java writes this
  } else {
    append_utf8(static_cast<uint32_t>(first), out);
  }
  return true;
}

bool JsonTree::parse_number() {
  const size_t begin = at_;
  const auto digits = [&] {
    const size_t from = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ - from;
  };
  if (text_[at_] == '-') ++at_;
  const size_t whole = at_;
  const size_t count = digits();
  if (count == 0 || (count > 1 && text_[whole] == '0')) return false;
  bool integer = true;
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    integer = false;
    if (digits() == 0) return false;
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    integer = false;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    if (digits() == 0) return false;
  }
  if (nodes_.empty() && at_ < text_.size() && std::string_view(" \n\r\t").find(text_[at_]) == std::string_view::npos) {
    return false;  // a number alone ends with the text or white space
  }
  add(integer ? Kind::kInteger : Kind::kFloat, text_.substr(begin, at_ - begin));
  return true;
}

bool JsonTree::parse_word(std::string_view word, Kind kind) {
  if (text_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  if (at_ < text_.size()) {
    const char c = text_[at_];
    if (is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return false;
  }
  add(kind, word);
  return true;
}

void write_json_string(std::string_view text, std::string& out) {
  out += '"';
  size_t plain = 0;  // where what needs no escape begins
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') [[likely]]
      continue;
    out.append(text, plain, at - plain);
    plain = at + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    }
  }
  out.append(text, plain);
  out += '"';
}

void write_json(const JsonTree& tree, uint32_t index, std::string& out) {
  const JsonNode& node = tree.at(index);
  switch (node.kind) {
    case Kind::kString: return write_json_string(node.text, out);
    case Kind::kFloat: {
      const double value = std::strtod(std::string(node.text).c_str(), nullptr);
      const bool finite = value - value == 0;
      out += finite ? format_double(value) : '"' + format_double(value) + '"';
      return;
    }
    case Kind::kInteger: out += node.text == "-0" ? "0" : node.text; return;
    case Kind::kNull:
    case Kind::kTrue:
    case Kind::kFalse: out += node.text; return;
    case Kind::kArray:
    case Kind::kObject: break;
  }
  const bool object = node.kind == Kind::kObject;
  out += object ? '{' : '[';
  for (uint32_t child = index + 1; child < node.next; child = tree.at(child).next) {
    if (child > index + 1) out += ',';
    if (object) {
      write_json_string(tree.at(child++).text, out);
      out += ':';
    }
    write_json(tree, child, out);
  }
  out += object ? '}' : ']';
}

}  // namespace millrace
