#include "store/topics/partitioner.h"

#include "base/assert.h"

namespace millrace {
namespace {

constexpr uint32_t kSeed = 0x9747b28c;
constexpr uint32_t kMultiplier = 0x5bd1e995;

}  // namespace

int32_t murmur2(std::string_view bytes) {
  uint32_t hash = kSeed ^ static_cast<uint32_t>(bytes.size());
  for (; bytes.size() >= 4; bytes.remove_prefix(4)) {
    uint32_t word = 0;
    for (int i = 3; i >= 0; --i) word = (word << 8) | static_cast<unsigned char>(bytes[static_cast<size_t>(i)]);
    word *= kMultiplier;
    word ^= word >> 24;
    hash = (hash * kMultiplier) ^ (word * kMultiplier);
  }
  if (!bytes.empty()) {
    for (size_t i = bytes.size(); i > 0; --i)
      hash ^= static_cast<uint32_t>(static_cast<unsigned char>(bytes[i - 1])) << (8 * (i - 1));
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return static_cast<int32_t>(hash);
}

Partitioner::Partitioner(int32_t partitions, uint32_t first) : partitions_(partitions) {
  MILLRACE_ASSERT(partitions > 0, "a topic has partitions");
  sticky_ = static_cast<int32_t>(first % static_cast<uint32_t>(partitions));
}

int32_t Partitioner::partition_of(std::optional<std::string_view> key) const {
  if (!key) return sticky_;
  return (murmur2(*key) & 0x7fffffff) % partitions_;
}

void Partitioner::next_batch() { sticky_ = (sticky_ + 1) % partitions_; }

}  // namespace millrace
