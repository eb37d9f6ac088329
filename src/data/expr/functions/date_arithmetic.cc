// Adding to dates, differences between them, and rounding them down.
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "data/expr/functions/date_binds.h"
#include "data/expr/kernels.h"
#include "data/expr/time/calendar.h"
#include "data/expr/time/interval.h"

namespace millrace::dates {
namespace {

Error out_of_range(std::string_view what) {
  return {ErrorCode::kInvalidArgument, fmt::format("{} is out of the range of dates", what)};
}

template <int kSign>
BindResult add_days(Args args) {
  for (const TypeKind kind : {TypeKind::kBigint, TypeKind::kDouble, TypeKind::kDecimal}) {
    if (args[1].type.is(kind)) return BindError{1, "the number of days must be an int", "CAST(... AS int)"};
  }
  return binding(
      TypeKind::kDate, {TypeKind::kDate, TypeKind::kInt},
      lift_checked<int32_t, int32_t, int32_t>(
          TypeKind::kDate,
          [](int32_t days, int32_t count, int32_t& sum) {
            return kSign > 0 ? !__builtin_add_overflow(days, count, &sum) : !__builtin_sub_overflow(days, count, &sum);
          },
          [](int32_t days, int32_t count) {
            return out_of_range(fmt::format("{} {} {} days", format_date(days), kSign > 0 ? '+' : '-', count))
                .message();
          }));
}

enum class Unit { kMicrosecond, kMillisecond, kSecond, kMinute, kHour, kDay, kWeek, kMonth, kQuarter, kYear };

struct UnitName {
  std::string_view name;
  Unit unit;
};
constexpr auto kUnits = std::to_array<UnitName>({
    {"MICROSECOND", Unit::kMicrosecond},
    {"MILLISECOND", Unit::kMillisecond},
    {"SECOND", Unit::kSecond},
    {"MINUTE", Unit::kMinute},
    {"HOUR", Unit::kHour},
    {"DAY", Unit::kDay},
    {"DAYOFYEAR", Unit::kDay},
    {"WEEK", Unit::kWeek},
    {"MONTH", Unit::kMonth},
    {"QUARTER", Unit::kQuarter},
    {"YEAR", Unit::kYear},
});

int64_t months_in(Unit unit) {
  return unit == Unit::kYear ? 12 : unit == Unit::kQuarter ? 3 : unit == Unit::kMonth ? 1 : 0;
}
int64_t us_in(Unit unit) {
  switch (unit) {
    case Unit::kMicrosecond: return 1;
    case Unit::kMillisecond: return kUsPerMillisecond;
    case Unit::kSecond: return kUsPerSecond;
    case Unit::kMinute: return kUsPerMinute;
    case Unit::kHour: return kUsPerHour;
    case Unit::kDay: return kUsPerDay;
    case Unit::kWeek: return 7 * kUsPerDay;
    default: return 0;
  }
}

struct UnitOrError {
  Unit unit = Unit::kDay;
  std::optional<BindError> error;
};
UnitOrError read_unit(const BindArg& arg) {
  constexpr std::string_view kHint = "YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND";
  const std::optional<std::string_view> text = constant_text(arg);
  if (!text) return {.error = BindError{0, "the unit must be a bare word", std::string(kHint)}};
  const std::string wanted = upper_ascii(*text);
  for (const UnitName& known : kUnits) {
    if (known.name == wanted) return {.unit = known.unit, .error = std::nullopt};
  }
  return {.error = BindError{0, fmt::format("'{}' is not a unit of time", *text), std::string(kHint)}};
}

std::optional<int64_t> add_units(int64_t us, Unit unit, int64_t count) {
  if (const int64_t months = months_in(unit); months != 0) {
    const int64_t total = count * months;  // count has 32 bits
    if (total < INT32_MIN || total > INT32_MAX) return std::nullopt;
    return add_interval(us, Interval{static_cast<int32_t>(total), 0, 0});
  }
  int64_t sum = 0;
  if (__builtin_mul_overflow(count, us_in(unit), &sum) || __builtin_add_overflow(sum, us, &sum)) return std::nullopt;
  return sum;
}

int64_t month_number(int64_t days) {
  const Civil civil = civil_from_days(days);
  return civil.year * 12 + static_cast<int64_t>(civil.month) - 1;
}

// Whole months from `a` to `b`, towards zero.
int64_t whole_months(int64_t a, int64_t b) {
  const DayTime from = split_us(a);
  const DayTime to = split_us(b);
  const int64_t months = month_number(to.days) - month_number(from.days);
  const auto in_month = [](const DayTime& at) {
    return static_cast<int64_t>(civil_from_days(at.days).day) * kUsPerDay + at.us;
  };
  if (months > 0 && in_month(to) < in_month(from)) return months - 1;
  if (months < 0 && in_month(to) > in_month(from)) return months + 1;
  return months;
}

Result<int64_t> count_units(int64_t a, int64_t b, Unit unit) {
  if (const int64_t months = months_in(unit); months != 0) return whole_months(a, b) / months;
  const Int128 whole = (static_cast<Int128>(b) - a) / us_in(unit);
  if (whole < INT64_MIN || whole > INT64_MAX)
    return Error(ErrorCode::kInvalidArgument, "the difference overflows a bigint");
  return static_cast<int64_t>(whole);
}

double months_between(int64_t a, int64_t b, bool round) {
  const DayTime at1 = split_us(a);
  const DayTime at2 = split_us(b);
  const Civil c1 = civil_from_days(at1.days);
  const Civil c2 = civil_from_days(at2.days);
  const auto months = static_cast<double>(month_number(at1.days) - month_number(at2.days));
  const auto is_last = [](const Civil& c) { return static_cast<int>(c.day) == days_in_month(c.year, c.month); };
  if (c1.day == c2.day || (is_last(c1) && is_last(c2))) return months;
  constexpr double kSecondsPerMonth = 31.0 * 86'400;
  const int64_t seconds = (static_cast<int64_t>(c1.day) - static_cast<int64_t>(c2.day)) * 86'400 +
                          at1.us / kUsPerSecond - at2.us / kUsPerSecond;
  const double difference = months + static_cast<double>(seconds) / kSecondsPerMonth;
  return round ? std::floor(difference * 1e8 + 0.5) / 1e8 : difference;
}

std::optional<int> weekday_named(std::string_view name) {  // 0 = Monday
  constexpr std::array<std::string_view, 7> kNames = {"MONDAY", "TUESDAY",  "WEDNESDAY", "THURSDAY",
                                                      "FRIDAY", "SATURDAY", "SUNDAY"};
  const std::string wanted = upper_ascii(name);
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (wanted == kNames[i] || wanted == kNames[i].substr(0, 3) || wanted == kNames[i].substr(0, 2)) {
      return static_cast<int>(i);
    }
  }
  return std::nullopt;
}

std::optional<Unit> read_level(std::string_view text) {
  constexpr auto kLevels = std::to_array<std::pair<std::string_view, Unit>>({
      {"MICROSECOND", Unit::kMicrosecond},
      {"MILLISECOND", Unit::kMillisecond},
      {"SECOND", Unit::kSecond},
      {"MINUTE", Unit::kMinute},
      {"HOUR", Unit::kHour},
      {"DAY", Unit::kDay},
      {"DD", Unit::kDay},
      {"WEEK", Unit::kWeek},
      {"MON", Unit::kMonth},
      {"MONTH", Unit::kMonth},
      {"MM", Unit::kMonth},
      {"QUARTER", Unit::kQuarter},
      {"YEAR", Unit::kYear},
      {"YYYY", Unit::kYear},
      {"YY", Unit::kYear},
  });
  const std::string wanted = upper_ascii(text);
  for (const auto& [name, level] : kLevels) {
    if (name == wanted) return level;
  }
  return std::nullopt;
}

// What is truncated to: nearly always a constant, read once.
class Levels {
 public:
  explicit Levels(const BindArg& arg) {
    const std::optional<std::string_view> text = constant_text(arg);
    if (text) constant_ = read_level(*text);
  }
  std::optional<Unit> constant() const { return constant_; }
  std::optional<Unit> of(std::string_view text) const { return constant_ ? constant_ : read_level(text); }

