// Where the parser and the checker say that something is wrong, and what to do about it; the messages themselves are in
// tests/golden/expr/.
#include <gtest/gtest.h>

#include "data/expr/expr.h"
#include "data/expr/syntax.h"

namespace millrace {
namespace {

std::string told(std::string_view text, const std::vector<ExprError>& errors) {
  std::string out;
  for (const ExprError& error : errors) {
    out += (out.empty() ? "" : "; ") + ("[" + std::string(text.substr(error.begin, error.end - error.begin)) + "] ") +
           error.message + (error.hint.empty() ? "" : " / " + error.hint);
  }
  return out;
}

// What is blamed, and why.
std::string parse_error(std::string_view text) { return told(text, parse_expression(text).errors); }

std::string check_error(std::string_view text) {
  const auto schema = std::make_shared<const Schema>(
      Schema{.fields = {{"name", TypeKind::kString},
                        {"age", TypeKind::kInt},
                        {"address", Type::structure({{"city", TypeKind::kString}, {"zip", TypeKind::kString}})},
                        {"tags", Type::array(TypeKind::kString)}}});
  const auto resolver = schema_resolver(schema);
  const ParseOutcome parsed = parse_expression(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return told(text, Program::compile(parsed.exprs, *resolver).errors);
}

TEST(ParserErrors, BlameTheTokenThatDoesNotFit) {
  EXPECT_EQ(parse_error("upper(name) lower"),
            "[lower] 'lower' does not belong here / is an operator or a comma missing?");
  EXPECT_EQ(parse_error("1 2"), "[2] '2' does not belong here / is an operator or a comma missing?");
  EXPECT_EQ(parse_error("(1))"), "[)] ')' does not belong here / there is one ')' too many");
  EXPECT_EQ(parse_error("a === b"), "[=] '===' is not an operator / use = to compare");
  EXPECT_EQ(parse_error("a = = b"), "[=] '==' is not an operator / use = to compare");
  EXPECT_EQ(parse_error("a != = b"), "[=] '!==' is not an operator / use = to compare");
  EXPECT_EQ(parse_error("cast(a as integr)"),
            "[integr] 'integr' is not a type: there is no 'integr'; did you mean 'integer'?");
  EXPECT_EQ(parse_error("concat('ä', 1 +)"), "[)] an expression is expected, here is ')'");
}

TEST(ParserErrors, BehindTheTextBlameItsEnd) {
  const ParseOutcome parsed = parse_expression("upper(a");
  ASSERT_EQ(parsed.errors.size(), 1U);
  EXPECT_EQ(parsed.errors[0].begin, 7U);
  EXPECT_EQ(parsed.errors[0].hint, "is a comma or a ')' missing?");
}

TEST(ParserErrors, ATextThatIsTooLongIsNotReadAtAll) {
  const std::string text(kExpressionBytesMax + 1, ' ');
  EXPECT_EQ(parse_expression(text).errors.at(0).message, "the expression is longer than 65536 bytes");
  EXPECT_EQ(parse_expression(text.substr(1)).errors.at(0).message, "an expression is expected, here is the end");
}

TEST(CheckerErrors, BlameThePartThatIsWrong) {
  EXPECT_EQ(check_error("upper(nmae)"), "[nmae] there is no column 'nmae' / did you mean 'name'?");
  EXPECT_EQ(check_error("1 + zzzzzz"),
            "[zzzzzz] there is no column 'zzzzzz' / the columns here are name, age, address, tags");
  EXPECT_EQ(check_error("concat(address.ctiy, name)"),
            "[address.ctiy] 'address' has no field 'ctiy' / did you mean 'city'?");
  EXPECT_EQ(check_error("address.q"), "[address.q] 'address' has no field 'q' / its fields are city, zip");
  EXPECT_EQ(check_error("age.year"), "[age.year] 'age' is int, it has no field 'year'");
  EXPECT_EQ(check_error("name[0]"),
            "[name[0]] only arrays and maps have elements, 'name' is string / of a string, use substring");
  EXPECT_EQ(check_error("name = 'x' AND age"), "[age] AND joins conditions, this is int / compare it with something");
  EXPECT_EQ(check_error("CASE WHEN age THEN 1 END"), "[age] a condition is a boolean, this is int");
  EXPECT_EQ(check_error("DATE '2026-02-30'"), "[DATE '2026-02-30'] this is not a date / write DATE '2026-01-31'");
  EXPECT_EQ(check_error("TIMESTAMP 'now'"),
            "[TIMESTAMP 'now'] this is not a timestamp / write TIMESTAMP '2026-01-31 12:00:00'");
}

TEST(CheckerErrors, TellAllMistakesOfAnExpression) {
  EXPECT_EQ(
      check_error("concat(nmae, uper(name))"),
      "[nmae] there is no column 'nmae' / did you mean 'name'?; [uper(name)] there is no function 'uper' / did you "
      "mean 'upper'?");
}

}  // namespace
}  // namespace millrace
