#pragma once

#include <string>
#include <string_view>

namespace millrace {

// The text with one space for each run of white space, and none in front or behind: for what was said over several
// lines.
std::string one_line(std::string_view text);

}  // namespace millrace
