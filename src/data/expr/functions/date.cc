#include "data/expr/functions/date_binds.h"

#include <array>

#include "data/expr/families.h"

namespace millrace {
namespace {

using namespace dates;  // NOLINT: the binds, which only this file lists

constexpr Function date_function(std::string_view name, std::string_view signature, std::string_view summary,
                                 std::string_view example, int args_min, int args_max,
                                 BindResult (*bind)(std::span<const BindArg>)) {
  return {.name = name,
          .group = "date",
          .signature = signature,
          .summary = summary,
          .example = example,
          .args_min = args_min,
          .args_max = args_max,
          .bind = bind};
}

// Known per batch only, so never folded.
constexpr Function clock_function(std::string_view name, std::string_view signature, std::string_view summary,
                                  std::string_view example, BindResult (*bind)(std::span<const BindArg>)) {
  Function function = date_function(name, signature, summary, example, 0, 0, bind);
  function.deterministic = false;
  return function;
}

constexpr Function try_function(std::string_view name, std::string_view signature, std::string_view summary,
                                std::string_view example, int args_min, int args_max,
                                BindResult (*bind)(std::span<const BindArg>)) {
  Function function = date_function(name, signature, summary, example, args_min, args_max, bind);
  function.try_form = true;
  return function;
}

constexpr auto kFunctions = std::to_array<Function>({
    clock_function("current_date", "current_date()", "The day on which the record came in, in UTC.",
                   "current_date() -> 2026-11-21", bind_current_date),
    clock_function("curdate", "curdate()", "The same as current_date().", "curdate() -> 2026-11-21", bind_current_date),
    clock_function("current_timestamp", "current_timestamp()", "When the record came in.",
                   "current_timestamp() -> 2026-11-21 07:47:03.25", bind_current_timestamp),
    clock_function("now", "now()", "The same as current_timestamp().", "now() -> 2026-11-21 07:47:03.25",
                   bind_current_timestamp),
    date_function("current_timezone", "current_timezone()", "The session's time zone, which is always UTC.",
                  "current_timezone() -> UTC", 0, 0, bind_current_timezone),
    date_function("date_add", "date_add(start, days)",
                  "The date that many days later; with a unit in front as timestampadd.",
                  "date_add('2016-07-30', 1) -> 2016-07-31", 2, 3, bind_date_add),
    date_function("dateadd", "dateadd(start, days)", "The same as date_add.", "dateadd('2016-07-30', 1) -> 2016-07-31",
                  2, 3, bind_date_add),
    date_function("date_sub", "date_sub(start, days)", "The date that many days earlier.",
                  "date_sub('2016-07-30', 1) -> 2016-07-29", 2, 2, bind_date_sub),
    date_function("datediff", "datediff(end, start)", "Days from start to end; with a unit in front as timestampdiff.",
                  "datediff('2009-07-31', '2009-07-30') -> 1", 2, 3, bind_datediff),
    date_function("date_diff", "date_diff(end, start)", "The same as datediff.",
                  "date_diff('2009-07-31', '2009-07-30') -> 1", 2, 3, bind_datediff),
    date_function("add_months", "add_months(start, months)",
                  "The date that many months later, on the month's last day where the day does not exist.",
                  "add_months('2016-08-31', 1) -> 2016-09-30", 2, 2, bind_add_months),
    date_function("months_between", "months_between(a, b [, round])",
                  "Months from b to a, with a fraction of 31 days, rounded to 8 digits unless round is false.",
                  "months_between('1997-02-28 10:30:00', '1996-10-30') -> 3.94959677", 2, 3, bind_months_between),
    date_function("last_day", "last_day(date)", "The last day of the date's month.",
                  "last_day('2009-01-12') -> 2009-01-31", 1, 1, bind_last_day),
    date_function("next_day", "next_day(start, weekday)", "The first such weekday after the date.",
                  "next_day('2015-01-14', 'TU') -> 2015-01-20", 2, 2, bind_next_day),
    date_function("trunc", "trunc(date, unit)",
                  "The first day of the date's week, month, quarter or year; null for another unit.",
                  "trunc('2019-08-04', 'week') -> 2019-07-29", 2, 2, bind_trunc),
    date_function("date_trunc", "date_trunc(unit, timestamp)",
                  "The timestamp rounded down to the unit; null for an unknown unit.",
                  "date_trunc('HOUR', '2015-03-05T09:32:05.359') -> 2015-03-05 09:00:00", 2, 2, bind_date_trunc),
    date_function("timestampadd", "timestampadd(unit, count, timestamp)", "The timestamp that many units later.",
                  "timestampadd(HOUR, 8, '2022-02-14 20:30:00') -> 2022-02-15 04:30:00", 3, 3, bind_timestampadd),
    date_function("timestampdiff", "timestampdiff(unit, start, end)", "Whole units from start to end.",
                  "timestampdiff(MONTH, '2021-02-28 12:00:00', '2021-03-28 11:59:59') -> 0", 3, 3, bind_timestampdiff),
    date_function("year", "year(date)", "The year.", "year('2016-07-30') -> 2016", 1, 1, bind_year),
    date_function("quarter", "quarter(date)", "The quarter of the year, 1 to 4.", "quarter('2016-08-31') -> 3", 1, 1,
                  bind_quarter),
    date_function("month", "month(date)", "The month, 1 to 12.", "month('2016-07-30') -> 7", 1, 1, bind_month),
    date_function("day", "day(date)", "The day of the month.", "day('2009-07-30') -> 30", 1, 1, bind_day),
    date_function("dayofmonth", "dayofmonth(date)", "The same as day.", "dayofmonth('2009-07-30') -> 30", 1, 1,
                  bind_day),
    date_function("dayofweek", "dayofweek(date)", "The day of the week, 1 = Sunday to 7 = Saturday.",
                  "dayofweek('2009-07-30') -> 5", 1, 1, bind_dayofweek),
    date_function("weekday", "weekday(date)", "The day of the week, 0 = Monday to 6 = Sunday.",
                  "weekday('2009-07-30') -> 3", 1, 1, bind_weekday),
    date_function("dayofyear", "dayofyear(date)", "The day of the year, from 1.", "dayofyear('2016-04-09') -> 100", 1,
                  1, bind_dayofyear),
    date_function("weekofyear", "weekofyear(date)", "The week of the year by ISO 8601.",
                  "weekofyear('2008-02-20') -> 8", 1, 1, bind_weekofyear),
    date_function("hour", "hour(timestamp)", "The hour, 0 to 23.", "hour('2009-07-30 12:58:59') -> 12", 1, 1,
                  bind_hour),
    date_function("minute", "minute(timestamp)", "The minute.", "minute('2009-07-30 12:58:59') -> 58", 1, 1,
                  bind_minute),
    date_function("second", "second(timestamp)", "The second, without its fraction.",
                  "second('2009-07-30 12:58:59') -> 59", 1, 1, bind_second),
    date_function("extract", "extract(field FROM source)", "One field of a date or timestamp; SECOND has its fraction.",
                  "extract(YEAR FROM TIMESTAMP '2019-08-12 01:00:00.123456') -> 2019", 2, 2, bind_extract),
    date_function("date_part", "date_part(field, source)", "The same as extract, with the field as text.",
                  "date_part('doy', DATE'2019-08-12') -> 224", 2, 2, bind_extract),
    date_function("datepart", "datepart(field, source)", "The same as date_part.",
                  "datepart('week', TIMESTAMP'2019-08-12 01:00:00') -> 33", 2, 2, bind_extract),
    date_function("dayname", "dayname(date)", "The weekday's name in three letters.", "dayname('2008-02-20') -> Wed", 1,
                  1, bind_dayname),
    date_function("monthname", "monthname(date)", "The month's name in three letters.",
                  "monthname('2008-02-20') -> Feb", 1, 1, bind_monthname),
    date_function("make_date", "make_date(year, month, day)", "A date from its parts.",
                  "make_date(2013, 7, 15) -> 2013-07-15", 3, 3, bind_make_date),
    date_function("make_timestamp", "make_timestamp(year, month, day, hour, minute, second [, zone])",
                  "A timestamp from its parts.",
                  "make_timestamp(2014, 12, 28, 6, 30, 45.887) -> 2014-12-28 06:30:45.887", 6, 7, bind_make_timestamp),
    date_function("timestamp_seconds", "timestamp_seconds(seconds)", "The timestamp that many seconds after 1970.",
                  "timestamp_seconds(1230219000) -> 2008-12-25 15:30:00", 1, 1, bind_timestamp_seconds),
    date_function("timestamp_millis", "timestamp_millis(milliseconds)",
                  "The timestamp that many milliseconds after 1970.",
                  "timestamp_millis(1230219000123) -> 2008-12-25 15:30:00.123", 1, 1, bind_timestamp_millis),
    date_function("timestamp_micros", "timestamp_micros(microseconds)",
                  "The timestamp that many microseconds after 1970.",
                  "timestamp_micros(1230219000123123) -> 2008-12-25 15:30:00.123123", 1, 1, bind_timestamp_micros),
    date_function("unix_seconds", "unix_seconds(timestamp)", "Whole seconds since 1970, rounded down.",
                  "unix_seconds(TIMESTAMP'1970-01-01 00:00:01Z') -> 1", 1, 1, bind_unix_seconds),
    date_function("unix_millis", "unix_millis(timestamp)", "Whole milliseconds since 1970, rounded down.",
                  "unix_millis(TIMESTAMP'1970-01-01 00:00:01Z') -> 1000", 1, 1, bind_unix_millis),
    date_function("unix_micros", "unix_micros(timestamp)", "Microseconds since 1970.",
                  "unix_micros(TIMESTAMP'1970-01-01 00:00:01Z') -> 1000000", 1, 1, bind_unix_micros),
    date_function("unix_date", "unix_date(date)", "Days since 1970.", "unix_date(DATE'1970-01-02') -> 1", 1, 1,
                  bind_unix_date),
    date_function("date_from_unix_date", "date_from_unix_date(days)", "The date that many days after 1970.",
                  "date_from_unix_date(1) -> 1970-01-02", 1, 1, bind_date_from_unix_date),
    date_function("from_utc_timestamp", "from_utc_timestamp(timestamp, zone)",
                  "What clocks in the zone show at that time in UTC.",
                  "from_utc_timestamp('2016-08-31', 'Asia/Seoul') -> 2016-08-31 09:00:00", 2, 2,
                  bind_from_utc_timestamp),
    date_function("date_format", "date_format(timestamp, pattern)", "The timestamp written by a datetime pattern.",
                  "date_format('2016-04-08', 'y') -> 2016", 2, 2, bind_date_format),
    date_function("from_unixtime", "from_unixtime(seconds [, pattern])",
                  "Seconds since 1970 written by a datetime pattern.",
                  "from_unixtime(0, 'yyyy-MM-dd HH:mm:ss') -> 1970-01-01 00:00:00", 1, 2, bind_from_unixtime),
    date_function("to_date", "to_date(text [, pattern])", "The date that the text says.",
                  "to_date('31/12/2016', 'dd/MM/yyyy') -> 2016-12-31", 1, 2, bind_to_date),
    date_function("to_timestamp", "to_timestamp(text [, pattern])", "The timestamp that the text says.",
                  "to_timestamp('2016-12-31 00:12:00') -> 2016-12-31 00:12:00", 1, 2, bind_to_timestamp),
    try_function("try_to_timestamp", "try_to_timestamp(text [, pattern])", "The timestamp that the text says, or null.",
                 "try_to_timestamp('foo', 'yyyy-MM-dd') -> NULL", 1, 2, bind_to_timestamp),
    {.name = "unix_timestamp",
     .group = "date",
     .signature = "unix_timestamp([timestamp or text [, pattern]])",
     .summary = "Whole seconds since 1970; without arguments those at which the record came in.",
     .example = "unix_timestamp('2016-04-08', 'yyyy-MM-dd') -> 1460073600",
     .args_min = 0,
     .args_max = 2,
     .bind = bind_unix_timestamp,
     .reads_context = true},
    date_function("to_unix_timestamp", "to_unix_timestamp(timestamp or text [, pattern])",
                  "The same as unix_timestamp.", "to_unix_timestamp('2016-04-08', 'yyyy-MM-dd') -> 1460073600", 1, 2,
                  bind_unix_timestamp),
    date_function("to_utc_timestamp", "to_utc_timestamp(timestamp, zone)",
                  "The time in UTC at which clocks in the zone show the timestamp.",
                  "to_utc_timestamp('2016-08-31', 'Asia/Seoul') -> 2016-08-30 15:00:00", 2, 2, bind_to_utc_timestamp),
});

}  // namespace

std::span<const Function> date_functions() { return kFunctions; }

}  // namespace millrace
