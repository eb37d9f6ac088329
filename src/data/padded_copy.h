#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace millrace {

inline constexpr size_t kPaddedCopyBytes = 32;

// Copies a text that may be read 32 bytes beyond its end to where 32 bytes more than it has may be written, as what
// lies in a Buffer may; gives the end of the copy. Short texts cost one copy of fixed size and no call.
inline char* copy_padded(char* to, std::string_view text) {
  if (text.size() <= kPaddedCopyBytes) [[likely]] {
    std::memcpy(to, text.data(), kPaddedCopyBytes);
  } else {
    std::memcpy(to, text.data(), text.size());
  }
  return to + text.size();
}

}  // namespace millrace
