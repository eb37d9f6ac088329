#include "flow/spec/yaml.h"

#include <algorithm>
#include <exception>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "data/utf8.h"
#include "flow/spec/scalar_runs.h"

namespace millrace {
namespace {

// Ends the parsing from within a callback; caught below.
struct TooMuch : std::exception {};

struct Size {
  size_t nodes = 0;
  size_t bytes = 0;
  size_t depth = 0;
};

Size size_of(const Node& node) {
  Size size{1, node.text.size(), 1};
  const auto add = [&](const Node& child) {
    const Size of_child = size_of(child);
    size.nodes += of_child.nodes;
    size.bytes += of_child.bytes;
    size.depth = std::max(size.depth, of_child.depth + 1);
  };
  for (const Node& item : node.items) add(item);
  for (const auto& [key, value] : node.entries) {
    size.bytes += key.text.size();
    add(value);
  }
  return size;
}

const Node* find_key(const Node& map, std::string_view name) {
  for (const auto& [key, value] : map.entries) {
    if (key.text == name) return &key;
  }
  return nullptr;
}

// Builds the tree out of the parser's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {
    for (size_t at = 0; at < source.size(); ++at) {
      if (source[at] == '\n') newlines_.push_back(at);
    }
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const size_t at = byte_of(mark);
    Node node{.kind = Node::Kind::kNull, .place = place_at(at)};
    const std::string_view rest = source_.substr(at);
    if (rest.starts_with("~")) {
      node.text = "~";
    } else if (rest.starts_with("null") || rest.starts_with("Null") || rest.starts_with("NULL")) {
      node.text = rest.substr(0, 4);
      node.place.length = 4;
    } else if (!stack_.empty() && stack_.back().key) {  // nothing is there: the key is what can be shown
      node.place = stack_.back().key->place;
    }
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Place place = place_of(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(place, "this alias stands inside of what it names", "write the value out");
    const auto& [copy, size] = found->second;
    count(place, size);
    if (stack_.size() + size.depth > kYamlDepthMax) too_deep(place);
    put(copy);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    size_t at = byte_of(mark);
    const ScalarStyle style = scalar_style(source_, at);
    Node node{.kind = Node::Kind::kScalar, .place = place_at(at), .text = value};
    node.quoted = style != ScalarStyle::kPlain;
    node.block = style == ScalarStyle::kBlock;
    node.place.length = written_length(source_, at, style, value);
    refuse_tag(tag, node.place);
    // The parser takes the end of the file for a closing quote.
    if (node.quoted && !node.block && closing_quote(source_, at) == std::string_view::npos) {
      diagnostics_.error(node.place, "a quote is never closed");
    }
    const bool as_written = style == ScalarStyle::kPlain && source_.substr(at).starts_with(value);
    if (!as_written) node.runs = runs_at(at, style, value);
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

  Node take_root() { return std::move(root_); }
  Place place_of(const YAML::Mark& mark) const { return place_at(byte_of(mark)); }
  size_t byte_of(const YAML::Mark& mark) const {
    return mark.pos < 0 ? source_.size() : std::min(static_cast<size_t>(mark.pos), source_.size());
  }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    std::optional<Node> key;  // maps: read, and waiting for its value
  };

  // Places are counted from the line's beginning only: a long file would be walked again and again.
  struct Line {
    size_t begin;
    int before;
  };
  Line line_at(size_t byte) const {
    const auto behind = std::lower_bound(newlines_.begin(), newlines_.end(), byte);
    return {behind == newlines_.begin() ? 0 : *std::prev(behind) + 1, static_cast<int>(behind - newlines_.begin())};
  }
  Place place_at(size_t byte) const {
    const Line line = line_at(byte);
    Place place = place_in(source_.substr(line.begin), byte - line.begin);
    place.line += line.before;
    return place;
  }
  std::vector<TextRun> runs_at(size_t byte, ScalarStyle style, std::string_view value) const {
    const Line line = line_at(byte);
    auto runs = scalar_runs(source_.substr(line.begin), byte - line.begin, style, value);
    for (TextRun& run : runs) run.line += line.before;
    return runs;
  }

  [[noreturn]] void fail(Place place, std::string message, std::string hint) {
    diagnostics_.error(place, std::move(message), std::move(hint));
    throw TooMuch();
  }
  [[noreturn]] void too_deep(Place place) {
    fail(place, fmt::format("values are nested more than {} deep", kYamlDepthMax), "");
  }

  void count(Place place, Size size) {
    nodes_ += size.nodes;
    bytes_ += size.bytes;
    if (nodes_ > kYamlNodesMax) fail(place, fmt::format("the file has more than {} values", kYamlNodesMax), "");
    if (bytes_ > kYamlTextBytesMax) {
      fail(place, fmt::format("with its aliases the file has more than {} MiB of text", kYamlTextBytesMax >> 20), "");
    }
  }

  void refuse_tag(const std::string& tag, Place place) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    diagnostics_.error(place, "YAML tags have no meaning here", "take the !tag away, or quote the text");
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    const Place place = place_of(mark);
    if (stack_.size() >= kYamlDepthMax) too_deep(place);
    refuse_tag(tag, place);
    stack_.push_back({.node = {.kind = kind, .place = place}, .anchor = anchor, .key = std::nullopt});
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    add(std::move(done.node), done.anchor);
  }

  void add(Node node, YAML::anchor_t anchor) {
    count(node.place, {1, node.text.size(), 0});
    if (anchor != 0) anchors_[anchor] = {node, size_of(node)};
    put(std::move(node));
  }

  void put(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    if (parent.node.is_list()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      take_key(parent, std::move(node));
    } else {
      parent.node.entries.emplace_back(std::move(*parent.key), std::move(node));
      parent.key.reset();
    }
  }

