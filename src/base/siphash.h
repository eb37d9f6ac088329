#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

// SipHash-2-4 with 128 bits of result (Aumasson and Bernstein): whoever does not know the key finds no two texts with
// one hash, and even who does has no shortcut known. Fast for short texts.
struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const Hash128&) const = default;
};
Hash128 siphash_128(std::string_view bytes, Hash128 key);

}  // namespace millrace
