#pragma once

#include <string_view>

#include "data/builder.h"

namespace millrace {

// `text` in another case behind what was added to the row: full Unicode as Java maps it without a locale ("ß" -> "SS",
// a final sigma as "ς").
void add_upper(std::string_view text, StringBuilder& out);
void add_lower(std::string_view text, StringBuilder& out);
// The first letter of each word in title case, the rest in lower case; words end at spaces only.
void add_title(std::string_view text, StringBuilder& out);

// The same for texts that are ASCII, to where there is room for as many bytes.
void upper_ascii(std::string_view text, char* to);
void lower_ascii(std::string_view text, char* to);

}  // namespace millrace
