#include "flow/spec/timing.h"

#include <gtest/gtest.h>

#include "data/expr/parse.h"
#include "flow/spec/yaml.h"

namespace millrace {
namespace {

Timing read(std::string_view flow, Diagnostics& diagnostics) {
  const auto node = read_yaml(flow, diagnostics);
  EXPECT_TRUE(node.has_value()) << flow;
  return node ? read_timing(*node, diagnostics) : Timing{};
}

// "line:column message" of all that is wrong with a flow's times.
std::string wrong(std::string_view flow) {
  Diagnostics diagnostics;
  read(flow, diagnostics);
  std::string all;
  for (const Diagnostic& one : diagnostics.all()) {
    all += std::to_string(one.place.line) + ":" + std::to_string(one.place.column) + " " + one.message + "\n";
  }
  return all;
}

Timing timing(std::string_view flow) {
  Diagnostics diagnostics;
  Timing timing = read(flow, diagnostics);
  EXPECT_TRUE(diagnostics.ok()) << flow;
  return timing;
}

TEST(Timing, AFlowThatSaysNothingIsContinuous) {
  const Timing silent = timing("from: x");
  EXPECT_FALSE(silent.scheduled());
  EXPECT_FALSE(silent.catch_up);
  EXPECT_EQ(silent.at_once, 1);
  EXPECT_EQ(silent.retry.attempts, 3);
  EXPECT_EQ(silent.zone->id(), "UTC");
}

TEST(Timing, TakesAllThatThereIs) {
  const Timing all = timing(
      "cron: '0 6 * * mon'\ntimezone: Europe/Berlin\nstart: 2026-11-21\nend: 2026-11-22T00:00:00Z\ncatch_up: true\n"
      "at_once: 2\ntimeout: 10m\ndeadline: 1h\nalert: { command: [notify, ops], webhook: 'http://localhost/a' }\n"
      "after: [a, b]\nretry: { attempts: 5, backoff: 2s, backoff_max: 1m }");
  EXPECT_TRUE(all.scheduled());
  EXPECT_EQ(all.cron->text(), "0 6 * * mon");
  EXPECT_EQ(all.zone->id(), "Europe/Berlin");
  EXPECT_EQ(all.start_us, parse_timestamp_us("2026-11-20T23:00:00Z"));
  EXPECT_EQ(all.end_us, parse_timestamp_us("2026-11-22T00:00:00Z"));
  EXPECT_TRUE(all.catch_up);
  EXPECT_EQ(all.at_once, 2);
  EXPECT_EQ(all.timeout_us, 600'000'000);
  EXPECT_EQ(all.deadline_us, 3'600'000'000);
  EXPECT_EQ(all.alert.command, (std::vector<std::string>{"notify", "ops"}));
  EXPECT_EQ(all.alert.webhook, "http://localhost/a");
  EXPECT_EQ(all.after, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(all.retry.attempts, 5);
  EXPECT_EQ(all.retry.backoff_us, 2'000'000);
  EXPECT_EQ(all.retry.backoff_max_us, 60'000'000);
}

TEST(Timing, AWaitMayBeLongerThanTheMostUnlessThatIsSaid) {
  EXPECT_EQ(timing("every: 1h\nretry: { backoff: 5m }").retry.backoff_max_us, 300'000'000);
  EXPECT_EQ(wrong("retry: { backoff: 5m, backoff_max: 1m }"), "1:36 'backoff_max' is below 'backoff'\n");
}

TEST(Timing, PlacesPartsOfCron) {
  EXPECT_EQ(wrong("cron: \"5-61 * * x *\""),
            "1:8 '5-61' cannot be the minute of cron\n1:17 'x' cannot be the month of cron\n");
  EXPECT_EQ(wrong("cron: \"0 0 31 2 *\""), "1:7 '0 0 31 2 *' never comes\n");
}

TEST(Timing, EveryIsWholeSecondsAndAboveZero) {
  EXPECT_EQ(wrong("every: 90s"), "");
  EXPECT_EQ(wrong("every: 0s"), "1:8 'every' of flow is at least 1s\n");
  EXPECT_EQ(wrong("every: 1500ms"), "1:8 'every' is a whole number of seconds\n");
}

TEST(Timing, TimesAreOfTheFlowsZoneUnlessTheyNameOne) {
  EXPECT_EQ(timing("every: 1h\nstart: 2026-07-01T06:00:00").start_us, parse_timestamp_us("2026-07-01T06:00:00Z"));
  EXPECT_EQ(timing("every: 1h\ntimezone: America/New_York\nstart: 2026-07-01 06:00").start_us,
            parse_timestamp_us("2026-07-01T10:00:00Z"));
  EXPECT_EQ(timing("every: 1h\ntimezone: America/New_York\nstart: 2026-07-01T06:00:00+02:00").start_us,
            parse_timestamp_us("2026-07-01T04:00:00Z"));
}

}  // namespace
}  // namespace millrace
