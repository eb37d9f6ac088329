// What the embedded home keeps when the machine crashes.
#include <gtest/gtest.h>

#include "connect/home/home.h"
#include "testing/faulty_rocks.h"

namespace millrace {
namespace {

constexpr uint64_t kSeeds = 20;  // what becomes of a name that was not synced is chance

TEST(HomeFaults, AHomeThatHasJustBeenMadeOutlastsTheMachine) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    FaultyDisk disk(seed);
    FaultyRocksDisk rocks_disk(disk);
    const ManualClock clock(1'700'000'000'000'000);
    const auto open = [&] {
      return Home::open({.directory = "/data", .tables = {.one_at_a_time = true, .disk = rocks_disk.options()}}, disk,
                        clock);
    };
    {
      auto home = open();
      ASSERT_TRUE(home.ok()) << home.error().message();
      ASSERT_TRUE((*home)->topics().create_topic("t", {}).ok());
      ASSERT_TRUE((*home)->tables().create_keyspace("k").ok());
    }
    disk.restart();
    auto home = open();
    ASSERT_TRUE(home.ok()) << home.error().message();
    EXPECT_TRUE((*home)->topics().describe("t").ok()) << "seed " << seed;
    EXPECT_EQ((*home)->tables().keyspaces(), std::vector<std::string>{"k"}) << "seed " << seed;
  }
}

}  // namespace
}  // namespace millrace