 private:
  std::optional<Unit> constant_;
};

int64_t floor_days(int64_t days, Unit level) {
  if (level == Unit::kWeek) return days - weekday_of(days);
  const Civil c = civil_from_days(days);
  if (level == Unit::kYear) return epoch_days(c.year, 1, 1);
  if (level == Unit::kQuarter) return epoch_days(c.year, (c.month - 1) / 3 * 3 + 1, 1);
  return days - static_cast<int64_t>(c.day) + 1;
}

std::optional<int64_t> floor_us(int64_t us, Unit level) {
  int64_t unit = 1;
  switch (level) {
    case Unit::kMicrosecond: return us;
    case Unit::kMillisecond: unit = kUsPerMillisecond; break;
    case Unit::kSecond: unit = kUsPerSecond; break;
    case Unit::kMinute: unit = kUsPerMinute; break;
    case Unit::kHour: unit = kUsPerHour; break;
    case Unit::kDay: unit = kUsPerDay; break;
    default: break;
  }
  const int64_t whole = unit > 1 ? floor_div(us, unit) : floor_days(split_us(us).days, level);
  int64_t result = 0;
  if (__builtin_mul_overflow(whole, unit > 1 ? unit : kUsPerDay, &result)) return std::nullopt;
  return result;
}

}  // namespace

