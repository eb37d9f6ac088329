#include "base/siphash.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

// The bytes 0, 1, 2, ... under the key 0, 1, ..., 15; the hash as bytes in hexadecimal.
std::string hash_of(size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(i);
  const Hash128 hash = siphash_128(bytes, {.low = 0x0706050403020100ULL, .high = 0x0f0e0d0c0b0a0908ULL});
  std::string hex;
  for (const uint64_t word : {hash.low, hash.high}) {
    for (size_t byte = 0; byte < 8; ++byte) {
      const auto value = static_cast<unsigned>(word >> (8 * byte)) & 0xff;
      hex += "0123456789ABCDEF"[value >> 4];
      hex += "0123456789ABCDEF"[value & 15];
    }
  }
  return hex;
}

TEST(Siphash, GivesWhatOpensslGives) {  // openssl mac -macopt hexkey:000102...0f -macopt size:16 SIPHASH
  EXPECT_EQ(hash_of(0), "A3817F04BA25A8E66DF67214C7550293");
  EXPECT_EQ(hash_of(1), "DA87C1D86B99AF44347659119B22FC45");
  EXPECT_EQ(hash_of(7), "A1F1EBBED8DBC153C0B84AA61FF08239");
  EXPECT_EQ(hash_of(8), "3B62A9BA6258F5610F83E264F31497B4");
  EXPECT_EQ(hash_of(15), "5493E99933B0A8117E08EC0F97CFC3D9");
  EXPECT_EQ(hash_of(36), "3DC47D1F29C448461E9E76ED904F6711");
}

}  // namespace
}  // namespace millrace
