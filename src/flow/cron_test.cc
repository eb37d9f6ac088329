#include "flow/cron.h"

#include <gtest/gtest.h>

#include "data/civil.h"

namespace millrace {
namespace {

// The mistakes as "begin-end message" lines.
std::string wrong(std::string_view text) {
  std::vector<CronMistake> mistakes;
  const auto cron = Cron::parse(text, mistakes);
  EXPECT_EQ(cron.has_value(), mistakes.empty()) << text;
  std::string all;
  for (const CronMistake& one : mistakes) {
    all += std::to_string(one.begin) + "-" + std::to_string(one.end) + " " + one.message + "\n";
  }
  return all;
}

Cron cron(std::string_view text) {
  std::vector<CronMistake> mistakes;
  auto parsed = Cron::parse(text, mistakes);
  EXPECT_TRUE(parsed.has_value()) << text;
  return *parsed;
}

int64_t minute_of(int64_t year, unsigned month, unsigned day, int64_t hour = 0, int64_t minute = 0) {
  return int64_t{days_from_civil(year, month, day)} * 1440 + hour * 60 + minute;
}

TEST(Cron, TakesNumbersNamesRangesStepsAndLists) {
  for (const std::string_view text :
       {"* * * * *", "*/5 * * * *", "0 0-6,12 1 * 1-5/2", "59 23 31 12 7", "0,30  8 * * 1", "0 6 * JAN,jul-Sep mon-fri",
        "0 0 * * fri-sun", "7/20 * * * *"}) {
    EXPECT_EQ(wrong(text), "") << text;
  }
}

TEST(Cron, PlacesEveryPartThatIsWrong) {
  EXPECT_EQ(wrong("60 * * * *"), "0-2 '60' cannot be the minute of cron\n");
  EXPECT_EQ(wrong("* 24 0 13 8"),
            "2-4 '24' cannot be the hour of cron\n5-6 '0' cannot be the day of the month of cron\n"
            "7-9 '13' cannot be the month of cron\n10-11 '8' cannot be the day of the week of cron\n");
  EXPECT_EQ(wrong("1,x * * * *"), "2-3 'x' cannot be the minute of cron\n");
  EXPECT_EQ(wrong("20-10 * * * *"), "0-5 '20-10' cannot be the minute of cron\n");
  EXPECT_EQ(wrong("*/0 * * * *"), "0-3 '*/0' cannot be the minute of cron\n");
  EXPECT_EQ(wrong("- * * * *"), "0-1 '-' cannot be the minute of cron\n");
  EXPECT_EQ(wrong("* * * mon *"), "6-9 'mon' cannot be the month of cron\n");
  EXPECT_EQ(wrong("* * *"), "0-5 'cron' has five parts, and this has 3\n");
}

TEST(Cron, TellsOfATimeThatNeverComes) {
  EXPECT_EQ(wrong("0 0 31 2,4 *"), "0-12 '0 0 31 2,4 *' never comes\n");
  EXPECT_EQ(wrong("0 0 31 2,4 mon"), "");  // the Mondays do
}

TEST(Cron, FindsTheNextMinuteOnTheLocalClock) {
  const int64_t from = minute_of(2026, 11, 21, 10, 7);  // a Saturday
  EXPECT_EQ(cron("*/5 * * * *").next_minute(from), minute_of(2026, 11, 21, 10, 10));
  EXPECT_EQ(cron("7 10 * * *").next_minute(from), from);
  EXPECT_EQ(cron("6 10 * * *").next_minute(from), minute_of(2026, 11, 22, 10, 6));
  EXPECT_EQ(cron("30 6 * * mon-fri").next_minute(from), minute_of(2026, 11, 23, 6, 30));
  EXPECT_EQ(cron("0 0 1 jan *").next_minute(from), minute_of(2027, 1, 1));
  EXPECT_EQ(cron("0 0 29 2 *").next_minute(from), minute_of(2028, 2, 29));
  EXPECT_EQ(cron("0 0 29 2 *").next_minute(minute_of(2096, 3, 1)), minute_of(2104, 2, 29));
  EXPECT_EQ(cron("59 23 * * *").next_minute(minute_of(1969, 12, 31, 23, 59)), minute_of(1969, 12, 31, 23, 59));
}

TEST(Cron, ADayFitsEitherFieldUnlessOneOfThemBeginsWithAStar) {
  const int64_t from = minute_of(2026, 11, 21);
  EXPECT_EQ(cron("0 0 13 * fri").next_minute(from), minute_of(2026, 11, 27));    // a Friday, not the 13th
  EXPECT_EQ(cron("0 0 13 * *").next_minute(from), minute_of(2026, 12, 13));      // a Sunday
  EXPECT_EQ(cron("0 0 */13 * fri").next_minute(from), minute_of(2026, 11, 27));  // the 1st, 14th, 27th, and a Friday
  EXPECT_EQ(cron("0 0 * * 7").next_minute(from), cron("0 0 * * sun").next_minute(from));
}

}  // namespace
}  // namespace millrace