BindResult bind_date_add(Args args) { return args.size() == 3 ? bind_timestampadd(args) : add_days<1>(args); }
BindResult bind_date_sub(Args args) { return add_days<-1>(args); }

BindResult bind_datediff(Args args) {
  if (args.size() == 3) return bind_timestampdiff(args);
  return binding(
      TypeKind::kInt, {TypeKind::kDate, TypeKind::kDate},
      lift_checked<int32_t, int32_t, int32_t>(
          TypeKind::kInt,
          [](int32_t end, int32_t start, int32_t& days) { return !__builtin_sub_overflow(end, start, &days); },
          [](int32_t end, int32_t start) {
            return out_of_range(fmt::format("{} - {}", format_date(end), format_date(start))).message();
          }));
}

BindResult bind_add_months(Args) {
  return binding(
      TypeKind::kDate, {TypeKind::kDate, TypeKind::kInt},
      lift_faulting<int32_t, int32_t, int32_t>(TypeKind::kDate, [](int32_t days, int32_t months) -> Result<int32_t> {
        const std::optional<int32_t> sum = add_months(days, months);
        if (!sum) return out_of_range(fmt::format("{} + {} months", format_date(days), months));
        return *sum;
      }));
}

BindResult bind_months_between(Args args) {
  if (args.size() == 2) {
    return binding(TypeKind::kDouble, {TypeKind::kTimestamp, TypeKind::kTimestamp},
                   lift<double, int64_t, int64_t>(TypeKind::kDouble,
                                                  [](int64_t a, int64_t b) { return months_between(a, b, true); }));
  }
  return binding(TypeKind::kDouble, {TypeKind::kTimestamp, TypeKind::kTimestamp, TypeKind::kBool},
                 lift<double, int64_t, int64_t, bool>(
                     TypeKind::kDouble, [](int64_t a, int64_t b, bool round) { return months_between(a, b, round); }));
}

BindResult bind_last_day(Args) {
  return binding(TypeKind::kDate, {TypeKind::kDate}, lift<int32_t, int32_t>(TypeKind::kDate, [](int32_t days) {
                   const Civil c = civil_from_days(days);
                   return days + days_in_month(c.year, c.month) - static_cast<int32_t>(c.day);
                 }));
}

