// Loading by itself, with a source and a sink that do nothing; what is said of mistakes is in tests/golden/spec/.
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flow/plan.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;

constexpr std::array kFields = std::to_array<FieldDescription>(
    {{.name = "path", .kind = FieldKind::kText, .summary = "Where.", .example = "a", .required = true}});
constexpr Component kSourceAbout = {
    .kind = ComponentKind::kSource, .name = "tape", .shorthand = "path", .fields = kFields, .example = "tape: a"};
constexpr Component kSinkAbout = {
    .kind = ComponentKind::kSink, .name = "tape", .shorthand = "path", .fields = kFields, .example = "tape: a"};

class TapeSource final : public SourcePlan {
 public:
  explicit TapeSource(std::string path) : path_(std::move(path)) {}
  SourceSchema schema() const override { return {.declared = {{{"a"}, TypeKind::kInt}}, .open = false}; }
  Result<std::unique_ptr<Source>> open(const Slots&, const RunContext&) const override {
    return Error(ErrorCode::kUnavailable, "a tape is not read");
  }
  std::string place() const override { return path_; }

 private:
  std::string path_;
};

class TapeSink final : public SinkPlan {
 public:
  explicit TapeSink(std::string path) : path_(std::move(path)) {}
  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>&, const RunContext&) const override {
    return Error(ErrorCode::kUnavailable, "a tape is not written");
  }
  std::string place() const override { return path_; }

 private:
  std::string path_;
};

const std::array<SourceComponent, 1> kSources = {
    {{.about = kSourceAbout,
      .make = [](const Settings& settings, Declarations&, Diagnostics&) -> std::unique_ptr<SourcePlan> {
        return std::make_unique<TapeSource>(settings.text("path"));
      }}}};
const std::array<SinkComponent, 1> kSinks = {{{.about = kSinkAbout,
                                               .make = [](const Settings& settings, const std::vector<VisibleColumn>&,
                                                          Declarations&, Diagnostics&) -> std::unique_ptr<SinkPlan> {
                                                 return std::make_unique<TapeSink>(settings.text("path"));
                                               }}}};

LoadOutcome load(const std::string& text, const LoadOptions& options = {}) {
  const Catalog catalog{.sources = kSources, .steps = all_steps(), .checks = all_checks(), .sinks = kSinks};
  return load_pipeline_text(text, "dir/tapes.v2.yaml", catalog, options);
}

std::vector<std::string> flow_names(const LoadOutcome& outcome) {
  std::vector<std::string> names;
  EXPECT_NE(outcome.plan, nullptr) << render_diagnostics(outcome, false);
  if (outcome.plan == nullptr) return names;
  for (const FlowPlan& flow : outcome.plan->flows) names.push_back(flow.name);
  return names;
}

std::string flow(const std::string& name, const std::string& more = "") {
  return "  " + name + ": { from: { tape: in }, to: { tape: " + name + " }" + more + " }\n";
}

TEST(Load, APipelineIsCalledByItsFileUnlessItSaysOtherwise) {
  EXPECT_EQ(load("millrace: 1\nflows:\n" + flow("f")).plan->name, "tapes");
  EXPECT_EQ(load("millrace: 1\npipeline: other\nflows:\n" + flow("f")).plan->name, "other");
  EXPECT_EQ(load("millrace: 1\nflows:\n" + flow("f")).plan->directory, "dir");
}

TEST(Load, AFlowStandsBehindThoseThatItWaitsFor) {
  EXPECT_THAT(flow_names(load("millrace: 1\nflows:\n" + flow("c", ", after: [a, b]") + flow("b", ", after: a") +
                              flow("a") + flow("d"))),
              ElementsAre("a", "b", "c", "d"));
}

TEST(Load, AProfilePutsItsFlowsOverTheFile) {
  const std::string text =
      "millrace: 1\nparams: { to: x }\nflows:\n  f: { from: { tape: in }, to: { tape: '${param:to}' } }\n"
      "profiles: { big: { params: { to: y } } }\n";
  EXPECT_EQ(load(text).plan->flows[0].sinks[0].plan->place(), "x");
  EXPECT_EQ(load(text, {.profile = "big"}).plan->flows[0].sinks[0].plan->place(), "y");
  EXPECT_EQ(load(text, {.profile = "big", .params = {{"to", "z"}}}).plan->flows[0].sinks[0].plan->place(), "z");
}

TEST(Load, WhatIsWrongInOneFlowDoesNotHideWhatIsWrongInAnother) {
  const LoadOutcome outcome =
      load("millrace: 1\nflows:\n" + flow("f", ", steps: [ { where: b } ]") + flow("g", ", steps: [ { wher: a } ]"));
  EXPECT_EQ(outcome.plan, nullptr);
  ASSERT_EQ(outcome.diagnostics.all().size(), 2U);
  EXPECT_EQ(outcome.diagnostics.all()[0].message, "there is no column 'b'");
  EXPECT_EQ(outcome.diagnostics.all()[1].message, "there is no step 'wher'");
}

TEST(Load, TheTimeOfTheRunIsOneForTheWholeFile) {
  const LoadOutcome outcome =
      load("millrace: 1\nflows:\n  f: { from: { tape: in }, to: { tape: 'out-${run.start}' } }\n",
           {.run_start_us = 1'700'000'000'000'000});
  ASSERT_NE(outcome.plan, nullptr);
  EXPECT_EQ(outcome.plan->flows[0].sinks[0].plan->place(), "out-2023-11-14T22:13:20Z");
}

}  // namespace
}  // namespace millrace
