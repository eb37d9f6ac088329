#include <gtest/gtest.h>

#include <set>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/testing.h"

namespace millrace {
namespace {

TEST(Lambda, AFaultInsideNamesThePartThatFailed) {
  const EvalResult got = eval("aggregate(array(1, 0), 10, (sum, x) -> sum DIV x + 0 * x)");
  EXPECT_EQ(got.error,
            "the lambda gives bigint, but it begins with int (cast what it begins with, or what the lambda gives)");
  const EvalResult fault = eval("aggregate(array(2, 0), 10L, (sum, x) -> sum DIV x)");
  EXPECT_EQ(fault.subject, "aggregate(array(2, 0), 10L, (sum, x) -> sum DIV x)");
  EXPECT_EQ(fault.fault, "sum DIV x: division by zero");
  EXPECT_TRUE(fault.is_null);
}

TEST(Lambda, WhatDoesNotFitIsSaid) {
  EXPECT_EQ(eval("zip_with(array(1), x -> x)").error,
            "zip_with takes two arrays and a lambda (write zip_with(array, other, (x, y) -> value))");
  EXPECT_EQ(eval("zip_with(array(1), array(2), x -> x)").error, "this lambda takes 2 parameters");
  EXPECT_EQ(eval("transform(array(1), (x, i, j) -> x)").error, "this lambda takes 1 to 2 parameters");
  EXPECT_EQ(eval("filter(array(1), x -> x)").error, "the lambda of filter gives a boolean, this gives int");
  EXPECT_EQ(eval("array_sort(array(1), (a, b) -> a < b)").error,
            "the lambda of array_sort gives an int, this gives boolean");
  EXPECT_EQ(eval("aggregate(array(1), 0)").error,
            "aggregate is given 2 arguments (write aggregate(array, start, (sum, x) -> sum [, sum -> result]))");
  EXPECT_EQ(eval("aggregate(array(1), (a, b) -> a, 1)").error,
            "aggregate takes an array, a value to begin with, and one or two lambdas "
            "(write aggregate(array, start, (sum, x) -> sum [, sum -> result]))");
  EXPECT_EQ(eval("transform(array(1), 2)").error, "argument 2 is a lambda: x -> x + 1");
  EXPECT_EQ(eval("upper(x -> x)").error, "upper takes no lambda");
  EXPECT_EQ(eval("map_zip_with(map(1, 1), map(array(1), 1), (k, a, b) -> a)").error,
            "keys of map<int,int> and map<array<int>,int> have no common type");
}

TEST(Lambda, KeysThatFallTogetherAreAFault) {
  EXPECT_EQ(eval("transform_keys(map('a', 1, 'b', 2), (k, v) -> 'c')").fault, "the key c is twice in the map");
  EXPECT_EQ(eval("transform_keys(map('a', 1), (k, v) -> CAST(NULL AS string))").fault, "a map's key is null");
}

TEST(Lambda, SortingByALambdaKeepsEqualElementsInOrder) {
  EXPECT_EQ(eval("array_sort(array('bb', 'a', 'cc', 'd', 'ee', 'f', 'gg'), (a, b) -> length(a) - length(b))").value,
            "[a, d, f, bb, cc, ee, gg]");
  EXPECT_EQ(eval("array_sort(array(1, NULL), (a, b) -> a - b)").fault, "the lambda gives null, which is no order");
  EXPECT_EQ(eval("array_sort(array(5, 3, 9, 1, 7, 2), (a, b) -> b - a)").value, "[9, 7, 5, 3, 2, 1]");
}

TEST(Lambda, ElementsDrawChanceOfTheirOwnAndTheSameAgain) {
  const std::string_view text = "transform(sequence(1, 3), x -> uuid())";
  const std::string once = eval(text).value;
  EXPECT_EQ(eval(text).value, once);
  const std::set<std::string> different{once.substr(1, 36), once.substr(39, 36), once.substr(77, 36)};
  EXPECT_EQ(different.size(), 3U) << once;
  EXPECT_NE(eval("array_join(transform(sequence(1, 1), x -> uuid()), '') = uuid()").value, "true");
}

TEST(Lambda, ShufflingGivesEveryElementOnceAndTheSameAgain) {
  const std::string once = eval("shuffle(sequence(1, 100))").value;
  EXPECT_EQ(eval("shuffle(sequence(1, 100))").value, once);
  EXPECT_NE(once, eval("sequence(1, 100)").value);
  EXPECT_EQ(eval("sort_array(shuffle(sequence(1, 100))) = sequence(1, 100)").value, "true");
  EXPECT_NE(eval("shuffle(sequence(1, 100), 7)").value, once);
}

TEST(Chains, OperatorsThatJoinAnyNumberAreOneLevelDeep) {
  std::string all = "1 = 1";
  std::string any = "1 = 2";
  std::string text = "'a'";
  for (int i = 0; i < 3000; ++i) {
    all += " AND 1 = 1";
    any += " OR 1 = 2";
    text += " || 'b'";
  }
  EXPECT_EQ(eval(all).value, "true");
  EXPECT_EQ(eval(any).value, "false");
  EXPECT_EQ(eval("length(" + text + ")").value, "3001");
}

TEST(Chains, OperatorsThatJoinTwoAreALevelEach) {
  std::string sum = "1";
  for (int i = 0; i < 900; ++i) sum += " + 1";
  EXPECT_EQ(eval(sum).value, "901");
  for (int i = 0; i < 100; ++i) sum += " + 1";
  EXPECT_EQ(eval(sum).error,
            "the expression is a tree of more than 1000 levels (make parts of it columns of their own)");
  std::string nested = "a";
  for (int i = 0; i < 1000; ++i) nested += "[0]";
  EXPECT_EQ(eval(nested).error,
            "the expression is a tree of more than 1000 levels (make parts of it columns of their own)");
}

TEST(Limits, WhatWouldExhaustMemoryIsAFault) {
  EXPECT_EQ(eval("sequence(1, 2000000000)").fault, "the sequence has more than 16000000 elements");
  EXPECT_EQ(eval("sequence(DATE '0001-01-01', DATE '9999-01-01', INTERVAL 0 DAYS)").fault, "a step of 0 leads nowhere");
  EXPECT_EQ(eval("sequence(1, 5, -1)").fault, "the step leads away from the end of the sequence");
  EXPECT_EQ(eval("sequence(DATE '2026-01-01', DATE '2026-01-02', INTERVAL 6 HOURS)").fault,
            "the step of a sequence of dates is whole days");
  EXPECT_EQ(eval("array_repeat('x', 2000000000)").fault, "2000000000 elements are more than 16000000");
  EXPECT_EQ(eval("repeat('x', 2000000000)").fault, "the result would be longer than 64 MiB");
  EXPECT_EQ(eval("format_number(1, 2000000000)").fault, "the result would be longer than 64 MiB");
}

}  // namespace
}  // namespace millrace
