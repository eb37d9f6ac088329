#include "flow/spec/timing.h"

#include <gtest/gtest.h>

#include "flow/spec/yaml.h"

namespace millrace {
namespace {

// "line:column message" of all that is wrong with a flow's times.
std::string wrong(std::string_view flow) {
  Diagnostics diagnostics;
  const auto node = read_yaml(flow, diagnostics);
  EXPECT_TRUE(node.has_value()) << flow;
  if (node) check_timing(*node, diagnostics);
  std::string all;
  for (const Diagnostic& one : diagnostics.all()) {
    all += std::to_string(one.place.line) + ":" + std::to_string(one.place.column) + " " + one.message + "\n";
  }
  return all;
}

TEST(Timing, TakesWhatCronTakes) {
  for (const std::string cron : {"* * * * *", "*/5 * * * *", "0 0-6,12 1 * 1-5/2", "59 23 31 12 7", "0,30  8 * * 1"}) {
    EXPECT_EQ(wrong("cron: \"" + cron + "\""), "") << cron;
  }
}

TEST(Timing, PlacesEveryPartOfCronThatIsWrong) {
  EXPECT_EQ(wrong("cron: \"60 * * * *\""), "1:8 '60' cannot be the minute of cron\n");
  EXPECT_EQ(wrong("cron: '* 24 0 13 8'"),
            "1:10 '24' cannot be the hour of cron\n1:13 '0' cannot be the day of the month of cron\n"
            "1:15 '13' cannot be the month of cron\n1:18 '8' cannot be the day of the week of cron\n");
  EXPECT_EQ(wrong("cron: \"1,x * * * *\""), "1:10 'x' cannot be the minute of cron\n");
  EXPECT_EQ(wrong("cron: \"5-61 * * * *\""), "1:8 '5-61' cannot be the minute of cron\n");
  EXPECT_EQ(wrong("cron: \"*/0 * * * *\""), "1:8 '*/0' cannot be the minute of cron\n");
  EXPECT_EQ(wrong("cron: \"- * * * *\""), "1:8 '-' cannot be the minute of cron\n");
  EXPECT_EQ(wrong("cron: \"* * *\""), "1:7 'cron' has five parts, and this has 3\n");
  EXPECT_EQ(wrong("cron: [a]"), "1:7 'cron' is one text\n");
}

TEST(Timing, DurationsAreAboveZero) {
  EXPECT_EQ(wrong("every: 500ms"), "");
  EXPECT_EQ(wrong("every: 0s"), "1:8 'every' is a duration, not '0s'\n");
  EXPECT_EQ(wrong("every: 5"), "1:8 'every' is a duration, not '5'\n");
  EXPECT_EQ(wrong("retry: { backoff: x, backoff_max: 1m }"), "1:19 'backoff' is a duration, not 'x'\n");
}

TEST(Timing, AttemptsHaveALimit) {
  EXPECT_EQ(wrong("retry: { attempts: 1000 }"), "");
  EXPECT_EQ(wrong("retry: { attempts: 0 }"), "1:20 'attempts' is a whole number from 1 to 1000\n");
  EXPECT_EQ(wrong("retry: { attempts: 1001 }"), "1:20 'attempts' is a whole number from 1 to 1000\n");
}

TEST(Timing, AFlowHasOneKindOfTime) {
  EXPECT_EQ(wrong("every: 1m\ncron: '* * * * *'"), "2:7 a flow has either 'every' or 'cron'\n");
}

}  // namespace
}  // namespace millrace
