#include "flow/run/run_id.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(RunId, IsKnownByItsForm) {
  const ManualClock clock(1'767'323'045'000'000);
  const std::string id = new_run_id(clock);
  EXPECT_TRUE(is_run_id(id)) << id;
  EXPECT_EQ(id.substr(0, 17), "20260102T030405Z-");
}

TEST(RunId, OfAScheduledRunIsKnownToo) {
  EXPECT_TRUE(is_run_id("users.ingest@2026-11-21T10:05:00Z"));
  EXPECT_TRUE(is_run_id("users.ingest@2026-11-21T10:05:00Z#12"));
  for (const std::string_view other : {"@2026-11-21T10:05:00Z", "f@2026-11-21", "f@2026-11-21T10:05:00Z#",
                                       "f@2026-11-21T10:05:00Z#x", "f@2026-11-21T10:05:00Z.gz"}) {
    EXPECT_FALSE(is_run_id(other)) << other;
  }
}

TEST(RunId, IsNotWhatSomebodyElseWritesBehindAName) {
  for (const std::string_view other : {"", "backup", "20260102", "20260102T030405Z-", "20260102T030405Z-12345",
                                       "20260102T030405Z-123G", "2026010xT030405Z-1234", "20260102T030405Z-123"}) {
    EXPECT_FALSE(is_run_id(other)) << other;
  }
}

}  // namespace
}  // namespace millrace