  void take_key(Open& parent, Node key) {
    if (key.is_null() && !key.text.empty()) key.kind = Node::Kind::kScalar;  // `null:` is a name like any other
    if (!key.is_scalar()) {
      diagnostics_.error(key.place, "a key must be a word or a text", "a text that begins with { or [ must be quoted");
    } else if (!key.quoted && key.text == "<<") {
      diagnostics_.error(key.place, "YAML's merge key << is not read", "write the entries out");
    } else if (const Node* first = find_key(parent.node, key.text); first != nullptr) {
      diagnostics_.error(key.place, fmt::format("'{}' is here twice", key.text),
                         fmt::format("it is on line {} already", first->place.line));
    }
    parent.key = std::move(key);
  }

  std::string_view source_;
  Diagnostics& diagnostics_;
  std::vector<size_t> newlines_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, std::pair<Node, Size>> anchors_;
  Node root_;
  size_t nodes_ = 0;
  size_t bytes_ = 0;
};

std::string_view line_of(std::string_view source, size_t byte) {
  const size_t before = byte == 0 ? std::string_view::npos : source.rfind('\n', byte - 1);
  const size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return source.substr(begin, std::min(source.find('\n', begin), source.size()) - begin);
}

bool is_indented_by_tab(std::string_view line) {
  const size_t tab = line.find('\t');
  return tab != std::string_view::npos && line.find_first_not_of(" \t") > tab;
}

struct Explained {
  std::string_view said;  // what the parser's message begins with
  std::string_view message;
  std::string_view hint;
};

constexpr Explained kExplained[] = {
    {"illegal map value", "a ': ' cannot stand here",
     "a text with ': ' in it must be quoted, or stand below its key as a block: `key: |`"},
    {"illegal map key", "a '?' cannot stand here", "quote the text"},
    {"illegal block entry", "a list cannot begin here", "put '- ' on a line of its own, below its key"},
    {"end of map not found", "this does not fit to the lines above",
     "keys of one map stand in one column; a text with quotes or ': ' inside must be quoted as a whole"},
    {"end of sequence not found", "this does not fit to the lines above", "items of one list stand in one column"},
    {"end of map flow not found", "a '{' before has no '}'", "a text that begins with { must be quoted"},
    {"end of sequence flow not found", "a '[' before has no ']'", "a text that begins with [ must be quoted"},
    {"illegal flow end", "there is nothing that this bracket could close", "quote a text that holds brackets"},
    {"illegal EOF in scalar", "a quote is never closed", ""},
    {"illegal document indicator in scalar", "a quote is never closed", ""},
    {"unknown escape character", "there is no such escape in a \"...\" text",
     "write \\\\ for a backslash, or use '...', where nothing is escaped"},
    {"the referenced anchor is not defined", "'*' begins an alias in YAML, and there is none of that name",
     "quote the text: \"*\""},
    {"alias not found after", "'*' begins an alias in YAML", "quote the text: \"*\""},
    {"illegal character found while scanning alias", "'*' begins an alias in YAML", "quote the text: \"*\""},
    {"anchor not found after", "'&' begins an anchor in YAML", "quote the text"},
    {"illegal character found while scanning anchor", "'&' begins an anchor in YAML", "quote the text"},
    {"unexpected character in block scalar", "nothing may follow the | on its line", "begin the text on the next line"},
    {"unknown token", "a text cannot begin with this character", "quote the text"},
};

void explain(const YAML::Exception& exception, std::string_view source, const TreeBuilder& builder,
             Diagnostics& diagnostics) {
  const size_t byte = builder.byte_of(exception.mark);
  const Place place = builder.place_of(exception.mark);
  if (is_indented_by_tab(line_of(source, byte))) {
    return diagnostics.error({place.line, 1, 1}, "a tab cannot indent", "YAML indents with spaces only");
  }
  for (const Explained& one : kExplained) {
    if (exception.msg.starts_with(one.said)) {
      return diagnostics.error(place, std::string(one.message), std::string(one.hint));
    }
  }
  diagnostics.error(place, "this is not YAML: " + exception.msg);
}

bool well_encoded(std::string_view text, Diagnostics& diagnostics) {
  if (text.size() > kYamlBytesMax) {
    diagnostics.error(
        {}, fmt::format("the file has {} bytes; more than {} MiB are not read", text.size(), kYamlBytesMax >> 20));
    return false;
  }
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    diagnostics.error(place_in(text, nul), "there is a NUL byte", "the file must be plain UTF-8 text");
    return false;
  }
  if (const size_t flaw = find_utf8_flaw(text).at; flaw != std::string_view::npos) {
    diagnostics.error(place_in(text, flaw), "this is not UTF-8", "save the file in UTF-8");
    return false;
  }
  return true;
}

}  // namespace

std::optional<Node> read_yaml(std::string_view text, Diagnostics& diagnostics) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!well_encoded(text, diagnostics)) return std::nullopt;
  const size_t errors_before = diagnostics.errors();
  TreeBuilder builder(text, diagnostics);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(builder)) {
      diagnostics.error({1, 1, 1}, "the file is empty");
      return std::nullopt;
    }
    Node root = builder.take_root();
    if (parser.HandleNextDocument(builder)) {
      diagnostics.error(builder.take_root().place, "a second YAML document begins here", "one file holds one pipeline");
    }
    if (diagnostics.errors() == errors_before) return root;
  } catch (const YAML::Exception& exception) {
    explain(exception, text, builder, diagnostics);
  } catch (const TooMuch&) {
    // The builder has said why.
  }
  return std::nullopt;
}

}  // namespace millrace