BindResult bind_next_day(Args) {
  return binding(TypeKind::kDate, {TypeKind::kDate, TypeKind::kString},
                 lift_faulting<int32_t, int32_t, std::string_view>(
                     TypeKind::kDate, [](int32_t days, std::string_view name) -> Result<int32_t> {
                       const std::optional<int> weekday = weekday_named(name);
                       if (!weekday) {
                         return Error(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a day of the week", name));
                       }
                       const int64_t next = int64_t{days} + 1 + floor_mod(*weekday - weekday_of(int64_t{days} + 1), 7);
                       if (next > INT32_MAX)
                         return out_of_range(fmt::format("the {} after {}", name, format_date(days)));
                       return static_cast<int32_t>(next);
                     }));
}

BindResult bind_trunc(Args args) {
  return binding(
      TypeKind::kDate, {TypeKind::kDate, TypeKind::kString},
      lift_optional<int32_t, int32_t, std::string_view>(
          TypeKind::kDate, [levels = Levels(args[1])](int32_t days, std::string_view text) -> std::optional<int32_t> {
            const std::optional<Unit> level = levels.of(text);
            if (!level || *level < Unit::kWeek) return std::nullopt;
            const int64_t floor = floor_days(days, *level);
            if (floor < INT32_MIN) return std::nullopt;
            return static_cast<int32_t>(floor);
          }));
}

// Down to a unit known when it is compiled, which costs no division. The least timestamps have no floor.
template <int64_t unit>
Kernel floor_to() {
  return [](const Call& call) {
    const Column& us = call.arg(1);
    const auto floor = [](int64_t value, int64_t& out) {
      return !__builtin_mul_overflow(floor_div(value, unit), unit, &out);
    };
    const std::array value = {us};
    return fill_checked<int64_t, int64_t>(Call(value, call.rows(), call.context(), nullptr), TypeKind::kTimestamp,
                                          floor, [](size_t) { return ""; });
  };
}

std::optional<Kernel> floor_kernel(std::optional<Unit> level) {
  if (!level) return std::nullopt;
  switch (*level) {
    case Unit::kSecond: return floor_to<kUsPerSecond>();
    case Unit::kMinute: return floor_to<kUsPerMinute>();
    case Unit::kHour: return floor_to<kUsPerHour>();
    case Unit::kDay: return floor_to<kUsPerDay>();
    default: return std::nullopt;
  }
}

BindResult bind_date_trunc(Args args) {
  const Levels known(args[0]);
  if (const auto kernel = floor_kernel(known.constant())) {
    return binding(TypeKind::kTimestamp, {TypeKind::kString, TypeKind::kTimestamp}, *kernel);
  }
  return binding(
      TypeKind::kTimestamp, {TypeKind::kString, TypeKind::kTimestamp},
      lift_optional<int64_t, std::string_view, int64_t>(
          TypeKind::kTimestamp, [levels = known](std::string_view text, int64_t us) -> std::optional<int64_t> {
            const std::optional<Unit> level = levels.of(text);
            return level ? floor_us(us, *level) : std::nullopt;
          }));
}

BindResult bind_timestampadd(Args args) {
  const UnitOrError unit = read_unit(args[0]);
  if (unit.error) return *unit.error;
  return binding(TypeKind::kTimestamp, {TypeKind::kString, TypeKind::kInt, TypeKind::kTimestamp},
                 lift_faulting<int64_t, std::string_view, int32_t, int64_t>(
                     TypeKind::kTimestamp,
                     [unit = unit.unit](std::string_view name, int32_t count, int64_t us) -> Result<int64_t> {
                       const std::optional<int64_t> sum = add_units(us, unit, count);
                       if (sum) return *sum;
                       return Error(ErrorCode::kInvalidArgument,
                                    fmt::format("{} + {} {} is out of the range of timestamps", format_timestamp(us),
                                                count, name));
                     }));
}

BindResult bind_timestampdiff(Args args) {
  const UnitOrError unit = read_unit(args[0]);
  if (unit.error) return *unit.error;
  return binding(TypeKind::kBigint, {TypeKind::kString, TypeKind::kTimestamp, TypeKind::kTimestamp},
                 lift_faulting<int64_t, std::string_view, int64_t, int64_t>(
                     TypeKind::kBigint,
                     [unit = unit.unit](std::string_view, int64_t a, int64_t b) { return count_units(a, b, unit); }));
}

}  // namespace millrace::dates
