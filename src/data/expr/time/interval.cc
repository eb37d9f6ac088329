#include "data/expr/time/interval.h"

#include <algorithm>

#include "data/expr/time/calendar.h"

namespace millrace {
namespace {

int64_t plus_months(int64_t days, int64_t months) {
  const Civil civil = civil_from_days(days);
  const int64_t total = civil.year * 12 + static_cast<int64_t>(civil.month) - 1 + months;
  const int64_t year = floor_div(total, 12);
  const auto month = static_cast<unsigned>(floor_mod(total, 12)) + 1;
  return epoch_days(year, month, std::min(civil.day, static_cast<unsigned>(days_in_month(year, month))));
}

std::optional<int64_t> plus_months_and_days(int64_t local_us, const Interval& interval) {
  DayTime at = split_us(local_us);
  if (interval.months != 0) at.days = plus_months(at.days, interval.months);
  int64_t us = 0;
  if (__builtin_mul_overflow(at.days + interval.days, kUsPerDay, &us) || __builtin_add_overflow(us, at.us, &us)) {
    return std::nullopt;
  }
  return us;
}

std::optional<int32_t> fit_days(int64_t days) {
  if (days < INT32_MIN || days > INT32_MAX) return std::nullopt;
  return static_cast<int32_t>(days);
}

}  // namespace

std::optional<int32_t> add_months(int32_t days, int64_t months) { return fit_days(plus_months(days, months)); }

std::optional<int64_t> add_interval(int64_t us, const Interval& interval, const Zone& zone) {
  if (zone.is_fixed()) return add_interval(us, interval);
  if (interval.months != 0 || interval.days != 0) {
    ZoneCursor cursor(zone);
    const std::optional<int64_t> local = plus_months_and_days(cursor.to_local(us), interval);
    if (!local) return std::nullopt;
    us = cursor.to_utc(*local);
  }
  if (__builtin_add_overflow(us, interval.us, &us)) return std::nullopt;
  return us;
}

std::optional<int64_t> add_interval(int64_t us, const Interval& interval) {
  std::optional<int64_t> sum = plus_months_and_days(us, interval);
  if (!sum || __builtin_add_overflow(*sum, interval.us, &*sum)) return std::nullopt;
  return sum;
}

std::optional<int32_t> add_interval_to_date(int32_t days, const Interval& interval) {
  if (interval.us != 0) return std::nullopt;
  return fit_days((interval.months == 0 ? days : plus_months(days, interval.months)) + interval.days);
}

std::optional<Interval> negate_interval(const Interval& interval) {
  if (interval.months == INT32_MIN || interval.days == INT32_MIN || interval.us == INT64_MIN) return std::nullopt;
  return Interval{-interval.months, -interval.days, -interval.us};
}

}  // namespace millrace
