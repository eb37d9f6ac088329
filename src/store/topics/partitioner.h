#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

// MurmurHash2 with Kafka's seed, as its Java client computes it over a key's bytes.
int32_t murmur2(std::string_view bytes);

// Chooses partitions as Kafka's default partitioner does: a key by its murmur2, so that the same key always goes to the
// same partition; records without a key all to one partition until next_batch(), then to the next. Belongs to one
// thread.
class Partitioner {
 public:
  explicit Partitioner(int32_t partitions, uint32_t first = 0);

  int32_t partition_of(std::optional<std::string_view> key) const;
  void next_batch();

 private:
  int32_t partitions_;
  int32_t sticky_;
};

}  // namespace millrace
