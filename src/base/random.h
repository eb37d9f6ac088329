#pragma once

#include <cstdint>

#include "base/int128.h"

namespace millrace {

// A seeded stream of pseudo-random numbers (splitmix64): the same seed gives the same stream on every machine.
// Not for secrets.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  // 0 <= result < bound; bound must be above 0.
  uint64_t below(uint64_t bound) { return static_cast<uint64_t>((static_cast<UInt128>(next()) * bound) >> 64); }

 private:
  uint64_t state_;
};

}  // namespace millrace
