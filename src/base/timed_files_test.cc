#include "base/timed_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

namespace millrace {
namespace {

uint64_t count_of(const Histogram& histogram) {
  const auto counts = histogram.snapshot().counts;
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

TEST(TimedFilesTest, CountEachSyncOnceAndChangeNothingElse) {
  std::string directory = testing::TempDir() + "millrace_timed_XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const auto disk = real_file_system();
  Histogram syncs;
  const auto files = timed_files(*disk, syncs);
  {
    auto log = files->open_log(directory + "/log", OpenLog::kCreate);
    ASSERT_TRUE(log.ok());
    ASSERT_TRUE((*log)->append("abc").ok());
    EXPECT_EQ(count_of(syncs), 0U);
    ASSERT_TRUE((*log)->sync().ok());
    EXPECT_EQ(count_of(syncs), 1U);
  }
  ASSERT_TRUE(files->sync_directory(directory).ok());
  EXPECT_EQ(count_of(syncs), 2U);
  EXPECT_EQ(*read_file(*files, directory + "/log", 10), "abc");
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace millrace
