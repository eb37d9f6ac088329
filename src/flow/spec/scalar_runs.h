#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "flow/node.h"

namespace millrace {

// The line and column of a byte.
Place place_in(std::string_view source, size_t byte);

enum class ScalarStyle { kPlain, kSingleQuoted, kDoubleQuoted, kBlock };

// How a scalar is written whose properties (&anchor, !tag) or text begin at `byte`; moves `byte` behind the properties.
ScalarStyle scalar_style(std::string_view source, size_t& byte);

// Where each part of a scalar's text stands: walks the text and its source side by side, over line breaks, indentation
// and escapes.
std::vector<TextRun> scalar_runs(std::string_view source, size_t byte, ScalarStyle style, std::string_view text);

// Where the quote that opens at `byte` is closed; npos: nowhere.
size_t closing_quote(std::string_view source, size_t byte);

// Code points from `byte` to the end of a scalar as it is written, on its first line.
int written_length(std::string_view source, size_t byte, ScalarStyle style, std::string_view text);

}  // namespace millrace
