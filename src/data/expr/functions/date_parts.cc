// Fields of dates and timestamps.
#include <array>
#include <utility>

#include <fmt/format.h>

#include "data/expr/functions/date_binds.h"
#include "data/expr/kernels.h"
#include "data/expr/time/calendar.h"

namespace millrace::dates {
namespace {

constexpr std::array<std::string_view, 7> kDayNames = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 12> kMonthNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

int32_t year_of(int32_t days) { return static_cast<int32_t>(civil_from_days(days).year); }
BindResult year_part() {
  return binding(TypeKind::kInt, {TypeKind::kDate}, [](const Call& call) {
    const size_t total = call.rows().total();
    Buffer values(words_of(total) * kBlockRows * sizeof(int32_t));
    for_each_block<int32_t>(call, [&](size_t first, const int32_t* days) {
      int32_t* const out = values.as<int32_t>() + first;
      const uint64_t far = try_block([](int32_t day, int32_t& year) { return near_year(day, year); }, out, days);
      for_each_bit(far, 0, [&](size_t i) { out[i] = year_of(days[i]); });
    });
    values.set_size(total * sizeof(int32_t));
    Column column{.type = TypeKind::kInt, .rows = total};
    column.validity = and_validity(call.args(), total);
    column.values = share(std::move(values));
    return column;
  });
}

int32_t quarter_of(int32_t days) { return static_cast<int32_t>((civil_from_days(days).month + 2) / 3); }
int32_t month_of(int32_t days) { return static_cast<int32_t>(civil_from_days(days).month); }
int32_t day_of(int32_t days) { return static_cast<int32_t>(civil_from_days(days).day); }
int32_t sunday_first(int32_t days) { return (weekday_of(days) + 1) % 7 + 1; }
int32_t monday_zero(int32_t days) { return weekday_of(days); }
int32_t monday_first(int32_t days) { return weekday_of(days) + 1; }
int32_t yearday_of(int32_t days) { return day_of_year(days); }
// ISO 8601: the week belongs to the year of its Thursday.
int64_t thursday_of(int32_t days) { return int64_t{days} - weekday_of(days) + 3; }
int32_t week_of(int32_t days) { return (day_of_year(thursday_of(days)) - 1) / 7 + 1; }
int32_t week_year_of(int32_t days) { return static_cast<int32_t>(civil_from_days(thursday_of(days)).year); }

int32_t hour_of(int64_t us) { return static_cast<int32_t>(split_us(us).us / kUsPerHour); }
int32_t minute_of(int64_t us) { return static_cast<int32_t>(split_us(us).us / kUsPerMinute % 60); }
int32_t second_of(int64_t us) { return static_cast<int32_t>(split_us(us).us / kUsPerSecond % 60); }
Int128 exact_second_of(int64_t us) { return floor_mod(us, kUsPerMinute); }

template <auto F>
BindResult date_part() {
  return binding(TypeKind::kInt, {TypeKind::kDate},
                 lift<int32_t, int32_t>(TypeKind::kInt, [](int32_t days) { return F(days); }));
}
template <auto F>
BindResult time_part() {
  return binding(TypeKind::kInt, {TypeKind::kTimestamp},
                 lift<int32_t, int64_t>(TypeKind::kInt, [](int64_t us) { return F(us); }));
}
BindResult exact_second() {
  const Type type = Type::decimal(8, 6);
  return binding(type, {TypeKind::kTimestamp},
                 lift<Int128, int64_t>(type, [](int64_t us) { return exact_second_of(us); }));
}

struct FieldName {
  std::string_view name;
  BindResult (*bind)();
};
constexpr auto kFields = std::to_array<FieldName>({
    {"YEAR", year_part},
    {"Y", year_part},
    {"YEARS", year_part},
    {"YR", year_part},
    {"YRS", year_part},
    {"YEAROFWEEK", date_part<week_year_of>},
    {"QUARTER", date_part<quarter_of>},
    {"QTR", date_part<quarter_of>},
    {"MONTH", date_part<month_of>},
    {"MON", date_part<month_of>},
    {"MONS", date_part<month_of>},
    {"MONTHS", date_part<month_of>},
    {"WEEK", date_part<week_of>},
    {"W", date_part<week_of>},
    {"WEEKS", date_part<week_of>},
    {"DAY", date_part<day_of>},
    {"D", date_part<day_of>},
    {"DAYS", date_part<day_of>},
    {"DAYOFWEEK", date_part<sunday_first>},
    {"DOW", date_part<sunday_first>},
    {"DAYOFWEEK_ISO", date_part<monday_first>},
    {"DOW_ISO", date_part<monday_first>},
    {"DOY", date_part<yearday_of>},
    {"HOUR", time_part<hour_of>},
    {"H", time_part<hour_of>},
    {"HOURS", time_part<hour_of>},
    {"HR", time_part<hour_of>},
    {"HRS", time_part<hour_of>},
    {"MINUTE", time_part<minute_of>},
    {"M", time_part<minute_of>},
    {"MIN", time_part<minute_of>},
    {"MINS", time_part<minute_of>},
    {"MINUTES", time_part<minute_of>},
    {"SECOND", exact_second},
    {"S", exact_second},
    {"SEC", exact_second},
    {"SECONDS", exact_second},
    {"SECS", exact_second},
});

}  // namespace

std::optional<std::string_view> constant_text(const BindArg& arg) {
  if (arg.constant == nullptr || !arg.type.is(TypeKind::kString) || arg.constant->is_null(0)) return std::nullopt;
  return arg.constant->string_at(0);
}

std::string upper_ascii(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

BindResult bind_year(Args) { return year_part(); }
BindResult bind_quarter(Args) { return date_part<quarter_of>(); }
BindResult bind_month(Args) { return date_part<month_of>(); }
BindResult bind_day(Args) { return date_part<day_of>(); }
BindResult bind_dayofweek(Args) { return date_part<sunday_first>(); }
BindResult bind_weekday(Args) { return date_part<monday_zero>(); }
BindResult bind_dayofyear(Args) { return date_part<yearday_of>(); }
BindResult bind_weekofyear(Args) { return date_part<week_of>(); }
BindResult bind_hour(Args) { return time_part<hour_of>(); }
BindResult bind_minute(Args) { return time_part<minute_of>(); }
BindResult bind_second(Args) { return time_part<second_of>(); }

BindResult bind_extract(Args args) {
  const std::optional<std::string_view> name = constant_text(args[0]);
  if (!name) return BindError{0, "the field must be a constant", "write YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, ..."};
  const std::string wanted = upper_ascii(*name);
  for (const FieldName& field : kFields) {
    if (field.name != wanted) continue;
    BindResult result = field.bind();
    if (result.ok()) {
      Kernel kernel = std::move(result.binding().kernel);
      result.binding().argument_types.insert(result.binding().argument_types.begin(), Type(TypeKind::kString));
      result.binding().kernel = [kernel = std::move(kernel)](const Call& call) {
        FaultSink* const none = nullptr;  // the parts of a date never fail
        return kernel(Call(call.args().subspan(1), call.rows(), call.context(), none));
      };
    }
    return result;
  }
  return BindError{0, fmt::format("'{}' is not a field of a date or timestamp", *name),
                   "YEAR, QUARTER, MONTH, WEEK, DAY, DAYOFWEEK, DOY, HOUR, MINUTE, SECOND"};
}

BindResult bind_dayname(Args) {
  return binding(TypeKind::kString, {TypeKind::kDate}, lift<std::string, int32_t>(TypeKind::kString, [](int32_t days) {
                   return kDayNames[static_cast<size_t>(weekday_of(days))];
                 }));
}

BindResult bind_monthname(Args) {
  return binding(TypeKind::kString, {TypeKind::kDate}, lift<std::string, int32_t>(TypeKind::kString, [](int32_t days) {
                   return kMonthNames[civil_from_days(days).month - 1];
                 }));
}

}  // namespace millrace::dates
