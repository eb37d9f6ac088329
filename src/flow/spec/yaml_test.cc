#include "flow/spec/yaml.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

Node read(std::string_view text) {
  Diagnostics diagnostics;
  auto root = read_yaml(text, diagnostics);
  EXPECT_TRUE(root.has_value()) << (diagnostics.all().empty() ? "" : diagnostics.all()[0].message);
  return root ? *root : Node{};
}

Diagnostic only_error(std::string_view text) {
  Diagnostics diagnostics;
  EXPECT_FALSE(read_yaml(text, diagnostics).has_value());
  EXPECT_EQ(diagnostics.errors(), 1U);
  return diagnostics.all().empty() ? Diagnostic{} : diagnostics.all()[0];
}

std::string place_text(Place place) {
  return std::to_string(place.line) + ":" + std::to_string(place.column) + "+" + std::to_string(place.length);
}

// Where a part of a scalar's text stands.
std::string place_of(const Node& node, std::string_view part) {
  const size_t at = node.text.find(part);
  EXPECT_NE(at, std::string::npos) << node.text;
  return place_text(node.place_of(at, at + part.size()));
}

TEST(Yaml, KeepsKindsTextsAndPlaces) {
  const Node root = read("a: 1.10\nb: [x, 'y z']\nc: null\nd: no\ne:\n");
  EXPECT_EQ(root.find("a")->text, "1.10");
  EXPECT_EQ(place_text(root.find("a")->place), "1:4+4");
  EXPECT_EQ(root.find("b")->items[1].text, "y z");
  EXPECT_TRUE(root.find("b")->items[1].quoted);
  EXPECT_EQ(place_text(root.find("b")->items[1].place), "2:8+5");
  EXPECT_TRUE(root.find("c")->is_null());
  EXPECT_EQ(root.find("c")->text, "null");
  EXPECT_EQ(root.find("d")->text, "no");
  EXPECT_EQ(place_text(root.find("e")->place), "5:1+1");
}

TEST(Yaml, KnowsWherePartsOfEveryStyleStand) {
  const Node root = read(
      "plain: aa + bb\n"
      "long: aa +\n"
      "   bb\n"
      "single: 'it''s bb'\n"
      "double: \"\\u00e9\\t bb\"\n"
      "block: |\n"
      "  aa,\n"
      "\n"
      "    bb AS x\n"
      "folded: >-\n"
      "  aa\n"
      "  bb\n"
      "flow: {k: aa bb}\n");
  EXPECT_EQ(place_of(*root.find("plain"), "bb"), "1:13+2");
  EXPECT_EQ(place_of(*root.find("long"), "bb"), "3:4+2");
  EXPECT_EQ(place_of(*root.find("single"), "bb"), "4:16+2");
  EXPECT_EQ(place_of(*root.find("single"), "'s"), "4:12+3");
  EXPECT_EQ(place_of(*root.find("double"), "bb"), "5:19+2");
  EXPECT_EQ(place_of(*root.find("block"), "bb"), "9:5+2");
  EXPECT_EQ(place_of(*root.find("block"), "x\n"), "9:11+1");
  EXPECT_EQ(place_of(*root.find("folded"), "bb"), "12:3+2");
  EXPECT_EQ(place_of(*root.find("flow")->find("k"), "bb"), "13:14+2");
}

TEST(Yaml, UnderlinesOnlyTheFirstLineOfAPart) {
  const Node root = read("x: |\n  concat(a,\n         b)\n");
  EXPECT_EQ(place_of(*root.find("x"), "concat(a,\n       b)"), "2:3+9");
}

TEST(Yaml, CountsColumnsInCodePoints) {
  const Node root = read("\xEF\xBB\xBFk: \"éé bb\"\n");
  EXPECT_EQ(place_of(*root.find("k"), "bb"), "1:8+2");
}

TEST(Yaml, ShowsTheEndWhereSomethingIsMissing) {
  const Node root = read("x: |\n  a +\n");
  EXPECT_EQ(place_text(root.find("x")->place_of(4, 4)), "2:6+1");
}

TEST(Yaml, ResolvesAliases) {
  const Node root = read("a: &n [1, 2]\nb: *n\n");
  EXPECT_EQ(root.find("b")->items.size(), 2U);
}

TEST(Yaml, RefusesABombOfAliases) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += "*a" + before + (j < 9 ? ", " : "]\n");
  }
  EXPECT_THAT(only_error(text).message, testing::HasSubstr("the file has more than 100000 values"));
}

TEST(Yaml, RefusesAnAliasWithinItself) {
  EXPECT_THAT(only_error("a: &a [*a]\n").message, testing::HasSubstr("stands inside"));
}

TEST(Yaml, RefusesWhatIsTooDeepOrTooLong) {
  EXPECT_THAT(only_error("a: " + std::string(200, '[') + std::string(200, ']')).message, testing::HasSubstr("64 deep"));
  EXPECT_THAT(only_error("a: " + std::string(kYamlBytesMax, 'x')).message,
              testing::HasSubstr("bytes; more than 1 MiB are not read"));
  std::string aliases = "a: &a " + std::string(20'000, 'x') + "\nb: [";
  for (int i = 0; i < 900; ++i) aliases += "*a, ";
  EXPECT_EQ(only_error(aliases + "]\n").message, "with its aliases the file has more than 16 MiB of text");
}

TEST(Yaml, TellsOfDuplicateKeysWithBothPlaces) {
  const Diagnostic one = only_error("a: 1\nb: 2\na: 3\n");
  EXPECT_EQ(one.message, "'a' is here twice");
  EXPECT_EQ(one.hint, "it is on line 1 already");
  EXPECT_EQ(place_text(one.place), "3:1+1");
}

TEST(Yaml, ExplainsTheTrapsOfYaml) {
  EXPECT_EQ(only_error("a:\n\t- b\n").message, "a tab cannot indent");
  EXPECT_THAT(only_error("rule: name = 'a: b'\n").hint, testing::HasSubstr("must be quoted"));
  EXPECT_EQ(only_error("a: @x\n").hint, "quote the text");
  EXPECT_EQ(only_error("a: %x\n").hint, "quote the text");
  EXPECT_THAT(only_error("select: *\n").hint, testing::HasSubstr("quote the text"));
  EXPECT_THAT(only_error("a: {b: c\n").message, testing::HasSubstr("has no '}'"));
  EXPECT_THAT(only_error("a: \"\\d\"\n").message, testing::HasSubstr("no such escape"));
  EXPECT_EQ(only_error("a: 'x\n").message, "a quote is never closed");
  EXPECT_EQ(only_error("a: 1\n---\nb: 2\n").message, "a second YAML document begins here");
  EXPECT_EQ(only_error("").message, "the file is empty");
  EXPECT_EQ(only_error("a: \xff\n").message, "this is not UTF-8");
  EXPECT_EQ(only_error(std::string_view("a: \0\n", 5)).message, "there is a NUL byte");
  EXPECT_EQ(only_error("a: !!str x\n").message, "YAML tags have no meaning here");
}

}  // namespace
}  // namespace millrace
