#include "doors/metrics/process_figures.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <vector>

namespace millrace {
namespace {

TEST(ProcessFiguresTest, AgreeWithWhatTheSystemCallsSay) {
  const std::vector<char> memory(size_t{8} << 20, 'x');
  const ProcessFigures now = process_figures();
  rusage usage{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &usage), 0);
  const double cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  EXPECT_NEAR(now.cpu_seconds, cpu, 0.1);
  EXPECT_GT(now.resident_bytes, memory.size());
  EXPECT_LE(now.resident_bytes, now.resident_bytes_max + (size_t{1} << 20));
  EXPECT_GE(now.threads, 1U);
  EXPECT_GE(now.open_files, 3U);
}

TEST(HostFiguresTest, AreThoseOfAMachineThatRuns) {
  const HostFigures now = host_figures("/");
  EXPECT_GT(now.cpu_busy_seconds, 0);
  EXPECT_GT(now.memory_bytes, now.memory_available_bytes);
  EXPECT_GT(now.memory_available_bytes, 0U);
  ASSERT_TRUE(now.disk_bytes && now.disk_free_bytes);
  EXPECT_GT(*now.disk_bytes, *now.disk_free_bytes);
  EXPECT_FALSE(host_figures("/no/such/directory").disk_bytes);
}

}  // namespace
}  // namespace millrace
