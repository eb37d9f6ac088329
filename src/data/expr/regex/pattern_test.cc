#include "data/expr/regex/pattern.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace millrace {
namespace {

bool finds(std::string_view pattern, std::string_view text) {
  const auto compiled = JavaPattern::compile(pattern);
  EXPECT_TRUE(compiled.ok()) << compiled.error().message();
  return compiled.ok() && compiled->find(text);
}

bool matches(std::string_view pattern, std::string_view text) {
  const auto compiled = JavaPattern::compile(pattern);
  EXPECT_TRUE(compiled.ok()) << compiled.error().message();
  return compiled.ok() && compiled->matches(text);
}

std::string group(std::string_view pattern, std::string_view text, size_t index) {
  const auto compiled = JavaPattern::compile(pattern);
  EXPECT_TRUE(compiled.ok()) << compiled.error().message();
  std::array<JavaPattern::Span, 8> spans;
  if (!compiled.ok() || !compiled->find(text, 0, spans)) return "no match";
  return spans[index].matched() ? std::string(spans[index].of(text)) : "no group";
}

std::string refusal(std::string_view pattern) {
  const auto compiled = JavaPattern::compile_explained(pattern);
  return compiled.ok() ? "taken" : std::to_string(compiled.error.at) + ": " + compiled.error.message;
}

TEST(JavaPattern, DollarMatchesBeforeAFinalLineTerminatorAndDoesNotTakeIt) {
  for (const char* end : {"", "\n", "\r\n", "\r", "\u0085", "\u2028", "\u2029"}) {
    EXPECT_EQ(group("b+$", std::string("abb") + end, 0), "bb");
    EXPECT_EQ(group("(x|(b)$)", std::string("abb") + end, 1), "b");
    EXPECT_EQ(group("b\\Z", std::string("abb") + end, 0), "b");
  }
  EXPECT_FALSE(finds("b$", "b\n\n"));
  EXPECT_FALSE(finds("\\r$", "b\r\n")) << "no end between \\r and \\n";
  EXPECT_TRUE(finds("(?d)\\r$", "b\r\n"));
  EXPECT_FALSE(finds("(?d)b$", "b\r"));
  EXPECT_FALSE(finds("b\\z", "b\n"));
  EXPECT_FALSE(matches("b$", "b\n")) << "all of the text is more than the match";
}

TEST(JavaPattern, DollarIsFoundBeforeAndBehindTheTerminator) {
  const auto pattern = JavaPattern::compile("$");
  std::array<JavaPattern::Span, 1> spans;
  std::vector<size_t> places;
  pattern->for_each_match("a\n", spans, [&](auto found) {
    places.push_back(found[0].begin);
    return true;
  });
  EXPECT_EQ(places, (std::vector<size_t>{1, 2}));
}

TEST(JavaPattern, DotExcludesEveryLineTerminator) {
  for (const char* c : {"\n", "\r", "\u0085", "\u2028", "\u2029"}) {
    EXPECT_FALSE(matches(".", c));
    EXPECT_TRUE(matches("(?s).", c));
    EXPECT_EQ(matches("(?d).", c), std::string_view(c) != "\n");
  }
  EXPECT_TRUE(matches(".", "😀"));
}

TEST(JavaPattern, PredefinedClassesAreAscii) {
  EXPECT_TRUE(matches("\\s", "\v"));
  EXPECT_FALSE(matches("\\s", "\u00a0"));
  EXPECT_TRUE(matches("\\h", "\u00a0"));
  EXPECT_FALSE(matches("\\w", "é"));
  EXPECT_FALSE(matches("\\d", "٣"));
  EXPECT_TRUE(matches("\\p{Nd}", "٣"));
  EXPECT_TRUE(matches("\\R", "\r\n"));
  EXPECT_TRUE(matches("\\v", "\u2029"));
}

TEST(JavaPattern, CaseFoldingIsAsciiUnlessUnicodeIsAskedFor) {
  EXPECT_TRUE(matches("(?i)k", "K"));
  EXPECT_FALSE(matches("(?i)k", "\u212a"));
  EXPECT_TRUE(matches("(?iu)k", "\u212a"));
  EXPECT_FALSE(matches("(?i)É", "é"));
  EXPECT_TRUE(matches("(?iu)É", "é"));
  EXPECT_TRUE(matches("(?i)[a-c]", "B"));
  EXPECT_FALSE(matches("a(?i:b)c", "aBC"));
  EXPECT_TRUE(matches("(a(?i)b)c", "aBc"));
}

TEST(JavaPattern, ClassesAreSets) {
  EXPECT_TRUE(matches("[a-z&&[^m-o]]", "p"));
  EXPECT_FALSE(matches("[a-z&&[^m-o]]", "n"));
  EXPECT_TRUE(matches("[a[0-9]_]", "7"));
  EXPECT_FALSE(matches("[^a-z&&[^m]]", "b"));
  EXPECT_TRUE(matches("[^a-z&&[^m]]", "m"));
  EXPECT_TRUE(matches("[]a]", "]"));
  EXPECT_TRUE(matches("[a-]", "-"));
  EXPECT_TRUE(matches("[\\p{L}&&[^\\p{IsLatin}]]", "д"));
  EXPECT_TRUE(matches("[\\Q^-]\\E]", "-"));
}

TEST(JavaPattern, EscapesAndQuotes) {
  EXPECT_TRUE(matches("\\Qa.b\\E", "a.b"));
  EXPECT_FALSE(matches("\\Qa.b\\E", "axb"));
  EXPECT_TRUE(matches("\\0101\\x41\\x{41}\\u0041\\t\\cA\\e", "AAAA\t\x01\x1b"));
  EXPECT_TRUE(matches("\\uD83D\\uDE00", "😀"));
  EXPECT_TRUE(matches("(?x) a b # both\n c", "abc"));
  EXPECT_EQ(group("(?<year>\\d{4})-(?<month>\\d\\d)", "on 2026-11", 2), "11");
  EXPECT_EQ(JavaPattern::compile("(?<year>\\d{4})")->group_named("year"), 1);
}

TEST(JavaPattern, RefusesWhatCannotBeSaidWithItsPlace) {
  EXPECT_EQ(refusal("ab(?=c)"), "2: looking ahead cannot be translated");
  EXPECT_EQ(refusal("(?<!c)a"), "0: looking behind cannot be translated");
  EXPECT_EQ(refusal("a++"), "1: a possessive repetition cannot be translated");
  EXPECT_EQ(refusal("(?>a)"), "0: an atomic group (?> cannot be translated");
  EXPECT_EQ(refusal("(a)\\1"), "3: a reference back to a group cannot be translated");
  EXPECT_EQ(refusal("a$b"), "1: '$' can stand only at the end of a pattern");
  EXPECT_EQ(refusal("(a$)*"), "2: '$' can stand only at the end of a pattern");
  EXPECT_EQ(refusal("\\G"), "0: \\G cannot be translated");
  EXPECT_EQ(refusal("a{1001}"), "1: more than 1000 repetitions");
  EXPECT_EQ(refusal("(a{100}){11}"), "2: nested repetitions multiply to more than 1000");
  EXPECT_EQ(refusal("(?m)^a$"), "4: '^' under (?m) knows line ends here that cannot be translated");
  EXPECT_EQ(refusal("(a*)+"), "4: what is repeated here can match nothing");
  EXPECT_EQ(refusal("\\R{2}"), "2: a counted repetition of \\R cannot be translated");
  EXPECT_EQ(refusal("\\p{InGreek}"), "0: there is no class \\p{InGreek} here");
}

TEST(JavaPattern, RefusesWhatIsNoPattern) {
  EXPECT_EQ(refusal("(a"), "0: '(' without its ')'");
  EXPECT_EQ(refusal("a)"), "1: ')' without its '('");
  EXPECT_EQ(refusal("[a"), "0: '[' without its ']'");
  EXPECT_EQ(refusal("*a"), "0: '*' has nothing before it to repeat");
  EXPECT_EQ(refusal("a**"), "2: '*' has nothing before it to repeat");
  EXPECT_EQ(refusal("a{2,1}"), "1: the repetition goes from 2 down to 1");
  EXPECT_EQ(refusal("[z-a]"), "3: the range goes backwards");
  EXPECT_EQ(refusal("\\y"), "0: \\y means nothing here");
  EXPECT_EQ(refusal("a\\"), "1: '\\' at the end escapes nothing");
  EXPECT_EQ(refusal(std::string(200, '(') + std::string(200, ')')), "100: groups are nested more than 100 deep");
}

TEST(JavaPattern, SaysInOneLineWhatIsWrong) {
  EXPECT_EQ(JavaPattern::compile("é$b").error().message(),
            "the pattern 'é$b': '$' can stand only at the end of a pattern (character 2); the very end of the text is "
            "\\z, the character itself \\$");
}

TEST(JavaPattern, BoundsTheCostOfCompiling) {
  EXPECT_EQ(refusal("(\\p{L}{1000}|\\p{L}{999}|\\p{L}{998})"), "0: the pattern is too large once it is compiled");
}

TEST(JavaPattern, APatternWithoutAnythingSpecialIsFoundAsItStands) {
  EXPECT_TRUE(finds("a\\.b", "xa.by"));
  EXPECT_FALSE(finds("a\\.b", "xaxby"));
  EXPECT_TRUE(finds("é", "café"));
  EXPECT_FALSE(finds("abc", "ab"));
  EXPECT_EQ(group("\\|", "a|b", 0), "|");
  EXPECT_EQ(group("b", "abc", 1), "no group");
  const auto comma = JavaPattern::compile(",");
  std::vector<size_t> places;
  std::array<JavaPattern::Span, 1> spans;
  comma->for_each_match(",a,,b", spans, [&](auto found) {
    places.push_back(found[0].begin);
    return true;
  });
  EXPECT_EQ(places, (std::vector<size_t>{0, 2, 3}));
  EXPECT_FALSE(matches(",", ",,"));
}

}  // namespace
}  // namespace millrace
