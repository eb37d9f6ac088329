#include <gtest/gtest.h>

#include "data/expr/testing.h"

namespace millrace {
namespace {

TEST(FormatString, AWrongFormatIsFoundWhenItIsChecked) {
  const auto error = [](std::string_view text) { return eval(text).error; };
  EXPECT_EQ(error("format_string('%s %s', 'a')"), "%s asks for value 2, there are 1");
  EXPECT_EQ(error("format_string('%d', 'a')"), "%d takes a whole number, this is string (cast it)");
  EXPECT_EQ(error("format_string('%.2f', 1.5)"), "%.2f takes a double, this is decimal(2,1) (cast it)");
  EXPECT_EQ(error("format_string('%c', 'a')"), "%c takes a code point, an int, this is string (cast it)");
  EXPECT_EQ(error("format_string('%s', array(1))"), "%s takes a text or a number, this is array<int> (cast it)");
  EXPECT_EQ(error("format_string('%y', 1)"), "the format '%y' has an unknown conversion in '%y'");
  EXPECT_EQ(error("format_string('a%', 1)"), "the format 'a%' ends in '%'");
  EXPECT_EQ(error("format_string('%-d', 1)"), "the format '%-d': %-d needs a width for its flags");
  EXPECT_EQ(error("format_string('%.2d', 1)"), "the format '%.2d': %.2d takes no precision");
  EXPECT_EQ(error("format_string('%++d', 1)"), "the format '%++d' has a flag twice in '%++'");
  EXPECT_EQ(error("format_string('%<s', 1)"), "the format '%<s' has a < without a conversion before it in '%<s'");
  EXPECT_EQ(error("format_string('%9999999s', 1)"),
            "the format '%9999999s' asks for more than 65536 characters in '%9999999s'");
  EXPECT_EQ(error("format_string(1, 2)"), "a format is wanted, this is int (put it in quotes)");
}

TEST(FormatString, AValueThatCannotBeWrittenIsAFault) {
  EXPECT_EQ(eval("format_string('%c', 1114112)").fault, "1114112 is no code point, as %c wants");
}

TEST(FormatNumber, AWrongPatternIsFoundWhenItIsChecked) {
  const auto error = [](std::string_view text) { return eval(text).error; };
  EXPECT_EQ(error("format_number(1, '0%')"),
            "the pattern '0%' has one of ; % \xe2\x80\xb0 ' E, which are not possible here");
  EXPECT_EQ(error("format_number(1, 'abc')"), "the pattern 'abc' has no digit: # or 0");
  EXPECT_EQ(error("format_number(1, '#.#.#')"), "the pattern '#.#.#' has two points");
  EXPECT_EQ(error("format_number(1, '#.#,#')"), "the pattern '#.#,#' has a ',' behind the point");
  EXPECT_EQ(error("format_number(1, '0,')"), "the pattern '0,' has a ',' that no digit follows");
  EXPECT_EQ(error("format_number('1', 2)"), "a number is wanted, this is string (cast it)");
  EXPECT_EQ(error("format_number(1, true)"), "a number of digits or a pattern is wanted, this is boolean");
}

TEST(NumberFormat, AWrongFormatIsFoundWhenItIsChecked) {
  const auto error = [](std::string_view text) { return eval(text).error; };
  EXPECT_EQ(error("to_char(1, '')"), "the number format '' is empty");
  EXPECT_EQ(error("to_char(1, 'x9')"), "the number format 'x9' has 'x', which is no part of a number format");
  EXPECT_EQ(error("to_char(1, 'S')"), "the number format 'S' has no digit: 0 or 9");
  EXPECT_EQ(error("to_char(1, '9$')"), "the number format '9$' has its $ behind digits");
  EXPECT_EQ(error("to_char(1, '9,,9')"),
            "the number format '9,,9' has a separator of thousands without digits on both sides");
  EXPECT_EQ(error("to_char(1, '9.9,9')"), "the number format '9.9,9' separates thousands behind the point");
  EXPECT_EQ(error("to_char(1, 'S9S')"), "the number format 'S9S' has one of . $ S MI PR twice");
  EXPECT_EQ(error("to_char(1, '$S9')"),
            "the number format '$S9' has its parts in another order than S $ 9,999 . 99 $ S");
  EXPECT_EQ(error("to_char(X'41', 'xx')"), "'xx' is no format of bytes (base64, hex and utf-8 are)");
  EXPECT_EQ(error("to_number(1, '9')"), "a text is wanted, this is int (it is a value already)");
  EXPECT_EQ(error("to_number('1', upper('9') || uuid())"), "the format must be a constant text");
}

TEST(NumberFormat, ATextThatIsNotAsTheFormatSaysIsAFault) {
  EXPECT_EQ(eval("to_number('abc', '999')").fault, "'abc' is not as the number format '999' says");
  EXPECT_EQ(eval("try_to_number('abc', '999')").value, "NULL");
}

}  // namespace
}  // namespace millrace
