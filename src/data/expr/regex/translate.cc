#include "data/expr/regex/translate.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "data/expr/regex/parser.h"

namespace millrace {
namespace {

using Kind = PatternNode::Kind;

// Whether every match of it takes at least one character.
bool consumes(const PatternNode& node) {
  const auto each = [](const PatternNode& child) { return consumes(child); };
  switch (node.kind) {
    case Kind::kText: return node.consumes;
    case Kind::kDollar: return false;
    case Kind::kConcat:
    case Kind::kCapture: return std::any_of(node.children.begin(), node.children.end(), each);
    case Kind::kAlternate: return std::all_of(node.children.begin(), node.children.end(), each);
    case Kind::kRepeat: return node.min > 0 && consumes(node.children[0]);
  }
  return false;
}

bool has_line_break(const PatternNode& node) {
  return node.line_break || std::any_of(node.children.begin(), node.children.end(), has_line_break);
}

bool only_dollars(const PatternNode& node) {
  if (node.kind == Kind::kDollar) return true;
  return node.kind != Kind::kText && node.kind != Kind::kRepeat && node.kind != Kind::kAlternate &&
         std::all_of(node.children.begin(), node.children.end(), only_dollars);
}

// What RE2 can only say in certain places.
class Limits {
 public:
  std::optional<PatternError> check(const PatternNode& root) {
    visit(root, {.last = true, .followed = false, .times = 1});
    return std::move(error_);
  }
  bool has_dollar() const { return has_dollar_; }

 private:
  struct Place {
    bool last;      // nothing of the pattern can match behind it
    bool followed;  // at least one character must match behind it
    int times;      // repetitions around it, multiplied
  };

  void fail(const PatternNode& node, std::string message, std::string hint) {
    if (!error_) error_ = PatternError{node.at, std::move(message), std::move(hint)};
  }

  // Java and RE2 leave a loop at different turns when a turn can be empty, and Java's \R does not give back its \n
  // there.
  void check_body(const PatternNode& repeat) {
    if (!consumes(repeat.children[0])) {
      fail(repeat, "what is repeated here can match nothing", "let each repetition take a character: (a*)* is a*");
    }
    if (has_line_break(repeat.children[0]) && (repeat.min > 1 || repeat.max > 1)) {
      fail(repeat, "a counted repetition of \\R cannot be translated", "write (?:\\r\\n|\\n), or \\R\\R");
    }
  }

  void visit(const PatternNode& node, Place place) {
    if (node.kind == Kind::kDollar) {
      has_dollar_ = true;
      if (!place.last) {
        fail(node, "'$' can stand only at the end of a pattern",
             "the very end of the text is \\z, the character itself \\$");
      }
    }
    if (node.line_start && !place.followed) {
      fail(node, "'^' under (?m) must have a character to match behind it",
           "Java does not let it match at the end of the text, which cannot be translated");
    }
    if (node.kind == Kind::kRepeat) {
      place = {.last = false, .followed = false, .times = place.times * std::max({node.min, node.max, 1})};
      if (place.times > kPatternRepeatMax) {
        return fail(node, fmt::format("nested repetitions multiply to more than {}", kPatternRepeatMax), "");
      }
    }
    if (node.kind == Kind::kRepeat && node.max != 1) check_body(node);
    for (size_t i = 0; i < node.children.size(); ++i) {
      Place inner = place;
      if (node.kind == Kind::kConcat) {
        const auto behind = node.children.begin() + static_cast<std::ptrdiff_t>(i) + 1;
        inner.last = place.last && std::all_of(behind, node.children.end(), only_dollars);
        inner.followed = place.followed || std::any_of(behind, node.children.end(), consumes);
      }
      visit(node.children[i], inner);
    }
  }

  std::optional<PatternError> error_;
  bool has_dollar_ = false;
};

void write(const PatternNode& node, std::string& out) {
  switch (node.kind) {
    case Kind::kText:
    case Kind::kDollar: out += node.text; return;
    case Kind::kConcat:
      for (const PatternNode& child : node.children) {
        const bool wrap = child.kind == Kind::kAlternate;
        if (wrap) out += "(?:";
        write(child, out);
        if (wrap) out += ')';
      }
      return;
    case Kind::kAlternate:
      for (size_t i = 0; i < node.children.size(); ++i) {
        if (i > 0) out += '|';
        write(node.children[i], out);
      }
      return;
    case Kind::kCapture:
      out += '(';
      write(node.children[0], out);
      out += ')';
      return;
    case Kind::kRepeat: break;
  }
  const PatternNode& body = node.children[0];
  const bool atom = body.kind == Kind::kCapture || (body.kind == Kind::kText && body.consumes);
  if (!atom) out += "(?:";
  write(body, out);
  if (!atom) out += ')';
  if (node.max == -1 && node.min <= 1) {
    out += node.min == 0 ? '*' : '+';
  } else if (node.min == 0 && node.max == 1) {
    out += '?';
  } else if (node.min == node.max) {
    fmt::format_to(std::back_inserter(out), "{{{}}}", node.min);
  } else if (node.max == -1) {
    fmt::format_to(std::back_inserter(out), "{{{},}}", node.min);
  } else {
    fmt::format_to(std::back_inserter(out), "{{{},{}}}", node.min, node.max);
  }
  if (node.lazy) out += '?';
}

}  // namespace

std::variant<Translated, PatternError> translate_pattern(std::string_view java) {
  PatternParser parser(java);
  const PatternNode root = parser.parse();
  if (parser.error()) return *parser.error();
  Limits limits;
  if (auto error = limits.check(root)) return *std::move(error);
  Translated translated{.groups = parser.groups(), .names = parser.take_names(), .has_dollar = limits.has_dollar()};
  write(root, translated.re2);
  return translated;
}

}  // namespace millrace
