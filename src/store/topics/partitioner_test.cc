#include "store/topics/partitioner.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace millrace {
namespace {

// The vectors of Kafka's own UtilsTest.
TEST(Partitioner, HashesAsKafkaDoes) {
  EXPECT_EQ(murmur2("21"), -973932308);
  EXPECT_EQ(murmur2("foobar"), -790332482);
  EXPECT_EQ(murmur2("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(murmur2("a-little-bit-longer-string"), -1486304829);
  EXPECT_EQ(murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  EXPECT_EQ(murmur2("abc"), 479470107);
}

TEST(Partitioner, KeepsAKeyInItsPartitionAndMovesOnWithoutKeys) {
  Partitioner partitioner(4, 3);
  const int32_t of_key = partitioner.partition_of("foobar");
  EXPECT_EQ(of_key, (-790332482 & 0x7fffffff) % 4);
  std::set<int32_t> seen;
  for (int batch = 0; batch < 4; ++batch) {
    const int32_t sticky = partitioner.partition_of(std::nullopt);
    EXPECT_EQ(partitioner.partition_of(std::nullopt), sticky) << "one batch goes to one partition";
    EXPECT_EQ(partitioner.partition_of("foobar"), of_key);
    seen.insert(sticky);
    partitioner.next_batch();
  }
  EXPECT_EQ(seen.size(), 4u);
}

}  // namespace
}  // namespace millrace
