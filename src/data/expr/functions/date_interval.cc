// Intervals from numbers, and timestamps from one zone's clocks to another's.
#include <array>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "data/expr/functions/date_binds.h"
#include "data/expr/kernels.h"
#include "data/expr/time/calendar.h"
#include "data/expr/time/zone.h"

namespace millrace::dates {
namespace {

constexpr std::string_view kOverflow = "the interval is longer than an interval can be";

// What the parts add up to, before it is known to fit.
struct Wide {
  Int128 months = 0, days = 0, us = 0;
};

using AddPart = void (*)(Wide& sum, Int128 value);

constexpr AddPart kYears = [](Wide& sum, Int128 value) { sum.months += value * 12; };
constexpr AddPart kMonths = [](Wide& sum, Int128 value) { sum.months += value; };
constexpr AddPart kWeeks = [](Wide& sum, Int128 value) { sum.days += value * 7; };
constexpr AddPart kDays = [](Wide& sum, Int128 value) { sum.days += value; };
constexpr AddPart kHours = [](Wide& sum, Int128 value) { sum.us += value * kUsPerHour; };
constexpr AddPart kMinutes = [](Wide& sum, Int128 value) { sum.us += value * kUsPerMinute; };
constexpr AddPart kMicroseconds = [](Wide& sum, Int128 value) { sum.us += value; };

template <typename T>
bool fits(Int128 value) {
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

// `parts` in the order of the arguments; the last, of seconds, is a decimal of microseconds. `one_length`: days are 24
// hours, and all of it fits 64 bits of microseconds.
BindResult interval_of(Args args, std::span<const AddPart> parts, bool one_length) {
  std::vector<Type> types;
  for (size_t i = 0; i < args.size(); ++i) {
    types.push_back(parts[i] == kMicroseconds ? Type::decimal(18, 6) : Type(TypeKind::kInt));
  }
  return binding(TypeKind::kInterval, std::move(types), [parts, one_length](const Call& call) {
    return lift_rows<Interval>(call, TypeKind::kInterval, [&](size_t row, auto& out) {
      Wide sum;
      for (size_t i = 0; i < call.args().size(); ++i) {
        const Column& arg = call.arg(i);
        parts[i](sum, arg.type.is(TypeKind::kInt) ? Int128{arg.at<int32_t>(row)} : arg.at<Int128>(row));
      }
      if (one_length) {
        const Int128 us = sum.days * kUsPerDay + sum.us;
        if (!fits<int64_t>(us)) sum.months = INT64_MAX;
        sum.days = us / kUsPerDay;
        sum.us = us % kUsPerDay;
      }
      if (fits<int32_t>(sum.months) && fits<int32_t>(sum.days) && fits<int64_t>(sum.us)) {
        out.append(
            Interval{static_cast<int32_t>(sum.months), static_cast<int32_t>(sum.days), static_cast<int64_t>(sum.us)});
        return;
      }
      call.fault(row, kOverflow);
      out.append_null();
    });
  });
}

constexpr std::array kAllParts = {kYears, kMonths, kWeeks, kDays, kHours, kMinutes, kMicroseconds};
constexpr std::array kDayParts = {kDays, kHours, kMinutes, kMicroseconds};
constexpr std::array kMonthParts = {kYears, kMonths};

// Converts by the zone that an argument names, row after row.
class NamedZone {
 public:
  NamedZone(const Call& call, size_t argument) : call_(call), names_(call.arg(argument)) {}

  // nullptr after a fault.
  ZoneCursor* at(size_t row) {
    const std::string_view name = names_[row];
    if (cursor_ && current_ == name) return &*cursor_;
    const std::shared_ptr<const Zone> zone = find_zone(name);
    if (zone == nullptr) {
      call_.fault(row, fmt::format("'{}' is not a time zone", name));
      return nullptr;
    }
    zone_ = zone;
    current_ = name;
    cursor_.emplace(*zone_);
    return &*cursor_;
  }

 private:
  const Call& call_;
  ValueReader<std::string_view> names_;
  std::string current_;
  std::shared_ptr<const Zone> zone_;
  std::optional<ZoneCursor> cursor_;
};

}  // namespace

BindResult bind_make_interval(Args args) { return interval_of(args, kAllParts, false); }
BindResult bind_make_dt_interval(Args args) { return interval_of(args, kDayParts, true); }
BindResult bind_make_ym_interval(Args args) { return interval_of(args, kMonthParts, false); }

// The timestamps are what clocks show; those of the source default to UTC.
BindResult bind_convert_timezone(Args args) {
  const size_t zones = args.size() - 1;
  for (size_t i = 0; i < zones; ++i) {
    if (const auto text = constant_text(args[i]); text && find_zone(*text) == nullptr) {
      return BindError{static_cast<int>(i), fmt::format("'{}' is not a time zone", *text),
                       "a region (Europe/Paris) or an offset (+01:00)"};
    }
  }
  std::vector<Type> types(zones, TypeKind::kString);
  types.emplace_back(TypeKind::kTimestamp);
  return binding(TypeKind::kTimestamp, std::move(types), [zones](const Call& call) {
    const ValueReader<int64_t> values(call.arg(zones));
    NamedZone source(call, 0);
    NamedZone target(call, zones - 1);
    return lift_rows<int64_t>(call, TypeKind::kTimestamp, [&](size_t row, auto& out) {
      ZoneCursor* from = zones == 2 ? source.at(row) : nullptr;
      ZoneCursor* to = zones == 1 || from != nullptr ? target.at(row) : nullptr;
      if (to == nullptr) return out.append_null();
      out.append(to->to_local(from == nullptr ? values[row] : from->to_utc(values[row])));
    });
  });
}

}  // namespace millrace::dates
