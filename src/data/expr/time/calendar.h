#pragma once

// Arithmetic of the proleptic Gregorian calendar, shared by patterns, intervals and the date functions.

#include <cstdint>

#include "data/column.h"

namespace millrace {

inline constexpr int64_t kUsPerMillisecond = 1'000;
inline constexpr int64_t kUsPerSecond = 1'000'000;
inline constexpr int64_t kUsPerMinute = 60 * kUsPerSecond;
inline constexpr int64_t kUsPerHour = 60 * kUsPerMinute;
inline constexpr int64_t kUsPerDay = 24 * kUsPerHour;
inline constexpr int64_t kDaysPer400Years = 146'097;  // a multiple of seven: weekdays repeat as well

constexpr int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }  // b > 0
constexpr int64_t floor_mod(int64_t a, int64_t b) { return a % b + (a % b < 0 ? b : 0); }  // b > 0

constexpr bool is_leap(int64_t year) { return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0); }
constexpr int days_in_month(int64_t year, unsigned month) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// days_from_civil for years far outside of what 32 bits of days can hold (up to 10^15 or so).
inline int64_t epoch_days(int64_t year, unsigned month, unsigned day) {
  return floor_div(year, 400) * kDaysPer400Years + days_from_civil(floor_mod(year, 400), month, day);
}

// 0 = Monday ... 6 = Sunday.
constexpr int weekday_of(int64_t days) { return static_cast<int>(floor_mod(days + 3, 7)); }

inline int day_of_year(int64_t days) {
  return static_cast<int>(days - epoch_days(civil_from_days(days).year, 1, 1)) + 1;
}

// A point of local time in parts.
struct DayTime {
  int64_t days;
  int64_t us;  // of the day, 0 .. kUsPerDay - 1
};
constexpr DayTime split_us(int64_t us) {
  const int64_t days = floor_div(us, kUsPerDay);
  return {days, us - days * kUsPerDay};
}

}  // namespace millrace
