#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "data/buffer.h"

namespace millrace {

// Checks the escapes of a string's inside (without its quotes): known letters, four hex digits, surrogates in pairs.
// nullptr when all is well.
const char* check_json_escapes(std::string_view inside);

// Writes the string's inside without escapes to `to`, which has room for inside.size() bytes; gives the bytes written.
// The escapes must have passed check_json_escapes.
size_t unescape_json(std::string_view inside, char* to);

// Whether the text is a number as JSON writes them.
bool is_json_number(std::string_view text);

// Appends "text" with quotes and escapes. `out` must hold UTF-8; control characters are written as \u00XX or the short
// forms.
void append_json_string(std::string_view text, std::string& out);

// Length of the longest prefix that needs no escape in JSON: no quote, backslash or control character.
size_t json_plain_prefix(const char* text, size_t bytes);

}  // namespace millrace
