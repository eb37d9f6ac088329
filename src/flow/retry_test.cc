#include "flow/retry.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

namespace millrace {
namespace {

// The shortest and the longest of many waits.
std::pair<int64_t, int64_t> waits(const Retry& retry, int64_t failures) {
  Random random(7);
  std::pair<int64_t, int64_t> found = {INT64_MAX, INT64_MIN};
  for (int i = 0; i < 1000; ++i) {
    const int64_t wait_us = retry_wait_us(retry, failures, random);
    found = {std::min(found.first, wait_us), std::max(found.second, wait_us)};
  }
  return found;
}

TEST(RetryTest, WaitsTwiceAsLongAfterEveryFailure) {
  const Retry retry{.backoff_us = 1'000, .backoff_max_us = 5'000};
  for (const auto& [failures, most] : {std::pair(1, 1'000), {2, 2'000}, {3, 4'000}, {4, 5'000}, {1000, 5'000}}) {
    const auto [shortest, longest] = waits(retry, failures);
    EXPECT_GE(shortest, most / 2) << failures;
    EXPECT_LT(shortest, most * 6 / 10) << failures;
    EXPECT_LE(longest, most) << failures;
    EXPECT_GT(longest, most * 9 / 10) << failures;
  }
}

TEST(RetryTest, DoesNotWaitWhenToldSo) {
  EXPECT_EQ(waits({.backoff_us = 0, .backoff_max_us = 0}, 5), std::pair(int64_t{0}, int64_t{0}));
}

TEST(RetryTest, TheLongestWaitsDoNotOverflow) {
  EXPECT_GT(waits({.backoff_us = INT64_MAX / 2, .backoff_max_us = INT64_MAX - 1}, 100).first, INT64_MAX / 3);
}

}  // namespace
}  // namespace millrace
