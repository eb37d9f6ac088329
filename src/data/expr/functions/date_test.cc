#include <gtest/gtest.h>

#include "data/builder.h"
#include "data/expr/families.h"
#include "data/expr/time/calendar.h"

namespace millrace {
namespace {

struct Faults : FaultSink {
  std::string text;
  void fault(size_t, std::string_view message) override { text = message; }
};

Column date(int64_t year, unsigned month, unsigned day) {
  return constant_fixed<int32_t>(TypeKind::kDate, days_from_civil(year, month, day));
}
Column at(int64_t year, unsigned month, unsigned day, int64_t us = 0) {
  return constant_fixed<int64_t>(TypeKind::kTimestamp, epoch_days(year, month, day) * kUsPerDay + us);
}
Column integer(int32_t value) { return constant_fixed<int32_t>(TypeKind::kInt, value); }
Column bigint(int64_t value) { return constant_fixed<int64_t>(TypeKind::kBigint, value); }
Column text(std::string_view value) { return constant_string(value); }

const Function* find(std::string_view name) {
  for (const Function& function : date_functions()) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

// The result as text; "fault: ..." or "error: ..." otherwise. Arguments must have the types that the binding asks for.
std::string call(std::string_view name, const std::vector<Column>& args) {
  const Function* function = find(name);
  if (function == nullptr) return "no function";
  std::vector<BindArg> bind_args;
  for (const Column& arg : args) bind_args.push_back({arg.type, &arg});
  BindResult bound = function->bind(bind_args);
  if (!bound.ok()) return "error: " + bound.error().message;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!(bound.binding().argument_types.at(i) == args[i].type)) return "cast";
  }
  Faults faults;
  const EvalContext context{.now_us = epoch_days(2026, 11, 21) * kUsPerDay + 5 * kUsPerHour};
  const Column result = bound.binding().kernel(Call(args, Rows::all(1), context, &faults));
  if (!(result.type == bound.binding().type)) return "wrong type " + result.type.text();
  return faults.text.empty() ? format_value(result, 0) : "fault: " + faults.text;
}

TEST(DateFunctions, AreDescribedOnceEach) {
  for (const Function& function : date_functions()) {
    EXPECT_EQ(find(function.name), &function);
  }
}

TEST(DateFunctions, NowComesFromTheContext) {
  EXPECT_EQ(call("current_date", {}), "2026-11-21");
  EXPECT_EQ(call("now", {}), "2026-11-21 05:00:00");
  EXPECT_EQ(call("current_timezone", {}), "UTC");
  EXPECT_FALSE(find("now")->deterministic);
}

TEST(DateFunctions, AddDaysAndMonths) {
  EXPECT_EQ(call("date_add", {date(2016, 7, 30), integer(2)}), "2016-08-01");
  EXPECT_EQ(call("date_sub", {date(2016, 3, 1), integer(1)}), "2016-02-29");
  EXPECT_EQ(call("add_months", {date(2016, 8, 31), integer(1)}), "2016-09-30");
  EXPECT_EQ(call("datediff", {date(2009, 7, 31), date(2009, 8, 1)}), "-1");
  EXPECT_EQ(call("date_add", {date(2016, 7, 30), integer(INT32_MAX)}),
            "fault: 2016-07-30 + 2147483647 days is out of the range of dates");
  EXPECT_EQ(call("add_months", {date(2016, 7, 30), integer(INT32_MAX)}),
            "fault: 2016-07-30 + 2147483647 months is out of the range of dates");
  EXPECT_EQ(call("date_add", {date(2016, 7, 30), bigint(1)}), "error: the number of days must be an int");
}

TEST(DateFunctions, MonthsBetweenHasAFractionOf31Days) {
  EXPECT_EQ(call("months_between", {at(1997, 2, 28, 10 * kUsPerHour + 30 * kUsPerMinute), at(1996, 10, 30)}),
            "3.94959677");
  EXPECT_EQ(call("months_between", {at(2020, 2, 29), at(2020, 1, 31, 5)}), "1.0");
  EXPECT_EQ(call("months_between", {at(2020, 1, 31), at(2020, 2, 29)}), "-1.0");
}

TEST(DateFunctions, NextAndLastDays) {
  EXPECT_EQ(call("next_day", {date(2015, 1, 14), text("TU")}), "2015-01-20");
  EXPECT_EQ(call("next_day", {date(2015, 1, 14), text("wednesday")}), "2015-01-21");
  EXPECT_EQ(call("next_day", {date(2015, 1, 14), text("xx")}), "fault: 'xx' is not a day of the week");
  EXPECT_EQ(call("last_day", {date(2020, 2, 1)}), "2020-02-29");
}

TEST(DateFunctions, TruncationKnowsItsUnits) {
  EXPECT_EQ(call("trunc", {date(2019, 8, 4), text("week")}), "2019-07-29");
  EXPECT_EQ(call("trunc", {date(2019, 8, 4), text("quarter")}), "2019-07-01");
  EXPECT_EQ(call("trunc", {date(2019, 8, 4), text("day")}), "NULL");
  EXPECT_EQ(call("date_trunc", {text("HOUR"), at(1969, 12, 31, 1)}), "1969-12-31 00:00:00");
  EXPECT_EQ(call("date_trunc", {text("millisecond"), at(2015, 3, 5, 123'456)}), "2015-03-05 00:00:00.123");
  EXPECT_EQ(call("date_trunc", {text("century"), at(2015, 3, 5)}), "NULL");
}

TEST(DateFunctions, UnitsAreAddedAndCounted) {
  EXPECT_EQ(call("timestampadd", {text("HOUR"), integer(8), at(2022, 2, 14, 20 * kUsPerHour)}), "2022-02-15 04:00:00");
  EXPECT_EQ(call("timestampadd", {text("month"), integer(1), at(2022, 1, 31)}), "2022-02-28 00:00:00");
  EXPECT_EQ(call("timestampdiff", {text("MONTH"), at(2021, 2, 28, 1), at(2021, 3, 28)}), "0");
  EXPECT_EQ(call("timestampdiff", {text("YEAR"), at(2024, 2, 29), at(2020, 2, 29)}), "-4");
  EXPECT_EQ(call("timestampdiff", {text("DAY"), at(2021, 3, 2), at(2021, 3, 1, 1)}), "0");
  EXPECT_EQ(call("timestampadd", {text("parsec"), integer(8), at(2022, 2, 14)}),
            "error: 'parsec' is not a unit of time");
}

TEST(DateFunctions, PartsAlsoBefore1970) {
  EXPECT_EQ(call("year", {date(-1, 7, 30)}), "-1");
  EXPECT_EQ(call("dayofweek", {date(2009, 7, 30)}), "5");
  EXPECT_EQ(call("weekday", {date(1969, 12, 31)}), "2");
  EXPECT_EQ(call("dayofyear", {date(2016, 12, 31)}), "366");
  EXPECT_EQ(call("weekofyear", {date(2021, 1, 3)}), "53");
  EXPECT_EQ(call("weekofyear", {date(2018, 12, 31)}), "1");
  EXPECT_EQ(call("hour", {at(1969, 12, 31, 23 * kUsPerHour)}), "23");
  EXPECT_EQ(call("second", {at(1969, 12, 31, kUsPerDay - 1)}), "59");
  EXPECT_EQ(call("date_part", {text("seconds"), at(2019, 8, 12, 1'000'001)}), "1.000001");
  EXPECT_EQ(call("extract", {text("yearofweek"), date(2021, 1, 3)}), "2020");
  EXPECT_EQ(call("extract", {text("era"), date(2021, 1, 3)}), "error: 'era' is not a field of a date or timestamp");
  EXPECT_EQ(call("dayname", {date(2008, 2, 20)}), "Wed");
  EXPECT_EQ(call("monthname", {date(2008, 2, 20)}), "Feb");
}

TEST(DateFunctions, MakeChecksEveryPart) {
  const Column second = constant_fixed<Int128>(Type::decimal(16, 6), 45'887'000);
  EXPECT_EQ(call("make_date", {integer(2013), integer(7), integer(15)}), "2013-07-15");
  EXPECT_EQ(call("make_date", {integer(2019), integer(2), integer(29)}), "fault: 2019-02 has no day 29");
  EXPECT_EQ(call("make_date", {integer(2019), integer(13), integer(1)}), "fault: 13 is not a month (1 to 12)");
  EXPECT_EQ(call("make_timestamp", {integer(2014), integer(12), integer(28), integer(6), integer(30), second}),
            "2014-12-28 06:30:45.887");
  EXPECT_EQ(
      call("make_timestamp", {integer(2014), integer(12), integer(28), integer(6), integer(30), second, text("CET")}),
      "2014-12-28 05:30:45.887");
  EXPECT_EQ(call("make_timestamp", {integer(2014), integer(12), integer(28), integer(24), integer(30), second}),
            "fault: 24 is not an hour (0 to 23)");
}

TEST(DateFunctions, UnixTimesGoBothWays) {
  EXPECT_EQ(call("timestamp_seconds", {bigint(1'230'219'000)}), "2008-12-25 15:30:00");
  EXPECT_EQ(call("timestamp_millis", {bigint(INT64_MAX)}),
            "fault: 9223372036854775807 is out of the range of timestamps");
  EXPECT_EQ(call("timestamp_seconds", {constant_fixed<double>(TypeKind::kDouble, -1.5)}), "1969-12-31 23:59:58.5");
  EXPECT_EQ(call("timestamp_seconds", {constant_fixed<Int128>(Type::decimal(10, 7), 15'000'001)}),
            "fault: 1.5000001 s is not a timestamp in microseconds");
  EXPECT_EQ(call("unix_seconds", {at(1969, 12, 31, kUsPerDay - 1)}), "-1");
  EXPECT_EQ(call("date_from_unix_date", {integer(-1)}), "1969-12-31");
}

TEST(DateFunctions, ZonesShiftTheWallClock) {
  EXPECT_EQ(call("from_utc_timestamp", {at(2016, 8, 31), text("Asia/Seoul")}), "2016-08-31 09:00:00");
  EXPECT_EQ(call("to_utc_timestamp", {at(2016, 8, 31), text("Asia/Seoul")}), "2016-08-30 15:00:00");
  EXPECT_EQ(call("to_utc_timestamp", {at(2016, 8, 31), text("Mars/Olympus")}),
            "error: 'Mars/Olympus' is not a time zone");
}

TEST(DateFunctions, PatternsReadAndWrite) {
  EXPECT_EQ(call("date_format", {at(2016, 4, 8), text("EEEE d MMM y, HH:mm:ss.SSS a X")}),
            "Friday 8 Apr 2016, 00:00:00.000 AM Z");
  EXPECT_EQ(call("from_unixtime", {bigint(-1)}), "1969-12-31 23:59:59");
  EXPECT_EQ(call("to_date", {text("31/12/2016"), text("dd/MM/yyyy")}), "2016-12-31");
  EXPECT_EQ(call("to_date", {text("20161231"), text("yyyyMMdd")}), "2016-12-31");
  EXPECT_EQ(call("to_date", {text("2016-02-30"), text("yyyy-MM-dd")}),
            "fault: '2016-02-30' does not fit the datetime pattern");
  EXPECT_EQ(call("to_timestamp", {text("2016-12-31 01:02:03.5+02:00"), text("yyyy-MM-dd HH:mm:ss[.SSS]XXX")}),
            "2016-12-30 23:02:03.5");
  EXPECT_EQ(call("to_timestamp", {text("2021-03-28 02:30 Europe/Paris"), text("yyyy-MM-dd HH:mm VV")}),
            "2021-03-28 01:30:00");
  EXPECT_EQ(call("to_timestamp", {text("12 pm"), text("h a")}), "1970-01-01 12:00:00");
  EXPECT_EQ(call("to_timestamp", {text("29.02.2024 23:59"), text("dd.MM.yyyy HH:mm")}), "2024-02-29 23:59:00");
  EXPECT_EQ(call("to_timestamp", {text("20240229"), text("yyyyMMdd")}), "2024-02-29 00:00:00");
  EXPECT_EQ(call("to_timestamp", {text("20230229"), text("yyyyMMdd")}),
            "fault: '20230229' does not fit the datetime pattern");
  EXPECT_EQ(call("to_timestamp", {text("24:00"), text("HH:mm")}), "fault: '24:00' does not fit the datetime pattern");
  EXPECT_EQ(call("to_timestamp", {text("-001-01-01"), text("yyyy-MM-dd")}),
            "fault: '-001-01-01' does not fit the datetime pattern");
  EXPECT_EQ(call("to_timestamp", {text("2016"), text("YYYY")}),
            "error: the letter Y counts weeks and is not supported; write y for the year");
  EXPECT_EQ(call("to_timestamp", {text("2016-12-31T00:12:00Z")}), "2016-12-31 00:12:00");
  EXPECT_EQ(call("to_timestamp", {text("yesterday")}), "fault: 'yesterday' is not a timestamp");
  EXPECT_EQ(call("unix_timestamp", {text("2016-04-08"), text("yyyy-MM-dd")}), "1460073600");
  EXPECT_TRUE(find("try_to_timestamp")->try_form);
}

}  // namespace
}  // namespace millrace
