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

// The year of a day alone, without a branch, so that several are computed at once. False: the day is too far away for
// that. Days are counted from a March 1st, by Neri and Schneider, as in civil_from_days.
inline bool near_year(int32_t days, int32_t& year) {
  constexpr uint32_t kErasBefore = 82;  // of 400 years: what lies before is far away
  constexpr uint32_t kDaysMax = uint32_t{1} << 30;
  constexpr uint32_t kPartsOfDay = 4 * 2'939'745;
  constexpr uint32_t kJanuary = 306;  // the day of a year from March on with which the next begins
  const uint32_t from_march = static_cast<uint32_t>(days) + 719'468 + kErasBefore * 146'097;
  const uint32_t quarters = 4 * from_march + 3;
  const uint32_t century = quarters / 146'097;
  const uint64_t product = uint64_t{kPartsOfDay / 4} * ((quarters % 146'097) | 3);
  const bool next_year = static_cast<uint32_t>(product) >= kJanuary * kPartsOfDay;
  year = static_cast<int32_t>(100 * century + static_cast<uint32_t>(product >> 32) - 400 * kErasBefore +
                              (next_year ? 1 : 0));
  return from_march < kDaysMax;
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
