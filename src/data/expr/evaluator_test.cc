#include "data/expr/evaluator.h"

#include <gtest/gtest.h>

#include "data/builder.h"
#include "data/expr/testing.h"

namespace millrace {
namespace {

// x: 0, 1, 2, null
Batch numbers() {
  FixedBuilder<int32_t> x(TypeKind::kInt, 4);
  x.append(0);
  x.append(1);
  x.append(2);
  x.append_null();
  Batch batch;
  batch.schema = std::make_shared<const Schema>(Schema{{{"x", TypeKind::kInt}}});
  batch.columns.push_back(x.finish());
  batch.rows = 4;
  return batch;
}

Evaluated run(std::string_view list, const Batch& batch, const Rows& rows) {
  const ParseOutcome parsed = parse_select_list(list);
  EXPECT_TRUE(parsed.ok());
  const auto names = schema_resolver(batch.schema);
  const Program::Outcome compiled = Program::compile(parsed.exprs, *names);
  EXPECT_TRUE(compiled.ok());
  return compiled.program->evaluate(batch, rows, {});
}

TEST(Evaluator, ACaseComputesABranchOnlyOnItsRows) {
  const Batch batch = numbers();
  const Evaluated got = run("CASE WHEN x > 0 THEN 2 DIV x ELSE -1 END AS a", batch, Rows::all(4));
  EXPECT_TRUE(got.faults.empty());
  EXPECT_EQ(format_value(got.columns[0], 0), "-1");
  EXPECT_EQ(format_value(got.columns[0], 1), "2");
  EXPECT_EQ(format_value(got.columns[0], 2), "1");
  EXPECT_EQ(format_value(got.columns[0], 3), "-1");
}

TEST(Evaluator, AndAndOrSkipWhatTheLeftSideDecides) {
  const Batch batch = numbers();
  EXPECT_TRUE(run("x <> 0 AND 2 DIV x = 1 AS a", batch, Rows::all(4)).faults.empty());
  EXPECT_TRUE(run("x = 0 OR 2 DIV x = 1 AS a", batch, Rows::all(4)).faults.empty());
  EXPECT_EQ(run("2 DIV x = 1 AND x <> 0 AS a", batch, Rows::all(4)).faults.size(), 1U);
}

TEST(Evaluator, CoalesceComputesTheNextOnlyWhereNothingWasFound) {
  const Batch batch = numbers();
  EXPECT_TRUE(run("coalesce(x, 1 DIV 0) AS a", batch, Rows::all(3)).faults.empty());
  const Evaluated got = run("coalesce(x, 1 DIV 0) AS a", batch, Rows::all(4));
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].row, 3U);
}

TEST(Evaluator, ASharedPartIsAFaultOfEveryExpressionThatNeedsIt) {
  const Batch batch = numbers();
  const Evaluated got =
      run("1 DIV x AS a, 1 DIV x + 1 AS b, CASE WHEN x = 0 THEN 7 ELSE 1 DIV x END AS c", batch, Rows::all(4));
  ASSERT_EQ(got.faults.size(), 2U);
  EXPECT_EQ(got.faults[0].expr, 0U);
  EXPECT_EQ(got.faults[1].expr, 1U);
  EXPECT_EQ(got.faults[1].subject, "1 DIV x");
  EXPECT_EQ(format_value(got.columns[2], 0), "7");
}

TEST(Evaluator, ARowWithAFaultIsNullWhateverIsMadeOfIt) {
  const Batch batch = numbers();
  const Evaluated got = run("1 DIV x IS NULL AS a", batch, Rows::all(4));
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_TRUE(got.columns[0].is_null(0));
  EXPECT_EQ(format_value(got.columns[0], 3), "true");
}

TEST(Evaluator, OnlyTheRowsAskedForHaveFaults) {
  const Batch batch = numbers();
  const std::vector<uint32_t> some{1, 2};
  EXPECT_TRUE(run("1 DIV x AS a", batch, Rows::some(4, some)).faults.empty());
}

