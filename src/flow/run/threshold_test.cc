#include "flow/run/threshold.h"

#include <gtest/gtest.h>

#include "flow/settings.h"

namespace millrace {
namespace {

Thresholds watching(std::string_view limit) {
  return Thresholds({{.name = "email", .severity = "warn", .at_most = parse_limit(limit), .step = 0}});
}

CheckCounts counts(uint64_t checked, uint64_t failed) { return {.checked = checked, .failed = failed}; }

constexpr int64_t kMinuteUs = 60'000'000;

TEST(Thresholds, ACountIsJudgedAsSoonAsItIsPassed) {
  Thresholds thresholds = watching("2");
  EXPECT_FALSE(thresholds.add({counts(10, 2)}, 0));
  const auto error = thresholds.add({counts(10, 1)}, 0);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message(), "check 'email' failed 3 times, at most 2 are allowed");
}

TEST(Thresholds, AShareIsJudgedAtTheEnd) {
  Thresholds thresholds = watching("10%");
  EXPECT_FALSE(thresholds.add({counts(10, 5)}, 0));
  EXPECT_FALSE(thresholds.add({counts(40, 0)}, 0));
  EXPECT_FALSE(thresholds.finish());
  EXPECT_FALSE(thresholds.add({counts(0, 1)}, 0));
  ASSERT_TRUE(thresholds.finish());
  EXPECT_EQ(thresholds.finish()->message(),
            "check 'email' failed for 12.00% of the records (6 of 50), at most 10% are allowed");
}

TEST(Thresholds, ASpanIsJudgedAtItsEndAndForgotten) {
  Thresholds thresholds = watching("10% per 1m");
  EXPECT_FALSE(thresholds.add({counts(10, 1)}, 10 * kMinuteUs));
  EXPECT_FALSE(thresholds.add({counts(10, 0)}, 10 * kMinuteUs + 1));
  EXPECT_FALSE(thresholds.add({counts(10, 5)}, 11 * kMinuteUs)) << "a new span has begun, it is not over";
  EXPECT_TRUE(thresholds.add({counts(10, 0)}, 12 * kMinuteUs));
}

TEST(Thresholds, ACountPerSpanBeginsAnewWithEachSpan) {
  Thresholds thresholds = watching("2 per 1m");
  EXPECT_FALSE(thresholds.add({counts(10, 2)}, 10 * kMinuteUs));
  EXPECT_FALSE(thresholds.add({counts(10, 2)}, 11 * kMinuteUs));
  EXPECT_TRUE(thresholds.add({counts(10, 1)}, 11 * kMinuteUs + 1));
}

TEST(Thresholds, NoRecordsPassEveryShare) {
  const Thresholds thresholds = watching("0%");
  EXPECT_FALSE(thresholds.finish());
}

}  // namespace
}  // namespace millrace
