#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// RFC 4648 with padding.
std::string encode_base64(std::string_view bytes);
// nullopt when the text is not base64. Padding may be missing.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace millrace
