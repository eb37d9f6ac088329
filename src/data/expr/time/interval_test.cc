#include "data/expr/time/interval.h"

#include <gtest/gtest.h>

#include "data/expr/time/calendar.h"

namespace millrace {
namespace {

TEST(Interval, MonthsKeepTheDayOrTakeTheLast) {
  EXPECT_EQ(format_date(*add_months(days_from_civil(2021, 1, 31), 1)), "2021-02-28");
  EXPECT_EQ(format_date(*add_months(days_from_civil(2020, 2, 29), -12)), "2019-02-28");
  EXPECT_EQ(format_date(*add_months(days_from_civil(2021, 2, 28), 1)), "2021-03-28");
  EXPECT_EQ(add_months(0, INT32_MAX), std::nullopt);
}

TEST(Interval, DaysAreCountedOnTheLocalClockAndHoursOnTheTimeLine) {
  const auto paris = find_zone("Europe/Paris");
  const int64_t noon = epoch_days(2021, 3, 27) * kUsPerDay + 11 * kUsPerHour;
  EXPECT_EQ(format_timestamp(*add_interval(noon, {0, 1, 0}, *paris)), "2021-03-28 10:00:00");
  EXPECT_EQ(format_timestamp(*add_interval(noon, {0, 0, kUsPerDay}, *paris)), "2021-03-28 11:00:00");
  EXPECT_EQ(format_timestamp(*add_interval(noon, {1, 1, 1})), "2021-04-28 11:00:00.000001");
}

TEST(Interval, WhatDoesNotFitIsNothing) {
  EXPECT_EQ(add_interval(INT64_MAX, {0, 0, 1}), std::nullopt);
  EXPECT_EQ(add_interval(INT64_MIN, {0, -1, 0}), std::nullopt);
  EXPECT_EQ(add_interval_to_date(0, {0, 0, 1}), std::nullopt);
  EXPECT_EQ(add_interval_to_date(INT32_MAX, {0, 1, 0}), std::nullopt);
  EXPECT_EQ(format_date(*add_interval_to_date(0, {-1, -1, 0})), "1969-11-30");
  EXPECT_EQ(negate_interval({0, INT32_MIN, 0}), std::nullopt);
}

}  // namespace
}  // namespace millrace
