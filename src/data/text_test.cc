#include <limits>

#include <gtest/gtest.h>

#include "data/builder.h"
#include "data/column.h"

namespace millrace {
namespace {

TEST(FormatValue, DoublesAreWrittenAsJavaWritesThem) {
  EXPECT_EQ(format_double(1), "1.0");
  EXPECT_EQ(format_double(-0.0), "-0.0");
  EXPECT_EQ(format_double(0.001), "0.001");
  EXPECT_EQ(format_double(0.00099), "9.9E-4");
  EXPECT_EQ(format_double(9999999), "9999999.0");
  EXPECT_EQ(format_double(1e7), "1.0E7");
  EXPECT_EQ(format_double(123456.789), "123456.789");
  EXPECT_EQ(format_double(-std::numeric_limits<double>::infinity()), "-Infinity");
}

TEST(FormatValue, DecimalsKeepTheirScale) {
  EXPECT_EQ(format_decimal(123, 2), "1.23");
  EXPECT_EQ(format_decimal(-5, 3), "-0.005");
  EXPECT_EQ(format_decimal(0, 2), "0.00");
}

TEST(FormatValue, DatesRunFarBeforeAndAfterOurEra) {
  EXPECT_EQ(format_date(0), "1970-01-01");
  EXPECT_EQ(format_date(days_from_civil(2024, 2, 29)), "2024-02-29");
  EXPECT_EQ(format_date(days_from_civil(10000, 1, 1)), "+10000-01-01");
  EXPECT_EQ(format_timestamp(-1), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(format_timestamp(1'500'000), "1970-01-01 00:00:01.5");
}

TEST(FormatValue, NestedValuesAreWrittenWithTheirBrackets) {
  ColumnBuilder builder(*parse_type("struct<a:string,b:array<int>,c:map<string,int>>"));
  builder.child(0).append_string("");
  builder.child(1).child(0).append_int(1);
  builder.child(1).child(0).append_null();
  builder.child(1).end_nested();
  builder.child(2).child(0).append_string("k");
  builder.child(2).child(1).append_int(2);
  builder.child(2).end_nested();
  builder.end_nested();
  EXPECT_EQ(format_value(builder.finish(), 0), "{, [1, null], {k -> 2}}");
}

TEST(FormatValue, DaysFollowEachOtherThroughEightHundredYears) {
  Civil before = civil_from_days(-300'000);
  for (int32_t days = -299'999; days < 300'000; ++days) {
    const Civil civil = civil_from_days(days);
    ASSERT_EQ(days_from_civil(civil.year, civil.month, civil.day), days);
    const bool next_day = civil.day == before.day + 1 && civil.month == before.month && civil.year == before.year;
    const bool next_month =
        civil.day == 1 && before.day >= 28 && civil.year * 12 + civil.month == before.year * 12 + before.month + 1;
    ASSERT_TRUE(next_day || next_month) << format_date(days);
    before = civil;
  }
}

TEST(FormatValue, DecimalsHaveUpTo38Digits) {
  Int128 nines = 0;
  for (int i = 0; i < 38; ++i) nines = nines * 10 + 9;
  EXPECT_EQ(format_decimal(-nines, 0), "-99999999999999999999999999999999999999");
  EXPECT_EQ(format_decimal(nines, 38), "0.99999999999999999999999999999999999999");
  EXPECT_EQ(format_decimal(Int128{10'000'000'000'000'000} * 1'000'000, 3), "10000000000000000000.000");
}

}  // namespace
}  // namespace millrace
