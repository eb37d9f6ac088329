// Numbers and times written by a format, and read back.
#include "data/expr/functions/format_binds.h"

#include <array>

#include "data/expr/families.h"

namespace millrace {
namespace {

using namespace formats;  // NOLINT: the binds of this very list

constexpr std::string_view kToChar =
    "The number by a format of 0, 9, . , $ S MI PR; the date or timestamp by a datetime pattern; or the bytes as "
    "base64, "
    "hex or utf-8.";
constexpr std::string_view kFormatString =
    "The format with the values in place of %s, %d, %.2f and their like, as Java's String.format has them.";

constexpr auto kFunctions = std::to_array<Function>({
    {"format_number", "string", "format_number(number, digits or pattern)",
     "The number with separators of thousands, rounded to so many digits, half to even; or by a pattern like "
     "'#,##0.00'.",
     "format_number(1234567.891, 2) -> 1,234,567.89", 2, 2, bind_format_number},
    {"format_string", "string", "format_string(format, value, ...)", kFormatString,
     "format_string('%s: %05.1f', 'a', 1.25D) -> a: 001.3", 1, -1, bind_format_string},
    {"printf", "string", "printf(format, value, ...)", "The same as format_string.", "printf('%05d', 42) -> 00042", 1,
     -1, bind_format_string},
    {"to_char", "string", "to_char(value, format)", kToChar, "to_char(-12454.8, '99G999D9S') -> 12,454.8-", 2, 2,
     bind_to_char},
    {"to_varchar", "string", "to_varchar(value, format)", "The same as to_char.",
     "to_varchar(78.12, '$99.99') -> $78.12", 2, 2, bind_to_char},
    {"to_number", "string", "to_number(text, format)",
     "The number in a text that is as the format says; a decimal of as many digits.",
     "to_number('$78.12', '$99.99') -> 78.12", 2, 2, bind_to_number},
    {.name = "try_to_number",
     .group = "string",
     .signature = "try_to_number(text, format)",
     .summary = "As to_number, with null for a text that is not as the format says.",
     .example = "try_to_number('abc', '999') -> NULL",
     .args_min = 2,
     .args_max = 2,
     .bind = bind_to_number,
     .try_form = true},
});

}  // namespace

std::span<const Function> format_functions() { return kFunctions; }

}  // namespace millrace
