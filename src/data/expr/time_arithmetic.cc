// + and - with dates, timestamps and intervals.
#include <array>
#include <limits>

#include <fmt/format.h>

#include "data/expr/arithmetic.h"
#include "data/expr/kernels.h"
#include "data/expr/time/interval.h"

namespace millrace {
namespace {

constexpr int64_t kUsPerDay = 86'400'000'000;

Error out_of_range(std::string_view what, std::string_view value) {
  return {ErrorCode::kInvalidArgument, fmt::format("overflow: {} leaves the range of {}s", value, what)};
}

bool is_time(const Type& type) {
  return type.is(TypeKind::kDate) || type.is(TypeKind::kTimestamp) || type.is(TypeKind::kInterval);
}

Result<Interval> signed_interval(const Interval& interval, bool negative) {
  if (!negative) return interval;
  const auto turned = negate_interval(interval);
  if (!turned) return out_of_range("interval", "the negative interval");
  return *turned;
}

Kernel timestamp_and_interval(bool negative, bool swapped) {
  const auto add = [negative](int64_t us, const Interval& interval) -> Result<int64_t> {
    TRY(by, signed_interval(interval, negative));
    const auto sum = add_interval(us, by);
    if (!sum) return out_of_range("timestamp", format_timestamp(us));
    return *sum;
  };
  if (swapped) {
    return lift_faulting<int64_t, Interval, int64_t>(TypeKind::kTimestamp,
                                                     [add](Interval by, int64_t us) { return add(us, by); });
  }
  return lift_faulting<int64_t, int64_t, Interval>(TypeKind::kTimestamp, add);
}

// A date plus months and days stays a date; Spark refuses smaller units in the interval of a date only when they are
// there.
Kernel date_and_interval(bool negative, bool swapped) {
  const auto add = [negative](int32_t days, const Interval& interval) -> Result<int32_t> {
    TRY(by, signed_interval(interval, negative));
    const auto sum = add_interval_to_date(days, by);
    if (!sum) return out_of_range("date", format_date(days));
    return *sum;
  };
  if (swapped) {
    return lift_faulting<int32_t, Interval, int32_t>(TypeKind::kDate,
                                                     [add](Interval by, int32_t days) { return add(days, by); });
  }
  return lift_faulting<int32_t, int32_t, Interval>(TypeKind::kDate, add);
}

Kernel date_and_days(bool negative, bool swapped) {
  const auto add = [negative](int32_t days, int32_t by) -> Result<int32_t> {
    const int64_t sum = negative ? int64_t{days} - by : int64_t{days} + by;
    if (sum < std::numeric_limits<int32_t>::min() || sum > std::numeric_limits<int32_t>::max()) {
      return out_of_range("date", format_date(days));
    }
    return static_cast<int32_t>(sum);
  };
  if (swapped)
    return lift_faulting<int32_t, int32_t, int32_t>(TypeKind::kDate,
                                                    [add](int32_t by, int32_t days) { return add(days, by); });
  return lift_faulting<int32_t, int32_t, int32_t>(TypeKind::kDate, add);
}

Kernel interval_and_interval(bool negative) {
  return lift_faulting<Interval, Interval, Interval>(
      TypeKind::kInterval, [negative](Interval a, Interval b) -> Result<Interval> {
        TRY(by, signed_interval(b, negative));
        Interval sum{};
        if (__builtin_add_overflow(a.months, by.months, &sum.months) ||
            __builtin_add_overflow(a.days, by.days, &sum.days) || __builtin_add_overflow(a.us, by.us, &sum.us)) {
          return out_of_range("interval", "the sum");
        }
        return sum;
      });
}

// The time between two: whole days between dates, days and microseconds between timestamps.
Kernel difference(const Type& type) {
  if (type.is(TypeKind::kDate)) {
    return lift<Interval, int32_t, int32_t>(TypeKind::kInterval, [](int32_t a, int32_t b) {
      return Interval{0, a - b, 0};
    });
  }
  return lift<Interval, int64_t, int64_t>(TypeKind::kInterval, [](int64_t a, int64_t b) {
    const int64_t us = a - b;
    return Interval{0, static_cast<int32_t>(us / kUsPerDay), us % kUsPerDay};
  });
}

BindError refuse(Arithmetic op, const Type& a, const Type& b) {
  return {-1, fmt::format("{} cannot be applied to {} and {}", arithmetic_name(op), a.text(), b.text()), ""};
}

}  // namespace

std::optional<BindResult> bind_time_arithmetic(Arithmetic op, std::span<const BindArg> args) {
  const Type& a = args[0].type;
  const Type& b = args[1].type;
  if (!is_time(a) && !is_time(b)) return std::nullopt;
  if (op != Arithmetic::kAdd && op != Arithmetic::kSubtract) return refuse(op, a, b);
  const bool negative = op == Arithmetic::kSubtract;
  const auto is_null_or = [](const Type& type, TypeKind kind) { return type.is(kind) || type.is(TypeKind::kNull); };
  if (negative && (a.is(TypeKind::kTimestamp) || b.is(TypeKind::kTimestamp)) && !b.is(TypeKind::kInterval)) {
    const auto fits = [](const Type& type) {
      return type.is(TypeKind::kTimestamp) || type.is(TypeKind::kDate) || type.is(TypeKind::kNull) ||
             type.is(TypeKind::kString);
    };
    if (!fits(a) || !fits(b)) return refuse(op, a, b);
    return Binding{TypeKind::kInterval, {TypeKind::kTimestamp, TypeKind::kTimestamp}, difference(TypeKind::kTimestamp)};
  }
  if (negative && a.is(TypeKind::kDate) && b.is(TypeKind::kDate)) {
    return Binding{TypeKind::kInterval, {a, b}, difference(a)};
  }
  if (a.is(TypeKind::kInterval) && b.is(TypeKind::kInterval))
    return Binding{a, {a, b}, interval_and_interval(negative)};
  if (b.is(TypeKind::kInterval) && (a.is(TypeKind::kTimestamp) || a.is(TypeKind::kString))) {
    return Binding{TypeKind::kTimestamp, {TypeKind::kTimestamp, b}, timestamp_and_interval(negative, false)};
  }
  if (!negative && a.is(TypeKind::kInterval) && (b.is(TypeKind::kTimestamp) || b.is(TypeKind::kString))) {
    return Binding{TypeKind::kTimestamp, {a, TypeKind::kTimestamp}, timestamp_and_interval(false, true)};
  }
  const auto with_time = [](const BindArg& arg) {
    return arg.constant != nullptr && !arg.constant->is_null(0) && arg.constant->at<Interval>(0).us % kUsPerDay != 0;
  };
  if (a.is(TypeKind::kDate) && is_null_or(b, TypeKind::kInterval)) {
    if (b.is(TypeKind::kInterval) && with_time(args[1])) {
      return Binding{TypeKind::kTimestamp, {TypeKind::kTimestamp, b}, timestamp_and_interval(negative, false)};
    }
    return Binding{TypeKind::kDate, {a, TypeKind::kInterval}, date_and_interval(negative, false)};
  }
  if (!negative && a.is(TypeKind::kInterval) && b.is(TypeKind::kDate)) {
    if (with_time(args[0])) {
      return Binding{TypeKind::kTimestamp, {a, TypeKind::kTimestamp}, timestamp_and_interval(false, true)};
    }
    return Binding{TypeKind::kDate, {a, b}, date_and_interval(false, true)};
  }
  if (a.is(TypeKind::kDate) && b.is(TypeKind::kInt)) return Binding{a, {a, b}, date_and_days(negative, false)};
  if (!negative && a.is(TypeKind::kInt) && b.is(TypeKind::kDate)) return Binding{b, {a, b}, date_and_days(false, true)};
  return refuse(op, a, b);
}

}  // namespace millrace
