#include <gtest/gtest.h>

#include "data/expr/functions/function_testing.h"

namespace millrace {
namespace {

using namespace testing_functions;

std::string run(std::string_view name, const std::vector<Column>& args) {
  const Function* function = find_in({regex_functions()}, name);
  const std::string folded = call(function, args);
  if (!folded.starts_with("error: ")) {
    EXPECT_EQ(call(function, args, true), folded) << "constants and columns differ";
  }
  return folded;
}

TEST(RegexFunctions, LikeMatchesTheWholeText) {
  for (const auto& [pattern, value] : std::vector<std::pair<const char*, const char*>>{{"Spark", "Spark"},
                                                                                       {"_park", "épark"},
                                                                                       {"%park", "park"},
                                                                                       {"S%k", "Sk"},
                                                                                       {"%a_%", "xab"},
                                                                                       {"%", ""},
                                                                                       {"%%", "x"},
                                                                                       {"a%b%c", "aXbYbc"},
                                                                                       {"%_b", "ab"},
                                                                                       {"a\\%b", "a%b"},
                                                                                       {"%b_c_", "abbcabxcd"},
                                                                                       {"%é_", "aéb"}}) {
    EXPECT_EQ(run("like", {text(value), text(pattern)}), "true") << pattern << " " << value;
  }
  for (const auto& [pattern, value] : std::vector<std::pair<const char*, const char*>>{{"Spark", "spark"},
                                                                                       {"_", ""},
                                                                                       {"a%", "ba"},
                                                                                       {"%a", "ab"},
                                                                                       {"a%a", "a"},
                                                                                       {"%a_", "a"},
                                                                                       {"a\\_b", "axb"},
                                                                                       {"_", "ab"}}) {
    EXPECT_EQ(run("like", {text(value), text(pattern)}), "false") << pattern << " " << value;
  }
  EXPECT_EQ(run("like", {text("a%b"), text("a/%b"), text("/")}), "true");
  EXPECT_EQ(run("like", {text("a"), text("a\\b")}),
            "error: in the pattern 'a\\b' the escape \\ must stand before %, _ or itself");
  EXPECT_EQ(run("ilike", {text("ÉCOLE"), text("éc%")}), "true");
  EXPECT_EQ(run("like", {null_of(TypeKind::kString), text("a")}), "NULL");
}

TEST(RegexFunctions, RlikeFindsAnywhere) {
  EXPECT_EQ(run("rlike", {text("xaby"), text("a.")}), "true");
  EXPECT_EQ(run("rlike", {text("xaby"), text("^a")}), "false");
  EXPECT_EQ(run("rlike", {text("x"), text("(")}), "error: the pattern '(': '(' without its ')' (byte 1)");
}

TEST(RegexFunctions, APatternThatIsNoConstantFaultsItsRow) {
  const Function* function = find_in({regex_functions()}, "rlike");
  EXPECT_EQ(
      call(function, {text("x"), text("a++")}, true),
      "fault: the pattern 'a++': a possessive repetition cannot be translated (character 2); leave out the second '+'");
}

TEST(RegexFunctions, ExtractGivesGroups) {
  EXPECT_EQ(run("regexp_extract", {text("100-200"), text("(\\d+)-(\\d+)"), integer(2)}), "200");
  EXPECT_EQ(run("regexp_extract", {text("100-200"), text("(\\d+)-(\\d+)")}), "100");
  EXPECT_EQ(run("regexp_extract", {text("x"), text("(\\d+)")}), "");
  EXPECT_EQ(run("regexp_extract", {text("b"), text("(a)?b")}), "");
  EXPECT_EQ(run("regexp_extract", {text("1"), text("(\\d+)"), integer(2)}),
            "fault: the pattern '(\\d+)' has 1 groups, there is no group 2");
  EXPECT_EQ(run("regexp_extract_all", {text("1-2, 3-4"), text("(\\d)-(\\d)"), integer(2)}), "[2, 4]");
  EXPECT_EQ(run("regexp_extract_all", {text("x"), text("(\\d)")}), "[]");
}

TEST(RegexFunctions, ReplacementsAreJavas) {
  EXPECT_EQ(run("regexp_replace", {text("a1b22"), text("(\\d)(\\d)?"), text("<$1>")}), "a<1>b<2>");
  EXPECT_EQ(run("regexp_replace", {text("ab"), text("(a)"), text("$12\\$1")}), "a2$1b");
  EXPECT_EQ(run("regexp_replace", {text("ab"), text("(?<x>a)"), text("${x}!")}), "a!b");
  EXPECT_EQ(run("regexp_replace", {text("ab"), text(""), text("-")}), "-a-b-");
  EXPECT_EQ(run("regexp_replace", {text("éé"), text("^é"), text("x"), integer(2)}), "éx");
  EXPECT_EQ(run("regexp_replace", {text("a"), text("a"), text("$1")}),
            "error: the replacement '$1' asks for group 1 of 0");
  EXPECT_EQ(run("regexp_replace", {text("a\n"), text("$"), text("!")}), "a!\n!");
}

TEST(RegexFunctions, MatchesAreCountedAndPlaced) {
  EXPECT_EQ(run("regexp_count", {text("aXbX"), text("X")}), "2");
  EXPECT_EQ(run("regexp_count", {text("ab"), text("x*")}), "3");
  EXPECT_EQ(run("regexp_instr", {text("é😀X"), text("X")}), "4");
  EXPECT_EQ(run("regexp_instr", {text("a"), text("X")}), "0");
  EXPECT_EQ(run("regexp_substr", {text("a12"), text("\\d+")}), "12");
  EXPECT_EQ(run("regexp_substr", {text("a"), text("\\d+")}), "NULL");
}

TEST(RegexFunctions, SplitKeepsWhatIsAtTheEnd) {
  EXPECT_EQ(run("split", {text("aXbX"), text("X")}), "[a, b, ]");
  EXPECT_EQ(run("split", {text("aXbXc"), text("X"), integer(2)}), "[a, bXc]");
  EXPECT_EQ(run("split", {text("né"), text("")}), "[n, é]");
  EXPECT_EQ(run("split", {text(""), text("")}), "[]");
  EXPECT_EQ(run("split", {text("ab"), text("x*")}), "[a, b, ]");
  EXPECT_EQ(run("split", {text("abc"), text("X")}), "[abc]");
}

}  // namespace
}  // namespace millrace
