#include <gtest/gtest.h>

#include <map>
#include <string>

#include "data/builder.h"
#include "data/expr/cast.h"
#include "data/expr/families.h"
#include "data/expr/parse.h"

namespace millrace {
namespace {

class Faults final : public FaultSink {
 public:
  void fault(size_t, std::string_view message) override { text = message; }
  std::string text;
};

const Function& function(std::string_view name) {
  for (const Function& f : math_functions()) {
    if (f.name == name) return f;
  }
  throw std::invalid_argument(std::string(name));
}

Column cast_to(const Column& column, const Type& to) {
  const EvalContext context;
  return cast_kernel(column.type, to).value()(Call({&column, 1}, Rows::all(1), context, nullptr));
}

// A call whose arguments are written "type:value" ("string:abc", "int:NULL"): "type value" of the result, or the fault.
std::string call(std::string_view name, std::initializer_list<std::string_view> texts) {
  std::vector<Column> columns;
  for (const std::string_view text : texts) {
    const size_t colon = text.find(':');
    const Type type = parse_type(text.substr(0, colon)).value();
    const std::string_view value = text.substr(colon + 1);
    columns.push_back(value == "NULL" ? null_column(type, 1) : cast_to(constant_string(value), type));
    columns.back().constant = true;
  }
  std::vector<BindArg> args;
  for (const Column& column : columns) args.push_back({column.type, &column});
  BindResult bound = function(name).bind(args);
  if (!bound.ok()) return "refused: " + bound.error().message;
  for (size_t i = 0; i < columns.size(); ++i) columns[i] = cast_to(columns[i], bound.binding().argument_types[i]);
  Faults faults;
  const EvalContext context;
  const Column result = bound.binding().kernel(Call(columns, Rows::all(1), context, &faults));
  EXPECT_EQ(result.type, bound.binding().type) << name;
  if (!faults.text.empty()) {
    EXPECT_TRUE(result.is_null(0));
    return "fault: " + faults.text;
  }
  return result.type.text() + ' ' + format_value(result, 0);
}

TEST(MathTest, AbsKeepsTheTypeAndFaultsOnTheLeastNumber) {
  EXPECT_EQ(call("abs", {"int:-7"}), "int 7");
  EXPECT_EQ(call("abs", {"decimal(5,2):-1.50"}), "decimal(5,2) 1.50");
  EXPECT_EQ(call("abs", {"string:-1.5"}), "double 1.5");
  EXPECT_EQ(call("abs", {"int:-2147483648"}), "fault: the absolute value of -2147483648 does not fit its type");
  EXPECT_EQ(call("abs", {"boolean:true"}), "refused: double wanted, this is boolean");
}

TEST(MathTest, CeilAndFloorGiveWholeNumbers) {
  EXPECT_EQ(call("ceil", {"double:-0.1"}), "bigint 0");
  EXPECT_EQ(call("floor", {"double:-0.1"}), "bigint -1");
  EXPECT_EQ(call("ceil", {"double:1e30"}), "bigint 9223372036854775807");
  EXPECT_EQ(call("ceil", {"decimal(3,1):99.9"}), "decimal(3,0) 100");
  EXPECT_EQ(call("floor", {"decimal(3,1):-0.1"}), "decimal(3,0) -1");
  EXPECT_EQ(call("ceil", {"int:5"}), "bigint 5");
  EXPECT_EQ(call("ceil", {"decimal(5,4):3.1411", "int:3"}), "decimal(5,3) 3.142");
  EXPECT_EQ(call("ceil", {"decimal(5,4):3.1411", "int:-3"}), "decimal(4,0) 1000");
}

TEST(MathTest, RoundGoesAwayFromZeroAndBroundToTheEven) {
  EXPECT_EQ(call("round", {"decimal(2,1):2.5", "int:0"}), "decimal(2,0) 3");
  EXPECT_EQ(call("bround", {"decimal(2,1):2.5", "int:0"}), "decimal(2,0) 2");
  EXPECT_EQ(call("round", {"double:-2.5"}), "double -3.0");
  EXPECT_EQ(call("round", {"double:1.005", "int:2"}), "double 1.01");
  EXPECT_EQ(call("round", {"double:1e300", "int:2"}), "double 1.0E300");
  EXPECT_EQ(call("round", {"double:1e-300", "int:2"}), "double 0.0");
  EXPECT_EQ(call("round", {"double:NaN", "int:2"}), "double NaN");
  EXPECT_EQ(call("round", {"int:25", "int:-1"}), "int 30");
  EXPECT_EQ(call("bround", {"int:25", "int:-1"}), "int 20");
  EXPECT_EQ(call("round", {"int:2147483647", "int:-1"}),
            "fault: 2147483647 rounded to -1 digits does not fit its type");
  EXPECT_EQ(call("round", {"int:25", "int:NULL"}), "int NULL");
  for (const std::string_view digits : {"int:-2147483648", "int:-40", "int:2147483647"}) {
    const bool kept = digits == "int:2147483647";
    EXPECT_EQ(call("round", {"int:25", digits}), kept ? "int 25" : "int 0") << digits;
    EXPECT_EQ(call("round", {"double:2.5", digits}), kept ? "double 2.5" : "double 0.0") << digits;
    EXPECT_EQ(call("round", {"decimal(2,1):2.5", digits}), kept ? "decimal(3,1) 2.5" : "decimal(38,0) 0") << digits;
  }
}

TEST(MathTest, LogarithmsAreNullWhereThereIsNone) {
  EXPECT_EQ(call("ln", {"double:0"}), "double NULL");
  EXPECT_EQ(call("log1p", {"double:-1"}), "double NULL");
  EXPECT_EQ(call("log", {"double:10", "double:100"}), "double 2.0");
  EXPECT_EQ(call("log", {"double:-1", "double:100"}), "double NULL");
  EXPECT_EQ(call("sqrt", {"double:-1"}), "double NaN");
  EXPECT_EQ(call("pow", {"double:1", "double:NaN"}), "double NaN");
}

TEST(MathTest, RemaindersFaultOnZero) {
  EXPECT_EQ(call("mod", {"int:-7", "int:3"}), "int -1");
  EXPECT_EQ(call("pmod", {"int:-7", "int:3"}), "int 2");
  EXPECT_EQ(call("mod", {"int:-2147483648", "int:-1"}), "int 0");
  EXPECT_EQ(call("mod", {"int:7", "int:0"}), "fault: division by zero");
  EXPECT_EQ(call("pmod", {"double:-7.5", "double:2"}), "double 0.5");
  EXPECT_EQ(call("pmod", {"decimal(3,1):-7.5", "int:2"}), "decimal(3,1) 0.5");
}

TEST(MathTest, DigitsOfOtherBases) {
  EXPECT_EQ(call("hex", {"bigint:-1"}), "string FFFFFFFFFFFFFFFF");
  EXPECT_EQ(call("hex", {"string:Spark"}), "string 537061726B");
  EXPECT_EQ(call("unhex", {"string:F41"}),
            "binary \x0f"
            "A");
  EXPECT_EQ(call("unhex", {"string:XY"}), "binary NULL");
  EXPECT_EQ(call("bin", {"bigint:13"}), "string 1101");
  EXPECT_EQ(call("conv", {"string:-10", "int:16", "int:-10"}), "string -16");
  EXPECT_EQ(call("conv", {"string:-1", "int:10", "int:16"}), "string FFFFFFFFFFFFFFFF");
  EXPECT_EQ(call("conv", {"string:1", "int:1", "int:16"}), "string NULL");
  EXPECT_EQ(call("conv", {"string:99999999999999999999", "int:10", "int:16"}),
            "fault: '99999999999999999999' in base 10 does not fit 64 bits");
}

TEST(MathTest, BitsAreCountedAndMovedAsJavaDoes) {
  EXPECT_EQ(call("shiftleft", {"int:1", "int:33"}), "int 2");
  EXPECT_EQ(call("shiftright", {"bigint:-8", "int:1"}), "bigint -4");
  EXPECT_EQ(call("shiftrightunsigned", {"int:-1", "int:28"}), "int 15");
  EXPECT_EQ(call("bit_count", {"int:-1"}), "int 64");
  EXPECT_EQ(call("factorial", {"int:20"}), "bigint 2432902008176640000");
  EXPECT_EQ(call("factorial", {"int:21"}), "bigint NULL");
}

TEST(MathTest, BucketsMayRunBackwards) {
  EXPECT_EQ(call("width_bucket", {"double:5.3", "double:0.2", "double:10.6", "bigint:5"}), "bigint 3");
  EXPECT_EQ(call("width_bucket", {"double:-1", "double:0", "double:10", "bigint:5"}), "bigint 0");
  EXPECT_EQ(call("width_bucket", {"double:-1", "double:10", "double:0", "bigint:5"}), "bigint 6");
  EXPECT_EQ(call("width_bucket", {"double:1", "double:1", "double:1", "bigint:5"}), "bigint NULL");
  EXPECT_EQ(call("width_bucket", {"double:0.9999999999999999", "double:0", "double:1", "bigint:9223372036854775806"}),
            "bigint 9223372036854774785");
}

TEST(MathTest, NullsGoThrough) {
  EXPECT_EQ(call("sin", {"double:NULL"}), "double NULL");
  EXPECT_EQ(call("mod", {"int:NULL", "int:0"}), "int NULL");
  EXPECT_EQ(call("pi", {}), "double 3.141592653589793");
}

}  // namespace
}  // namespace millrace
