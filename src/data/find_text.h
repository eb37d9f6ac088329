#pragma once

#include <cstddef>
#include <string_view>

namespace millrace {

// As text.find(part, from), faster where the first byte of the part is a frequent one: looks for its first and last
// bytes at 16 places at once.
size_t find_text(std::string_view text, std::string_view part, size_t from = 0);

}  // namespace millrace
