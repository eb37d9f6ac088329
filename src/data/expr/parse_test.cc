#include "data/expr/parse.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "data/column.h"

namespace millrace {
namespace {

std::string timestamp(std::string_view text, int64_t now_us = 0) {
  const std::optional<int64_t> us = parse_timestamp_us(text, now_us);
  return us ? format_timestamp(*us) : "none";
}

std::string date(std::string_view text) {
  const std::optional<int32_t> days = parse_date_days(text);
  return days ? format_date(*days) : "none";
}

TEST(ParseTest, WholeNumbersAreTrimmedAndChecked) {
  EXPECT_EQ(parse_int(" \t+42\n\x7f"), 42);
  EXPECT_EQ(parse_int("-2147483648"), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(parse_bigint("9223372036854775807"), std::numeric_limits<int64_t>::max());
  for (const std::string_view bad : {"", " ", "+", "-", "+-1", "-+1", "1.5", "1e3", "0x1", "2147483648", "4 2",
                                     "\xc2\xa0"
                                     "1"}) {
    EXPECT_EQ(parse_int(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(parse_bigint("9223372036854775808"), std::nullopt);
}

TEST(ParseTest, BooleansHaveFiveWordsEach) {
  for (const std::string_view yes : {"t", "TRUE", " y ", "Yes", "1"}) EXPECT_EQ(parse_bool(yes), true) << yes;
  for (const std::string_view no : {"f", "False", "n", "NO", "0"}) EXPECT_EQ(parse_bool(no), false) << no;
  for (const std::string_view bad : {"", "on", "2", "tru"}) EXPECT_EQ(parse_bool(bad), std::nullopt) << bad;
}

TEST(ParseTest, DoublesAreWhatJavaAndSparkTake) {
  EXPECT_EQ(parse_double(" 1.5e3 "), 1500);
  EXPECT_EQ(parse_double("+.5"), 0.5);
  EXPECT_EQ(parse_double("-1."), -1);
  EXPECT_EQ(parse_double("1d"), 1);
  EXPECT_EQ(parse_double("2.5F"), 2.5);
  EXPECT_EQ(parse_double("0x1p3"), 8);
  EXPECT_EQ(parse_double("1e400"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_double("-1e-400"), 0.0);
  EXPECT_EQ(parse_double("0.001e310"), 1e307);
  EXPECT_EQ(parse_double("-inf"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_double("+Infinity"), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(parse_double("nan").value()));
  for (const std::string_view bad : {"", "-", ".", "e5", "1e", "1.2.3", "abc", "1 2", "0x10", "-nan", "1dd", "--1"}) {
    EXPECT_EQ(parse_double(bad), std::nullopt) << bad;
  }
}

TEST(ParseTest, DatesMayLeaveOutDigitsAndParts) {
  EXPECT_EQ(date("2026-11-21"), "2026-11-21");
  EXPECT_EQ(date(" 2026-1-2 "), "2026-01-02");
  EXPECT_EQ(date("2026-7"), "2026-07-01");
  EXPECT_EQ(date("2026"), "2026-01-01");
  EXPECT_EQ(date("2026-11-21Tanything"), "2026-11-21");
  EXPECT_EQ(date("2026-11-21 07:47"), "2026-11-21");
  EXPECT_EQ(date("-0044-03-15"), "-0044-03-15");
  EXPECT_EQ(date("2024-02-29"), "2024-02-29");
  EXPECT_EQ(parse_date_days("5881580-07-11"), std::numeric_limits<int32_t>::max());
  EXPECT_EQ(parse_date_days("5881580-07-12"), std::nullopt);
  EXPECT_EQ(parse_date_days("-5877641-06-23"), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(parse_date_days("-5877641-06-22"), std::nullopt);
  for (const std::string_view bad : {"", "26-11-21", "2026-02-29", "2026-13-01", "2026-1-", "2026-11-21x", "2026-7 x",
                                     "12345678-01-01", "2026/11/21", "-", "2026-11-211"}) {
    EXPECT_EQ(date(bad), "none") << bad;
  }
}

TEST(ParseTest, TimestampsTakeEveryFormOfSpark) {
  EXPECT_EQ(timestamp("2026-11-21T07:47:03.123Z"), "2026-11-21 07:47:03.123");
  EXPECT_EQ(timestamp("2026-11-21 07:47:03"), "2026-11-21 07:47:03");
  EXPECT_EQ(timestamp("2026-11-21T07:47:03.123456789Z"), "2026-11-21 07:47:03.123456");
  EXPECT_EQ(timestamp("2026-11-21T07:47:03."), "2026-11-21 07:47:03");
  EXPECT_EQ(timestamp(" 2026-1-2T3:4:5 "), "2026-01-02 03:04:05");
  EXPECT_EQ(timestamp("2026-1-2 3:4"), "2026-01-02 03:04:00");
  EXPECT_EQ(timestamp("2026-1-2 3"), "2026-01-02 03:00:00");
  EXPECT_EQ(timestamp("2026-11"), "2026-11-01 00:00:00");
  EXPECT_EQ(timestamp("2026"), "2026-01-01 00:00:00");
  EXPECT_EQ(timestamp("2026-11-21T07:47:03+01:00"), "2026-11-21 06:47:03");
  EXPECT_EQ(timestamp("2026-11-21T07:47:03-1:30"), "2026-11-21 09:17:03");
  EXPECT_EQ(timestamp("2026-11-21T07:47:03 UTC+1"), "2026-11-21 06:47:03");
  EXPECT_EQ(timestamp("2026-07-21T07:47:03.5 Europe/Paris"), "2026-07-21 05:47:03.5");
  EXPECT_EQ(timestamp("2026-11-21T07:47:03Europe/Paris"), "2026-11-21 06:47:03");
}

TEST(ParseTest, AKnownInstantIsItsMicroseconds) {
  EXPECT_EQ(parse_timestamp_us("2001-09-09T01:46:40Z"), 1'000'000'000'000'000);
  EXPECT_EQ(parse_timestamp_us("1969-12-31T23:59:59.999999"), -1);
}

TEST(ParseTest, ATimeAloneIsOnTheDayThatItIs) {
  const int64_t now_us = parse_timestamp_us("2026-11-21T23:30:00Z").value();
  EXPECT_EQ(timestamp("07:47", now_us), "2026-11-21 07:47:00");
  EXPECT_EQ(timestamp("T7:47:03", now_us), "2026-11-21 07:47:03");
  EXPECT_EQ(timestamp("07:47:03+01:00", now_us), "2026-11-22 06:47:03");
}

TEST(ParseTest, WhatIsNoTimestampIsRefused) {
  for (const std::string_view bad :
       {"", " ", "abc", "T", "2026-11-21T", "2026-11-21T24:00:00", "2026-11-21T07:60:00", "2026-11-21T07:47:60",
        "2026-02-30 00:00:00", "2026-11-21T07:47Z", "2026-11-21T07:47:03 Nowhere/City", "2026-11-21X07:47:03",
        "1234567-01-01", "999999-01-01", "+07:47", "2026-11-21T07:47:03.5.5", "20261121",
        "2026-11-21T07:47:03+19:00"}) {
    EXPECT_EQ(timestamp(bad), "none") << bad;
  }
}

}  // namespace
}  // namespace millrace
