#pragma once

#include <cstdint>

namespace millrace {

// Days since 1970-01-01 and dates of the proleptic Gregorian calendar.
struct Civil {
  int64_t year;
  unsigned month, day;
};

// "1999-12-31" -> days.
inline int32_t days_from_civil(int64_t year, unsigned month, unsigned day) {
  // Howard Hinnant's algorithm: years begin in March, eras of 400 years.
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return static_cast<int32_t>(era * 146097 + static_cast<int64_t>(day_of_era) - 719468);
}

// And back.
inline Civil civil_from_days(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<uint32_t>(days - era * 146097);
  // Neri and Schneider: the year of the century and the month by multiplication, in place of divisions that wait for
  // each other.
  const uint32_t quarters = 4 * day_of_era + 3;
  const uint32_t century = quarters / 146097;
  const uint32_t scaled = (quarters % 146097) | 3;
  const uint64_t product = uint64_t{2'939'745} * scaled;
  const auto year_of_century = static_cast<uint32_t>(product >> 32);
  const uint32_t day_of_year = static_cast<uint32_t>(product) / 2'939'745 / 4;  // from March
  const uint32_t month_and_day = 2'141 * day_of_year + 197'913;
  const bool next_year = day_of_year >= 306;
  const uint32_t month = (month_and_day >> 16) - (next_year ? 12 : 0);
  const uint32_t day = (month_and_day & 0xffff) / 2'141 + 1;
  return {era * 400 + int64_t{100} * century + year_of_century + (next_year ? 1 : 0), month, day};
}

}  // namespace millrace
