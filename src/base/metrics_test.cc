#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace millrace {
namespace {

using testing::HasSubstr;

TEST(MetricsTest, AreWrittenAsPrometheusReadsThem) {
  MetricsText text;
  text.family("up", MetricKind::kGauge, "whether \\ it is\nup");
  text.sample({}, 1.0);
  text.sample({{"flow", "a \"b\" \\ \n"}, {"x", ""}}, 0.25);
  text.family("records_total", MetricKind::kCounter, "Records.");
  text.sample({{"flow", "f"}}, uint64_t{18'000'000'000'000'000'000U});
  EXPECT_EQ(text.text(),
            "# HELP up whether \\\\ it is\\nup\n"
            "# TYPE up gauge\n"
            "up 1\n"
            "up{flow=\"a \\\"b\\\" \\\\ \\n\",x=\"\"} 0.25\n"
            "# HELP records_total Records.\n"
            "# TYPE records_total counter\n"
            "records_total{flow=\"f\"} 18000000000000000000\n");
}

TEST(MetricsTest, AHistogramCountsWhatIsAtMostEachBound) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("wait_seconds", "Waiting.", {{"what", "disk"}});
  histogram.observe_us(100);
  histogram.observe_us(101, 2);
  histogram.observe_us(-5);
  histogram.observe_us(1'000'000'000);
  MetricsText text;
  metrics.write(text);
  EXPECT_THAT(text.text(), HasSubstr("# TYPE wait_seconds histogram\n"
                                     "wait_seconds_bucket{what=\"disk\",le=\"0.0001\"} 2\n"
                                     "wait_seconds_bucket{what=\"disk\",le=\"0.0002\"} 4\n"
                                     "wait_seconds_bucket{what=\"disk\",le=\"0.0004\"} 4\n"));
  EXPECT_THAT(text.text(), HasSubstr("wait_seconds_bucket{what=\"disk\",le=\"52.4288\"} 4\n"
                                     "wait_seconds_bucket{what=\"disk\",le=\"+Inf\"} 5\n"
                                     "wait_seconds_sum{what=\"disk\"} 1000.000302\n"
                                     "wait_seconds_count{what=\"disk\"} 5\n"));
}

TEST(MetricsTest, AskingAgainGivesTheSameCounter) {
  Metrics metrics;
  Counter& first = metrics.counter("c_total", "Count.", {{"a", "1"}});
  Counter& other = metrics.counter("c_total", "Count.", {{"a", "2"}});
  EXPECT_EQ(&metrics.counter("c_total", "Count.", {{"a", "1"}}), &first);
  EXPECT_NE(&other, &first);
}

TEST(MetricsTest, CountsFromManyThreadsAllCount) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) {
        metrics.counter("c_total", "Count.").add();
        metrics.histogram("h_seconds", "Time.").observe_us(i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  MetricsText text;
  metrics.write(text);
  EXPECT_THAT(text.text(), HasSubstr("c_total 40000\n"));
  EXPECT_THAT(text.text(), HasSubstr("h_seconds_count 40000\n"));
}

}  // namespace
}  // namespace millrace
