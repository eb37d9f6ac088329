#include "data/expr/cast.h"

#include <gtest/gtest.h>

#include <limits>

#include "data/builder.h"

namespace millrace {
namespace {

class Faults final : public FaultSink {
 public:
  void fault(size_t row, std::string_view message) override {
    text += std::to_string(row) + ": " + std::string(message) + "\n";
  }
  std::string text;
};

Type type_of(std::string_view text) { return parse_type(text).value(); }

Column cast(const Column& column, const Type& to, Faults* faults = nullptr) {
  const EvalContext context;
  const auto kernel = cast_kernel(column.type, to);
  EXPECT_TRUE(kernel.has_value()) << column.type.text() << " to " << to.text();
  return (*kernel)(Call({&column, 1}, Rows::all(column.rows), context, faults));
}

// One value from text to `from`, then to `to`: the result, or the fault.
std::string through(std::string_view text, std::string_view from, std::string_view to) {
  Faults faults;
  const Column value = cast(constant_string(text), type_of(from));
  const Column result = cast(value, type_of(to), &faults);
  EXPECT_EQ(result.is_null(0), !faults.text.empty());
  return faults.text.empty() ? format_value(result, 0) : faults.text;
}

TEST(CastTest, StringsBecomeValuesOrFaultsThatShowThem) {
  EXPECT_EQ(through(" 42 ", "string", "int"), "42");
  EXPECT_EQ(through("abc", "string", "int"), "0: 'abc' is not an int\n");
  EXPECT_EQ(through("1.5", "string", "bigint"), "0: '1.5' is not a bigint\n");
  EXPECT_EQ(through("1e2", "string", "decimal(5,1)"), "100.0");
  EXPECT_EQ(through("123456", "string", "decimal(5,1)"), "0: '123456' is not a decimal(5,1)\n");
  EXPECT_EQ(through("maybe", "string", "boolean"), "0: 'maybe' is not a boolean\n");
  EXPECT_EQ(through(std::string(200, 'x'), "string", "date"), "0: '" + std::string(100, 'x') + "...' is not a date\n");
}

TEST(CastTest, NumbersThatDoNotFitAreFaults) {
  EXPECT_EQ(through("3000000000", "bigint", "int"), "0: 3000000000 does not fit an int\n");
  EXPECT_EQ(through("-1.9", "double", "int"), "-1");
  EXPECT_EQ(through("2147483647.9", "double", "int"), "2147483647");
  EXPECT_EQ(through("2147483648", "double", "int"), "0: 2.147483648E9 does not fit an int\n");
  EXPECT_EQ(through("NaN", "double", "bigint"), "0: NaN does not fit a bigint\n");
  EXPECT_EQ(through("9.3e18", "double", "bigint"), "0: 9.3E18 does not fit a bigint\n");
  EXPECT_EQ(through("9223372036854775807", "double", "bigint"), "9223372036854775807");
  EXPECT_EQ(through("-1.99", "decimal(5,2)", "int"), "-1");
  EXPECT_EQ(through("1000", "int", "decimal(5,2)"), "0: 1000 does not fit a decimal(5,2)\n");
  EXPECT_EQ(through("1.005", "decimal(10,3)", "decimal(10,2)"), "1.01");
  EXPECT_EQ(through("0.1", "double", "decimal(3,1)"), "0.1");
  EXPECT_EQ(through("0", "double", "boolean"), "false");
  EXPECT_EQ(through("0.01", "decimal(5,2)", "boolean"), "true");
}

TEST(CastTest, TimestampsCountSeconds) {
  EXPECT_EQ(through("1000000000", "bigint", "timestamp"), "2001-09-09 01:46:40");
  EXPECT_EQ(through("1.25", "double", "timestamp"), "1970-01-01 00:00:01.25");
  EXPECT_EQ(through("-0.0000015", "decimal(10,7)", "timestamp"), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(through("1969-12-31 23:59:59.5", "timestamp", "bigint"), "-1");
  EXPECT_EQ(through("1969-12-31 23:59:59.5", "timestamp", "double"), "-0.5");
  EXPECT_EQ(through("1969-12-31 23:59:59.5", "timestamp", "date"), "1969-12-31");
  EXPECT_EQ(through("2026-11-21", "date", "timestamp"), "2026-11-21 00:00:00");
  EXPECT_EQ(through("9999-01-01", "timestamp", "int"), "0: 9999-01-01 00:00:00 does not fit an int\n");
}

TEST(CastTest, NullsStayNullBesideFaults) {
  StringBuilder builder;
  builder.append("1");
  builder.append_null();
  builder.append("x");
  builder.append("4");
  Faults faults;
  const Column column = cast(builder.finish(), TypeKind::kInt, &faults);
  EXPECT_EQ(faults.text, "2: 'x' is not an int\n");
  EXPECT_EQ(column.at<int32_t>(0), 1);
  EXPECT_TRUE(column.is_null(1));
  EXPECT_TRUE(column.is_null(2));
  EXPECT_EQ(column.at<int32_t>(3), 4);
}

TEST(CastTest, OnlyTheRowsAskedForAreLookedAt) {
  StringBuilder builder;
  builder.append("x");
  builder.append("2");
  const Column column = builder.finish();
  const std::vector<uint32_t> rows{1};
  const EvalContext context;
  Faults faults;
  const Column result =
      cast_kernel(column.type, TypeKind::kBigint).value()(Call({&column, 1}, Rows::some(2, rows), context, &faults));
  EXPECT_EQ(faults.text, "");
  EXPECT_EQ(result.rows, 2U);
  EXPECT_EQ(result.at<int64_t>(1), 2);
}

TEST(CastTest, NestedValuesAreCastPartByPart) {
  ColumnBuilder builder(type_of("array<struct<a:string,b:int>>"));
  const auto add = [&](std::string_view a, int32_t b) {
    builder.child(0).child(0).append_string(a);
    builder.child(0).child(1).append_int(b);
    builder.child(0).end_nested();
  };
  add("1", 1);
  add("2", 0);
  builder.end_nested();
  builder.append_null();
  add("no", 1);
  builder.end_nested();
  Faults faults;
  const Column column = cast(builder.finish(), type_of("array<struct<a:bigint,c:boolean>>"), &faults);
  EXPECT_EQ(faults.text, "2: 'no' is not a bigint\n");
  EXPECT_EQ(format_value(column, 0), "[{1, true}, {2, false}]");
  EXPECT_TRUE(column.is_null(1));
  EXPECT_TRUE(column.is_null(2));
}

TEST(CastTest, PairsThatSparkRefusesAreRefused) {
  for (const auto& [from, to] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"date", "int"},
                                                                            {"boolean", "timestamp"},
                                                                            {"timestamp", "boolean"},
                                                                            {"int", "binary"},
                                                                            {"int", "date"},
                                                                            {"date", "boolean"},
                                                                            {"string", "array<string>"},
                                                                            {"array<date>", "array<int>"},
                                                                            {"struct<a:int>", "struct<a:int,b:int>"}}) {
    EXPECT_FALSE(cast_kernel(type_of(from), type_of(to)).has_value()) << from << " to " << to;
  }
}

TEST(CoerceTest, CommonTypesAreTheLeastThatHoldBoth) {
  const auto common = [](std::string_view a, std::string_view b) {
    const auto one = common_type(type_of(a), type_of(b));
    EXPECT_EQ(one, common_type(type_of(b), type_of(a)));
    return one ? one->text() : "none";
  };
  EXPECT_EQ(common("int", "bigint"), "bigint");
  EXPECT_EQ(common("bigint", "double"), "double");
  EXPECT_EQ(common("int", "decimal(5,2)"), "decimal(12,2)");
  EXPECT_EQ(common("decimal(38,10)", "decimal(38,0)"), "decimal(38,0)");
  EXPECT_EQ(common("decimal(5,2)", "double"), "double");
  EXPECT_EQ(common("string", "int"), "bigint");
  EXPECT_EQ(common("string", "decimal(5,2)"), "double");
  EXPECT_EQ(common("string", "timestamp"), "timestamp");
  EXPECT_EQ(common("date", "timestamp"), "timestamp");
  EXPECT_EQ(common("array<int>", "array<string>"), "array<bigint>");
  EXPECT_EQ(common("struct<a:int>", "struct<b:int>"), "none");
  EXPECT_EQ(common("boolean", "int"), "none");
  EXPECT_EQ(common("date", "int"), "none");
}

TEST(CoerceTest, ImplicitCastsGoWhereSparkLetsThem) {
  const auto goes = [](std::string_view from, std::string_view to) { return coerces_to(type_of(from), type_of(to)); };
  EXPECT_TRUE(goes("int", "string"));
  EXPECT_TRUE(goes("string", "double"));
  EXPECT_TRUE(goes("double", "int"));
  EXPECT_TRUE(goes("timestamp", "date"));
  EXPECT_TRUE(goes("array<int>", "array<bigint>"));
  EXPECT_FALSE(goes("boolean", "int"));
  EXPECT_FALSE(goes("int", "date"));
  EXPECT_FALSE(goes("array<int>", "string"));
  EXPECT_FALSE(goes("string", "array<string>"));
}

}  // namespace
}  // namespace millrace