TEST(Evaluator, AConstantThatRaisesIsAFaultOfTheRowsThatNeedIt) {
  const Batch batch = numbers();
  EXPECT_EQ(run("1 DIV 0 AS a", batch, Rows::all(4)).faults.size(), 4U);
  EXPECT_EQ(run("CASE WHEN x = 1 THEN 1 DIV 0 END AS a", batch, Rows::all(4)).faults.size(), 1U);
  EXPECT_TRUE(run("1 DIV 0 AS a", batch, Rows::some(4, {})).faults.empty());
}

TEST(Evaluator, AColumnIsHandedOnWithoutACopy) {
  const Batch batch = numbers();
  EXPECT_EQ(run("x", batch, Rows::all(4)).columns[0].values, batch.columns[0].values);
}

TEST(Evaluator, ATryFormGivesNullForItsOwnFaultsOnly) {
  EXPECT_EQ(eval("TRY_CAST('x' AS INT)").value, "NULL");
  EXPECT_EQ(eval("TRY_CAST('x' AS INT)").fault, "");
  EXPECT_NE(eval("TRY_CAST(1 DIV 0 AS STRING)").fault, "");
}

TEST(Evaluator, DecimalsWithRoomForEveryDigitAreExact) {
  EXPECT_EQ(eval("cast(-1.25 AS decimal(12,2)) + cast(0.001 AS decimal(8,3))").value, "-1.249");
  EXPECT_EQ(eval("cast(1.25 AS decimal(12,2)) - cast(9999999.99 AS decimal(12,2))").value, "-9999998.74");
  EXPECT_EQ(eval("cast(-99999.99 AS decimal(7,2)) * cast(99999.99 AS decimal(7,2))").value, "-9999998000.0001");
  const std::string nines = "cast(9999999999999999.99 AS decimal(18,2))";
  EXPECT_EQ(eval(nines + " * " + nines).value, "99999999999999999800000000000000.0001");
  EXPECT_EQ(eval(nines + " + cast(-0.0001 AS decimal(18,4))").value, "9999999999999999.9899");
}

TEST(Evaluator, ARoundedDoubleIsRoundedWhereItsDigitsSay) {
  FixedBuilder<double> builder(TypeKind::kDouble);
  constexpr int64_t kValues = 20'000;
  for (int64_t value = -kValues; value <= kValues; ++value) builder.append(static_cast<double>(value) / 1000);
  Batch batch;
  batch.schema = std::make_shared<const Schema>(Schema{{{"d", TypeKind::kDouble}}});
  batch.columns.push_back(builder.finish());
  batch.rows = batch.columns[0].rows;
  const auto names = schema_resolver(batch.schema);
  const auto program = Program::compile(parse_expression("round(d, 2)").exprs, *names);
  const Evaluated rounded = program.program->evaluate(batch, Rows::all(batch.rows), {});
  for (int64_t value = -kValues; value <= kValues; ++value) {
    const int64_t hundredths = (std::abs(value) + 5) / 10 * (value < 0 ? -1 : 1);
    ASSERT_EQ(rounded.columns[0].at<double>(static_cast<size_t>(value + kValues)),
              static_cast<double>(hundredths) / 100)
        << value;
  }
}

TEST(Evaluator, ADenseKernelGivesFaultsOnlyOfRowsThatAreLookedAt) {
  FixedBuilder<int32_t> builder(TypeKind::kInt);
  builder.append(std::numeric_limits<int32_t>::min());
  builder.append(-5);
  builder.append_null();
  Batch batch;
  batch.schema = std::make_shared<const Schema>(Schema{{{"i", TypeKind::kInt}}});
  batch.columns.push_back(builder.finish());
  batch.rows = 3;
  EXPECT_EQ(eval("abs(i)", batch, 0).fault, "the absolute value of -2147483648 does not fit its type");
  EXPECT_EQ(eval("abs(i)", batch, 1).value, "5");
  EXPECT_TRUE(eval("abs(i)", batch, 2).is_null);
  EXPECT_EQ(eval("if(i = -5, abs(i), 0)", batch, 0).value, "0");
  EXPECT_EQ(eval("nullif(i, -5)", batch, 1).value, "NULL");
  EXPECT_EQ(eval("nullif(i, -5)", batch, 0).value, "-2147483648");
  EXPECT_EQ(eval("i IS NULL", batch, 2).value, "true");
  EXPECT_EQ(eval("i IS NOT NULL", batch, 2).value, "false");
}

}  // namespace
}  // namespace millrace
