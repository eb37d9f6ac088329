#include "wire/http/link_header.h"

namespace millrace {
namespace {

// Reads `<target>; parameter=value; parameter="value", <target> ...` (RFC 8288). What cannot be read is passed over.
class LinkReader {
 public:
  explicit LinkReader(std::string_view text) : rest_(text) {}

  // The target of the first link that has the relation.
  std::optional<std::string> find(std::string_view relation) {
    while (skip_to_link()) {
      const size_t end = rest_.find('>');
      if (end == std::string_view::npos) return std::nullopt;
      std::string target(rest_.substr(0, end));
      rest_.remove_prefix(end + 1);
      if (parameters_have(relation)) return target;
    }
    return std::nullopt;
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t')) rest_.remove_prefix(1);
  }
  bool skip(char c) {
    skip_blanks();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip_to_link() {
    const size_t begin = rest_.find('<');
    rest_.remove_prefix(begin == std::string_view::npos ? rest_.size() : begin + 1);
    return begin != std::string_view::npos;
  }

  std::string_view word() {
    skip_blanks();
    const size_t end = std::min(rest_.find_first_of(" \t=;,"), rest_.size());
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
  }
  std::string value() {
    if (!skip('"')) return std::string(word());
    std::string value;
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      value += rest_[0];
      rest_.remove_prefix(1);
    }
    skip('"');
    return value;
  }

  // Of the link in front: whether its `rel`, of which the first one counts, has the relation among its words.
  bool parameters_have(std::string_view relation) {
    bool found = false;
    bool seen = false;
    while (skip(';')) {
      const std::string_view name = word();
      const std::string text = skip('=') ? value() : "";
      if (seen || !equals_ignoring_case(name, "rel")) continue;
      seen = true;
      for (std::string_view words = text; !words.empty();) {
        const size_t end = std::min(words.find(' '), words.size());
        found = found || equals_ignoring_case(words.substr(0, end), relation);
        words.remove_prefix(std::min(end + 1, words.size()));
      }
    }
    return found;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::string> link_target(const HttpHeaders& headers, std::string_view relation) {
  for (const HttpHeader& header : headers) {
    if (!equals_ignoring_case(header.name, "link")) continue;
    if (auto target = LinkReader(header.value).find(relation)) return target;
  }
  return std::nullopt;
}

}  // namespace millrace
