#include "flow/spec/test_cases.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "flow/constant.h"
#include "flow/spec/keys.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 8> kBareWords = {"yes", "no", "on", "off", "Yes", "No", "On", "Off"};

// Other readers of YAML take these words for booleans; here it must be said what is meant.
void refuse_bare_words(const Node& node, Diagnostics& diagnostics) {
  if (node.is_scalar() && !node.quoted &&
      std::find(kBareWords.begin(), kBareWords.end(), node.text) != kBareWords.end()) {
    diagnostics.error(node.place, fmt::format("'{}' may be a word or a boolean", node.text),
                      fmt::format("quote it, or write true or false"));
  }
  for (const Node& item : node.items) refuse_bare_words(item, diagnostics);
  for (const auto& [key, value] : node.entries) refuse_bare_words(value, diagnostics);
}

class CaseReader {
 public:
  CaseReader(const Node& flows, Diagnostics& diagnostics) : flows_(flows), diagnostics_(diagnostics) {}

  std::optional<TestCase> read(const Node& node) {
    if (!check_keys(node, "a test", {"name", "flow", "given", "expect", "now"}, diagnostics_)) return std::nullopt;
    const size_t errors_before = diagnostics_.errors();
    TestCase test{.place = node.place};
    const Node* name = node.find("name");
    if (name == nullptr) {
      diagnostics_.error(node.place, "a test needs a name", "for example name: a user without email is quarantined");
    } else if (const std::string* text = text_of(*name, "'name'", diagnostics_)) {
      test.name = *text;
    }
    flow(node, test);
    given(node, test);
    expect(node, test);
    if (const Node* now = node.find("now")) {
      if (const auto instant = constant_of(now->text, TypeKind::kTimestamp)) test.now_us = instant->at<int64_t>(0);
      if (!test.now_us) diagnostics_.error(now->place, "'now' is a timestamp", "for example \"2026-01-31 12:00:00\"");
    }
    if (diagnostics_.errors() != errors_before) return std::nullopt;
    return test;
  }

 private:
  void flow(const Node& node, TestCase& test) {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : flows_.entries) names.push_back(name.text);
    const Node* flow = node.find("flow");
    if (flow != nullptr && flows_.find(flow->text) != nullptr) {
      test.flow = flow->text;
    } else if (flow != nullptr) {
      diagnostics_.error(flow->place, fmt::format("there is no flow '{}'", flow->text), hint_among(flow->text, names));
    } else if (names.size() == 1) {
      test.flow = names[0];
    } else {
      diagnostics_.error(node.place, "a test of a file with several flows names one", hint_among("", names));
    }
  }

  void given(const Node& node, TestCase& test) {
    const Node* given = node.find("given");
    if (given == nullptr || !given->is_list()) {
      diagnostics_.error(given == nullptr ? node.place : given->place, "'given' is a list of records",
                         "each is a map, or a text for bytes as they are");
      return;
    }
    for (const Node& record : given->items) {
      if (!record.is_map() && !record.is_scalar()) {
        diagnostics_.error(record.place, "a record is a map, or a text for bytes as they are",
                           "for example { id: 1, name: Ada }");
      }
      if (record.is_map()) refuse_bare_words(record, diagnostics_);
    }
    test.given = given->items;
  }

  void expect(const Node& node, TestCase& test) {
    const Node* expect = node.find("expect");
    if (expect == nullptr) {
      diagnostics_.error(node.place, "a test needs 'expect'", "with rows, quarantined, or both");
      return;
    }
    if (!check_keys(*expect, "'expect'", {"rows", "quarantined"}, diagnostics_)) return;
    test.rows = list(expect->find("rows"), {"'rows' is a list of maps", "for example [ { id: 1 } ]"}, Node::Kind::kMap);
    test.quarantined =
        list(expect->find("quarantined"), {"'quarantined' is a list of texts", "for example [ \"required email\" ]"},
             Node::Kind::kScalar);
    if (expect->entries.empty())
      diagnostics_.error(expect->place, "this test expects nothing", "say rows, quarantined, or both; [] for none");
  }

  struct Wrong {
    std::string_view message;
    std::string_view example;
  };
  std::optional<std::vector<Node>> list(const Node* node, const Wrong& wrong, Node::Kind kind) {
    if (node == nullptr) return std::nullopt;
    if (!node->is_list()) {
      diagnostics_.error(node->place, std::string(wrong.message), fmt::format("{}; [] for none", wrong.example));
      return std::nullopt;
    }
    for (const Node& item : node->items) {
      if (item.kind != kind) diagnostics_.error(item.place, std::string(wrong.message), std::string(wrong.example));
      if (item.is_map()) refuse_bare_words(item, diagnostics_);
    }
    return node->items;
  }

  const Node& flows_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::vector<TestCase> read_test_cases(const Node& tests, const Node& flows, Diagnostics& diagnostics) {
  std::vector<TestCase> cases;
  if (!tests.is_list()) {
    diagnostics.error(tests.place, "tests is a list", "write each test as `- name: ...`");
    return cases;
  }
  CaseReader reader(flows, diagnostics);
  for (const Node& test : tests.items) {
    if (auto one = reader.read(test)) cases.push_back(std::move(*one));
  }
  return cases;
}

}  // namespace millrace
