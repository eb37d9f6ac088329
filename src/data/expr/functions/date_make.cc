// Now, and dates and timestamps from numbers, and back.
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "data/expr/functions/date_binds.h"
#include "data/expr/kernels.h"
#include "data/expr/time/calendar.h"
#include "data/expr/time/zone.h"

namespace millrace::dates {
namespace {

constexpr int64_t kYearMin = -290'308, kYearMax = 294'247;  // what 64 bits of microseconds hold

Error invalid(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }

Result<int64_t> days_of(int64_t year, int32_t month, int32_t day) {
  if (month < 1 || month > 12) return invalid(fmt::format("{} is not a month (1 to 12)", month));
  if (day < 1 || day > days_in_month(year, static_cast<unsigned>(month))) {
    return invalid(fmt::format("{:04}-{:02} has no day {}", year, month, day));
  }
  return epoch_days(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
}

// `second` in microseconds; 60 exactly is the next minute, as in Spark.
Result<int64_t> local_us(int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute, Int128 second) {
  if (year < kYearMin || year > kYearMax)
    return invalid(fmt::format("the year {} is out of the range of timestamps", year));
  TRY(days, days_of(year, month, day));
  if (hour < 0 || hour > 23) return invalid(fmt::format("{} is not an hour (0 to 23)", hour));
  if (minute < 0 || minute > 59) return invalid(fmt::format("{} is not a minute (0 to 59)", minute));
  if (second < 0 || second > kUsPerMinute) {
    return invalid(fmt::format("{} is not a second (0 to 59.999999, or 60)", format_decimal(second, 6)));
  }
  int64_t us = 0;
  const int64_t of_day = hour * kUsPerHour + minute * kUsPerMinute + static_cast<int64_t>(second);
  if (__builtin_mul_overflow(days, kUsPerDay, &us) || __builtin_add_overflow(us, of_day, &us)) {
    return invalid(fmt::format("the year {} is out of the range of timestamps", year));
  }
  return us;
}

template <int64_t kUnit>
BindResult timestamp_from() {
  return binding(TypeKind::kTimestamp, {TypeKind::kBigint},
                 lift_faulting<int64_t, int64_t>(TypeKind::kTimestamp, [](int64_t count) -> Result<int64_t> {
                   int64_t us = 0;
                   if (__builtin_mul_overflow(count, kUnit, &us)) {
                     return invalid(fmt::format("{} is out of the range of timestamps", count));
                   }
                   return us;
                 }));
}
template <int64_t kUnit>
BindResult unix_from() {
  return binding(TypeKind::kBigint, {TypeKind::kTimestamp},
                 lift<int64_t, int64_t>(TypeKind::kBigint, [](int64_t us) { return floor_div(us, kUnit); }));
}

BindResult constant_now(Type type, int64_t unit) {
  return binding(type, {}, [type, unit](const Call& call) {
    const int64_t now = floor_div(call.context().now_us, unit);
    Column one = type.is(TypeKind::kDate) ? constant_fixed(type, static_cast<int32_t>(now)) : constant_fixed(type, now);
    return repeat(one, call.rows().total());
  });
}

// from_utc_timestamp shows the wall clock of the zone as if it were UTC; to_utc_timestamp is the way back.
template <bool kToLocal>
BindResult shift(Args args) {
  if (const auto text = constant_text(args[1]); text && find_zone(*text) == nullptr) {
    return BindError{1, fmt::format("'{}' is not a time zone", *text), "a region (Europe/Paris) or an offset (+01:00)"};
  }
  return binding(TypeKind::kTimestamp, {TypeKind::kTimestamp, TypeKind::kString}, [](const Call& call) {
    const ValueReader<int64_t> values(call.arg(0));
    const ValueReader<std::string_view> names(call.arg(1));
    ZoneFinder finder;
    std::string current;
    std::optional<ZoneCursor> cursor;
    return lift_rows<int64_t>(call, TypeKind::kTimestamp, [&](size_t row, auto& out) {
      const std::string_view name = names[row];
      if (!cursor || current != name) {
        const Zone* zone = finder.find(name);
        if (zone == nullptr) {
          call.fault(row, fmt::format("'{}' is not a time zone", name));
          out.append_null();
          return;
        }
        current = name;
        cursor.emplace(*zone);
      }
      out.append(kToLocal ? cursor->to_local(values[row]) : cursor->to_utc(values[row]));
    });
  });
}

}  // namespace

BindResult bind_current_date(Args) { return constant_now(TypeKind::kDate, kUsPerDay); }
BindResult bind_current_timestamp(Args) { return constant_now(TypeKind::kTimestamp, 1); }
BindResult bind_current_timezone(Args) {
  return binding(TypeKind::kString, {},
                 [](const Call& call) { return repeat(constant_string("UTC"), call.rows().total()); });
}

BindResult bind_make_date(Args) {
  return binding(TypeKind::kDate, {TypeKind::kInt, TypeKind::kInt, TypeKind::kInt},
                 lift_faulting<int32_t, int32_t, int32_t, int32_t>(
                     TypeKind::kDate, [](int32_t year, int32_t month, int32_t day) -> Result<int32_t> {
                       TRY(days, days_of(year, month, day));
                       if (days < INT32_MIN || days > INT32_MAX) {
                         return invalid(fmt::format("the year {} is out of the range of dates", year));
                       }
                       return static_cast<int32_t>(days);
                     }));
}

BindResult bind_make_timestamp(Args args) {
  std::vector<Type> types(5, TypeKind::kInt);
  types.push_back(Type::decimal(16, 6));
  if (args.size() == 6) {
    return binding(
        TypeKind::kTimestamp, std::move(types),
        lift_faulting<int64_t, int32_t, int32_t, int32_t, int32_t, int32_t, Int128>(TypeKind::kTimestamp, local_us));
  }
  types.emplace_back(TypeKind::kString);
  return binding(TypeKind::kTimestamp, std::move(types), [](const Call& call) {
    ZoneFinder finder;
    const auto kernel = lift_faulting<int64_t, int32_t, int32_t, int32_t, int32_t, int32_t, Int128, std::string_view>(
        TypeKind::kTimestamp,
        [&finder](int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute, Int128 second,
                  std::string_view name) -> Result<int64_t> {
          TRY(local, local_us(year, month, day, hour, minute, second));
          const Zone* zone = finder.find(name);
          if (zone == nullptr) return invalid(fmt::format("'{}' is not a time zone", name));
          return ZoneCursor(*zone).to_utc(local);
        });
    return kernel(call);
  });
}

BindResult bind_timestamp_seconds(Args args) {
  if (args[0].type.is(TypeKind::kDouble)) {
    return binding(TypeKind::kTimestamp, {TypeKind::kDouble},
                   lift_optional<int64_t, double>(TypeKind::kTimestamp, [](double seconds) -> std::optional<int64_t> {
                     if (!std::isfinite(seconds)) return std::nullopt;
                     const double us = seconds * 1e6;  // beyond 64 bits Java's conversion stops at the ends
                     if (us >= 9223372036854775807.0) return INT64_MAX;
                     return us <= -9223372036854775808.0 ? INT64_MIN : static_cast<int64_t>(us);
                   }));
  }
  if (args[0].type.is(TypeKind::kDecimal)) {
    const int scale = args[0].type.scale();
    return binding(
        TypeKind::kTimestamp, {args[0].type},
        lift_faulting<int64_t, Int128>(TypeKind::kTimestamp, [scale](Int128 value) -> Result<int64_t> {
          Int128 us = value;
          bool fits = true;
          for (int i = scale; i < 6 && fits; ++i) fits = !__builtin_mul_overflow(us, Int128{10}, &us);
          for (int i = scale; i > 6 && fits; --i) {
            fits = us % 10 == 0;
            us /= 10;
          }
          if (!fits || us < INT64_MIN || us > INT64_MAX) {
            return invalid(fmt::format("{} s is not a timestamp in microseconds", format_decimal(value, scale)));
          }
          return static_cast<int64_t>(us);
        }));
  }
  return timestamp_from<kUsPerSecond>();
}
BindResult bind_timestamp_millis(Args) { return timestamp_from<kUsPerMillisecond>(); }
BindResult bind_timestamp_micros(Args) { return timestamp_from<1>(); }
BindResult bind_unix_seconds(Args) { return unix_from<kUsPerSecond>(); }
BindResult bind_unix_millis(Args) { return unix_from<kUsPerMillisecond>(); }
BindResult bind_unix_micros(Args) { return unix_from<1>(); }
BindResult bind_unix_date(Args) {
  return binding(TypeKind::kInt, {TypeKind::kDate},
                 lift<int32_t, int32_t>(TypeKind::kInt, [](int32_t days) { return days; }));
}
BindResult bind_date_from_unix_date(Args) {
  return binding(TypeKind::kDate, {TypeKind::kInt},
                 lift<int32_t, int32_t>(TypeKind::kDate, [](int32_t days) { return days; }));
}
BindResult bind_from_utc_timestamp(Args args) { return shift<true>(args); }
BindResult bind_to_utc_timestamp(Args args) { return shift<false>(args); }

}  // namespace millrace::dates
