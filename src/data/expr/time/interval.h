#pragma once

#include <cstdint>
#include <optional>

#include "data/column.h"
#include "data/expr/time/zone.h"

namespace millrace {

// Adding months keeps the day of the month, or takes the month's last: 31 January + 1 month is 28 February.
// Everything here gives nullopt when the result does not fit.
std::optional<int32_t> add_months(int32_t days, int64_t months);

// Months first, then days, both on the local clock of `zone`, then microseconds.
std::optional<int64_t> add_interval(int64_t us, const Interval& interval, const Zone& zone);
std::optional<int64_t> add_interval(int64_t us, const Interval& interval);  // in UTC

// Months and days; an interval with a part below a day does not fit a date (nullopt).
std::optional<int32_t> add_interval_to_date(int32_t days, const Interval& interval);

std::optional<Interval> negate_interval(const Interval& interval);

}  // namespace millrace
