#include "flow/flow_shape.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flow/spec/read_file.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// Of the one flow called f.
FlowShape shape_of(const std::string& flow) {
  Diagnostics diagnostics;
  const auto file = read_pipeline_file("millrace: 1\nflows:\n  f:\n" + flow, "p.yaml", {}, diagnostics);
  EXPECT_TRUE(file && diagnostics.ok());
  return FlowShape::of(*file->root.find("flows")->find("f"));
}

TEST(FlowShape, HasNoSecretsAndNoTimesOfARun) {
  ::setenv("MILLRACE_TEST_KEY", "hush", 1);
  const FlowShape shape = shape_of(
      "    from: { http: { url: \"https://x/?key=${secret:env:MILLRACE_TEST_KEY}&from=${run.start}&to=${run.end}\" } "
      "}\n");
  EXPECT_EQ(shape.from, "http: { url: 'https://x/?key=***&from=${run.start}&to=${run.end}' }");
}

TEST(FlowShape, DoesNotDependOnHowTheFileIsLaidOut) {
  const FlowShape one = shape_of(
      "    every: 1m\n    from: { file: { path: in.jsonl } }\n    steps: [ { select: \"id, name\" }, { where: \"a > "
      "1\" } ]\n"
      "    to: [ { file: a.jsonl, where: x }, { file: b.jsonl } ]\n    id: old\n");
  const FlowShape other = shape_of(
      "    to:\n      - file: a.jsonl\n        where: x\n      - file: b.jsonl\n    steps:\n      - select: |\n        "
      "  id,\n"
      "          name\n      - where: a > 1\n    from:\n      file:\n        path: \"in.jsonl\"\n    every: 1m\n");
  EXPECT_EQ(one, other);
  EXPECT_EQ(one.from, "file: { path: in.jsonl }");
  EXPECT_THAT(one.steps, ElementsAre("select: 'id, name'", "where: a > 1"));
  EXPECT_THAT(one.to, ElementsAre("file: a.jsonl, where: x", "file: b.jsonl"));
  EXPECT_THAT(one.settings, ElementsAre(Pair("every", "1m")));  // and not what it was called before
}

TEST(FlowShape, OneSinkAndNoStepsAreListsToo) {
  const FlowShape shape = shape_of("    from: { file: in.jsonl }\n    steps:\n    to: { file: \"\" }\n");
  EXPECT_THAT(shape.steps, ElementsAre());
  EXPECT_THAT(shape.to, ElementsAre("file: ''"));
}

}  // namespace
}  // namespace millrace
