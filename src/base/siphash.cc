#include "base/siphash.h"

#include <bit>
#include <cstring>

namespace millrace {
namespace {

struct State {
  uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void take(uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  uint64_t finish(uint64_t& last, uint64_t mark) {
    last ^= mark;
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

Hash128 siphash_128(std::string_view bytes, Hash128 key) {
  State state{key.low ^ 0x736f6d6570736575ULL, key.high ^ 0x646f72616e646f6dULL ^ 0xee, key.low ^ 0x6c7967656e657261ULL,
              key.high ^ 0x7465646279746573ULL};
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    state.take(word);
  }
  uint64_t last = 0;
  if (left > 0) std::memcpy(&last, at, left);
  state.take(last | (uint64_t{bytes.size()} << 56));
  Hash128 hash;
  hash.low = state.finish(state.v2, 0xee);
  hash.high = state.finish(state.v1, 0xdd);
  return hash;
}

}  // namespace millrace
