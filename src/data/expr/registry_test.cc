#include <gtest/gtest.h>

#include <sstream>

#include "data/expr/function.h"
#include "data/expr/operators.h"
#include "data/expr/spark_differences.h"
#include "data/expr/testing.h"

namespace millrace {
namespace {

struct Example {
  std::string expression;
  std::string result;
};

// "f(x) -> y": the first arrow behind which a whole expression ends; others belong to lambdas or to maps.
std::optional<Example> parse_example(std::string_view text) {
  constexpr std::string_view kArrow = " -> ";
  for (size_t at = text.find(kArrow); at != std::string_view::npos; at = text.find(kArrow, at + 1)) {
    if (parse_expression(text.substr(0, at)).ok()) {
      return Example{std::string(text.substr(0, at)), std::string(text.substr(at + kArrow.size()))};
    }
  }
  return std::nullopt;
}

void expect_example_true(const Function& function) {
  const auto example = parse_example(function.example);
  ASSERT_TRUE(example) << function.name << " has no example of the form `expression -> result`: " << function.example;
  const EvalResult given = eval(example->expression);
  EXPECT_EQ(given.error, "") << function.example;
  EXPECT_EQ(given.fault, "") << function.example;
  EXPECT_EQ(given.value, example->result) << function.example;
}

TEST(Registry, WhatTheExampleOfAFunctionShowsIsWhatItGives) {
  for (const Function* function : all_functions()) expect_example_true(*function);
}

TEST(Registry, WhatTheExampleOfAnOperatorShowsIsWhatItGives) {
  for (const Function& function : operator_functions()) expect_example_true(function);
}

TEST(Registry, TheExampleOfAFunctionCallsIt) {
  for (const Function* function : all_functions()) {
    EXPECT_NE(function->example.find(std::string(function->name) + "("), std::string_view::npos) << function->example;
    EXPECT_TRUE(function->signature.starts_with(function->name)) << function->signature;
  }
}

TEST(Registry, EveryFunctionSaysWhatItDoesInASentence) {
  for (const Function* function : all_functions()) {
    EXPECT_TRUE(function->summary.ends_with(".")) << function->name;
    EXPECT_FALSE(function->group.empty()) << function->name;
    EXPECT_EQ(function->summary.find('\n'), std::string_view::npos) << function->name;
  }
}

TEST(Registry, WhatIsSaidNotToBeThereIsNot) {
  for (const AbsentFunctions& absent : absent_functions()) {
    EXPECT_TRUE(absent.why.ends_with(".")) << absent.names;
    std::istringstream names{std::string(absent.names)};
    for (std::string name; names >> name;) EXPECT_EQ(find_function(name), nullptr) << name;
  }
}

TEST(Registry, ADifferenceFromSparkIsASentenceWithCases) {
  for (const SparkDifference& difference : spark_differences()) {
    EXPECT_TRUE(difference.what.ends_with(".")) << difference.what;
    EXPECT_FALSE(difference.cases.empty()) << difference.what;
  }
}

}  // namespace
}  // namespace millrace
