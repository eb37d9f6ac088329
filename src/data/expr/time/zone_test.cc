#include "data/expr/time/zone.h"

#include <gtest/gtest.h>

#include "data/column.h"
#include "data/expr/time/calendar.h"
#include "data/expr/time/tzif.h"

namespace millrace {
namespace {

int64_t at(int64_t year, unsigned month, unsigned day, int64_t hour = 0, int64_t minute = 0, int64_t second = 0) {
  return epoch_days(year, month, day) * kUsPerDay + ((hour * 60 + minute) * 60 + second) * kUsPerSecond;
}

std::string local(std::string_view zone, int64_t utc_us) {
  return format_timestamp(ZoneCursor(*find_zone(zone)).to_local(utc_us));
}

std::string utc(std::string_view zone, int64_t local_us) {
  return format_timestamp(ZoneCursor(*find_zone(zone)).to_utc(local_us));
}

TEST(Zone, ATimeInTheSpringGapMovesOnByTheGap) {
  EXPECT_EQ(utc("Europe/Paris", at(2021, 3, 28, 1, 59, 59)), "2021-03-28 00:59:59");
  EXPECT_EQ(utc("Europe/Paris", at(2021, 3, 28, 2, 30)), "2021-03-28 01:30:00");
  EXPECT_EQ(utc("Europe/Paris", at(2021, 3, 28, 3, 30)), "2021-03-28 01:30:00");
}

TEST(Zone, OfTwoInstantsInTheAutumnOverlapTheEarlierCounts) {
  EXPECT_EQ(utc("Europe/Paris", at(2021, 10, 31, 2, 30)), "2021-10-31 00:30:00");
  EXPECT_EQ(utc("Europe/Paris", at(2021, 10, 31, 3, 0)), "2021-10-31 02:00:00");
  EXPECT_EQ(local("Europe/Paris", at(2021, 10, 31, 0, 30)), "2021-10-31 02:30:00");
  EXPECT_EQ(local("Europe/Paris", at(2021, 10, 31, 1, 30)), "2021-10-31 02:30:00");
}

TEST(Zone, OffsetsMayBeHalvesOfHours) {
  EXPECT_EQ(local("America/St_Johns", at(2020, 1, 1, 12)), "2020-01-01 08:30:00");
  EXPECT_EQ(local("America/St_Johns", at(2020, 7, 1, 12)), "2020-07-01 09:30:00");
  EXPECT_EQ(local("Asia/Kolkata", at(2020, 1, 1, 12)), "2020-01-01 17:30:00");
}

TEST(Zone, ApiaSkippedADay) {
  EXPECT_EQ(local("Pacific/Apia", at(2011, 12, 30, 9, 59, 59)), "2011-12-29 23:59:59");
  EXPECT_EQ(local("Pacific/Apia", at(2011, 12, 30, 10)), "2011-12-31 00:00:00");
  EXPECT_EQ(utc("Pacific/Apia", at(2011, 12, 30, 12)), "2011-12-30 22:00:00");
}

TEST(Zone, LocalMeanTimeHoldsBeforeTheFirstTransition) {
  EXPECT_EQ(local("Europe/Paris", at(1890, 1, 1, 12)), "1890-01-01 12:09:21");
  EXPECT_EQ(local("America/New_York", at(1800, 1, 1, 12)), "1800-01-01 07:03:58");
  EXPECT_EQ(utc("Asia/Kolkata", at(1, 1, 1)), "0000-12-31 18:06:32");
}

TEST(Zone, TheLastRuleGoesOnForEver) {
  for (const int64_t year : {2037, 2038, 2100, 2437, 2438, 2439, 9999, 100'000}) {
    const std::shared_ptr<const Zone> zone = find_zone("Europe/Paris");
    EXPECT_EQ(ZoneCursor(*zone).offset_at_utc(at(year, 1, 1)), kUsPerHour) << year;
    EXPECT_EQ(ZoneCursor(*zone).offset_at_utc(at(year, 7, 1)), 2 * kUsPerHour) << year;
    EXPECT_EQ(ZoneCursor(*zone).offset_at_utc(at(year, 12, 31, 23, 59)), kUsPerHour) << year;
    EXPECT_EQ(ZoneCursor(*zone).to_utc(at(year, 7, 1)), at(year, 6, 30, 22)) << year;
  }
  EXPECT_EQ(local("Australia/Sydney", at(2500, 1, 1)), "2500-01-01 11:00:00");
  EXPECT_EQ(local("Australia/Sydney", at(2500, 7, 1)), "2500-07-01 10:00:00");
}

TEST(Zone, ACursorGivesTheSameAsASearchForEachValue) {
  const auto zone = find_zone("America/St_Johns");
  ZoneCursor cursor(*zone);
  for (int64_t us = at(1880, 1, 1); us < at(2900, 1, 1); us += 4001 * kUsPerHour) {
    ASSERT_EQ(cursor.to_local(us), us + zone->at_utc(us).offset_us);
    ASSERT_EQ(cursor.to_utc(us), us - zone->at_local(us).offset_us);
  }
}

TEST(Zone, FixedOffsetsHaveManyForms) {
  for (const auto& [text, seconds] : std::initializer_list<std::pair<std::string_view, int64_t>>{{"Z", 0},
                                                                                                 {"UTC", 0},
                                                                                                 {"GMT", 0},
                                                                                                 {"UT", 0},
                                                                                                 {"+1", 3600},
                                                                                                 {"+01", 3600},
                                                                                                 {"+0130", 5400},
                                                                                                 {"+01:30", 5400},
                                                                                                 {"-1:30", -5400},
                                                                                                 {"+01:5", 3900},
                                                                                                 {"-013015", -5415},
                                                                                                 {"-01:30:15", -5415},
                                                                                                 {"GMT+8", 28800},
                                                                                                 {"UTC+01:00", 3600},
                                                                                                 {"UT-03:30", -12600},
                                                                                                 {"+18:00", 64800},
                                                                                                 {"EST", -18000}}) {
    const auto zone = find_zone(text);
    ASSERT_NE(zone, nullptr) << text;
    EXPECT_TRUE(zone->is_fixed());
    EXPECT_EQ(zone->at_utc(0).offset_us, seconds * kUsPerSecond) << text;
    EXPECT_EQ(zone->id(), text);
  }
}

TEST(Zone, WhatIsNoZoneIsNotFound) {
  for (const std::string_view text : {"",
                                      "z",
                                      "+",
                                      "+18:01",
                                      "+19",
                                      "+1:2:3",
                                      "+01:60",
                                      "+01:00:00:00",
                                      "UTC+",
                                      "GMT 8",
                                      "europe/paris",
                                      "Nowhere",
                                      "../etc/passwd",
                                      "posix/UTC",
                                      "localtime",
                                      "Europe",
                                      "tzdata.zi",
                                      "zone.tab",
                                      "Europe/Paris\n",
                                      "utc"}) {
    EXPECT_EQ(find_zone(text), nullptr) << text;
  }
  EXPECT_EQ(find_zone(std::string("UTC\0", 4)), nullptr);
}

TEST(Zone, ShortIdsMeanWhatJavaSaysTheyMean) {
  EXPECT_EQ(local("PST", at(2020, 7, 1)), "2020-06-30 17:00:00");
  EXPECT_EQ(local("IST", at(2020, 7, 1)), "2020-07-01 05:30:00");
  EXPECT_EQ(local("CST", at(2020, 1, 1)), "2019-12-31 18:00:00");
}

TEST(ZoneFinder, RemembersZonesAndMisses) {
  ZoneFinder finder;
  const Zone* paris = finder.find("Europe/Paris");
  ASSERT_NE(paris, nullptr);
  EXPECT_EQ(finder.find("Nowhere"), nullptr);
  EXPECT_EQ(finder.find("Europe/Paris"), paris);
  EXPECT_EQ(finder.find("Nowhere"), nullptr);
  for (int i = 0; i < 3000; ++i) EXPECT_EQ(finder.find("Nowhere" + std::to_string(i)), nullptr);
  EXPECT_NE(finder.find("Europe/Paris"), nullptr);
}

TEST(Tzif, BytesThatAreNoTzifAreRefused) {
  EXPECT_FALSE(parse_tzif("x", ""));
  EXPECT_FALSE(parse_tzif("x", "TZif"));
  EXPECT_FALSE(parse_tzif("x", std::string("TZif2") + std::string(39, '\0')));
  EXPECT_FALSE(parse_tzif("x", std::string("TZif2") + std::string(39, '\xff')));
}

}  // namespace
}  // namespace millrace
