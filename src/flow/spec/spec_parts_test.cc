#include <cstdlib>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flow/run_times.h"
#include "flow/spec/profile.h"
#include "flow/spec/substitute.h"
#include "flow/spec/test_cases.h"
#include "flow/spec/yaml.h"

namespace millrace {
namespace {

struct Put {
  Node node;
  Diagnostics diagnostics;
};
Put put_in(std::string_view yaml, const std::map<std::string, std::string>& given = {}) {
  Put out;
  out.node = *read_yaml(yaml, out.diagnostics);
  Substitution substitution(given, 1'700'000'000'000'000, ".");
  substitution.declare(out.node.find("params"), out.diagnostics);
  for (auto& [key, value] : out.node.entries) {
    if (key.text == "x") substitution.apply(value, out.diagnostics);
  }
  substitution.warn_of_unused(out.diagnostics);
  return out;
}
std::string first(const Diagnostics& diagnostics) {
  return diagnostics.all().empty() ? "" : diagnostics.all()[0].message + " / " + diagnostics.all()[0].hint;
}

TEST(Substitution, PutsValuesInAndKeepsPlaces) {
  const Put out = put_in("params: { n: 12345 }\nx: a ${param:n} bb $${c\n");
  const Node& x = *out.node.find("x");
  EXPECT_EQ(x.text, "a 12345 bb ${c");
  EXPECT_EQ(x.place_of(3, 5).column, 6);
  EXPECT_EQ(x.place_of(3, 5).length, 10);
  EXPECT_EQ(x.place_of(8, 10).column, 17);
  EXPECT_FALSE(x.secret);
}

TEST(Substitution, TakesTheCommandLineFirst) {
  EXPECT_EQ(put_in("params: { n: 1 }\nx: ${param:n}\n", {{"n", "2"}}).node.find("x")->text, "2");
  EXPECT_EQ(put_in("params: { n: }\nx: ${param:n}\n", {{"n", "2"}}).node.find("x")->text, "2");
}

TEST(Substitution, ReadsTheEnvironmentAndMarksSecrets) {
  ::setenv("MILLRACE_TEST_VALUE", "hidden", 1);
  EXPECT_EQ(put_in("x: ${env:MILLRACE_TEST_NONE:d:e}\n").node.find("x")->text, "d:e");
  const Put out = put_in("params: { s: \"${secret:env:MILLRACE_TEST_VALUE}\" }\nx: ${param:s}\n");
  EXPECT_EQ(out.node.find("x")->text, "hidden");
  EXPECT_TRUE(out.node.find("x")->secret);
  EXPECT_EQ(put_in("x: ${run.start}\n").node.find("x")->text, "2023-11-14T22:13:20Z");
}

TEST(Substitution, TimesOfTheRunCanBePutInAgainForEachRun) {
  ::setenv("MILLRACE_TEST_VALUE", "hidden", 1);
  Put out = put_in(
      "x: { since: 'a ${run.start} $${run.end} ${secret:env:MILLRACE_TEST_VALUE}', to: [1, '${run.end}'] }\ny: a\n");
  EXPECT_EQ(find_run_time(*out.node.find("y")), nullptr);
  EXPECT_EQ(find_run_time(*out.node.find("x")), out.node.find("x")->find("since"));
  constexpr int64_t kHourUs = int64_t{3600} * 1'000'000;
  Node node = *out.node.find("x");
  for (const int64_t hour : {2, 3}) {
    node = with_run_times(std::move(node), {.start_us = hour * kHourUs, .end_us = (hour + 1) * kHourUs});
    EXPECT_EQ(node.find("since")->text, fmt::format("a 1970-01-01T0{}:00:00Z ${{run.end}} hidden", hour));
    EXPECT_EQ(node.find("to")->items[1].text, fmt::format("1970-01-01T0{}:00:00Z", hour + 1));
  }
}

TEST(Substitution, TellsWhatIsWrong) {
  EXPECT_EQ(first(put_in("params: { results: 1 }\nx: ${param:result}\n").diagnostics),
            "there is no param 'result' / did you mean 'results'?");
  EXPECT_EQ(first(put_in("params: { results: 1 }\nx: a\n").diagnostics),
            "nothing uses the param 'results' / write ${param:results} where it is meant");
  EXPECT_EQ(first(put_in("params: { n: }\nx: ${param:n}\n").diagnostics),
            "param 'n' has no value / give it one with --param n=...");
  EXPECT_THAT(first(put_in("x: ${env:MILLRACE_TEST_NONE}\n").diagnostics),
              testing::HasSubstr("the environment has no MILLRACE_TEST_NONE"));
  EXPECT_THAT(first(put_in("x: ${what}\n").diagnostics), testing::HasSubstr("there is no ${what}"));
  EXPECT_THAT(first(put_in("x: ${env\n").diagnostics), testing::HasSubstr("has no }"));
  EXPECT_THAT(first(put_in("x: a\n", {{"n", "1"}}).diagnostics), testing::HasSubstr("has no param of that name"));
}

TEST(Profile, IsMergedOverTheFile) {
  Diagnostics diagnostics;
  Node root = *read_yaml(
      "params: { a: 1, b: 2 }\nflows: { f: { every: 1m, to: { file: x } } }\n"
      "profiles: { big: { params: { b: 3 }, flows: { f: { to: { file: y } } } } }\n",
      diagnostics);
  apply_profile(root, "big", diagnostics);
  EXPECT_EQ(root.find("params")->find("a")->text, "1");
  EXPECT_EQ(root.find("params")->find("b")->text, "3");
  EXPECT_EQ(root.find("flows")->find("f")->find("every")->text, "1m");
  EXPECT_EQ(root.find("flows")->find("f")->find("to")->find("file")->text, "y");
  EXPECT_TRUE(diagnostics.ok());
  apply_profile(root, "bog", diagnostics);
  EXPECT_EQ(first(diagnostics), "--profile bog: the file has no profile of that name / did you mean 'big'?");
}

TEST(Profile, ReplacesTextsAndListsAndAddsWhatTheFileDoesNotHave) {
  Diagnostics diagnostics;
  Node root = *read_yaml(
      "flows: { f: { to: [ { file: x } ], steps: [ a, b ] } }\n"
      "profiles: { big: { params: { n: 1 }, flows: { f: { to: { file: y }, steps: [ c ] }, g: { every: 1m } } } }\n",
      diagnostics);
  apply_profile(root, "big", diagnostics);
  ASSERT_TRUE(diagnostics.ok());
  EXPECT_EQ(root.find("params")->find("n")->text, "1");
  EXPECT_EQ(root.find("flows")->find("f")->find("to")->find("file")->text, "y");
  EXPECT_EQ(root.find("flows")->find("f")->find("steps")->items.size(), 1U);
  EXPECT_EQ(root.find("flows")->find("g")->find("every")->text, "1m");
}

TEST(Profile, EveryProfileIsCheckedAndNoneIsAppliedUnasked) {
  Diagnostics diagnostics;
  Node root =
      *read_yaml("params: { a: 1 }\nprofiles: { big: { params: { a: 2 } }, odd: { parms: {} } }\n", diagnostics);
  apply_profile(root, "", diagnostics);
  EXPECT_EQ(root.find("params")->find("a")->text, "1");
  EXPECT_EQ(first(diagnostics), "profile 'odd' has no 'parms' / did you mean 'params'?");
}

TEST(TestCases, AreReadWithTheirFlow) {
  Diagnostics diagnostics;
  const Node flows = *read_yaml("only: {}", diagnostics);
  const Node tests = *read_yaml(
      "- { name: one, given: [{ a: 1 }, 'x}'], expect: { rows: [], quarantined: ['email'] }, now: 1970-01-01 00:00:01 "
      "}",
      diagnostics);
  const auto cases = read_test_cases(tests, flows, diagnostics);
  ASSERT_EQ(cases.size(), 1U) << first(diagnostics);
  EXPECT_EQ(cases[0].flow, "only");
  EXPECT_EQ(cases[0].given.size(), 2U);
  EXPECT_TRUE(cases[0].rows->empty());
  EXPECT_EQ(cases[0].now_us, 1'000'000);
}

TEST(TestCases, WantWordsThatMayBeBooleansQuoted) {
  Diagnostics diagnostics;
  const Node flows = *read_yaml("only: {}", diagnostics);
  const Node tests = *read_yaml("- { name: one, given: [{ a: no }], expect: { rows: [] } }", diagnostics);
  EXPECT_TRUE(read_test_cases(tests, flows, diagnostics).empty());
  EXPECT_EQ(first(diagnostics), "'no' may be a word or a boolean / quote it, or write true or false");
}

}  // namespace
}  // namespace millrace
