#include "base/files.h"

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace millrace {
namespace {

using testing::ElementsAre;

class DataFilesTest : public testing::Test {
 protected:
  DataFilesTest() {
    std::string pattern = testing::TempDir() + "files-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~DataFilesTest() override { std::filesystem::remove_all(directory_); }

  std::string path(std::string_view name) const { return join_path(directory_, name); }

  std::string directory_;
  std::unique_ptr<FileSystem> files_ = real_file_system();
};

TEST_F(DataFilesTest, ALogGrowsAtItsEndAndIsReadAnywhere) {
  EXPECT_EQ(files_->open_log(path("log"), OpenLog::kExisting).error().code(), ErrorCode::kNotFound);
  for (const std::string_view expected : {"abc", "abcabc"}) {
    auto log = files_->open_log(path("log"), OpenLog::kCreate);  // what is there stays
    ASSERT_TRUE(log.ok()) << log.error().message();
    ASSERT_TRUE((*log)->append("abcdef").ok());
    ASSERT_TRUE((*log)->truncate(expected.size()).ok());
    ASSERT_TRUE((*log)->sync().ok());
    char bytes[10];
    EXPECT_EQ(*(*log)->read_at(0, bytes, sizeof bytes), expected.size());
    EXPECT_EQ(std::string_view(bytes, expected.size()), expected);
    EXPECT_EQ(*(*log)->read_at(2, bytes, 1), 1u);
    EXPECT_EQ(bytes[0], 'c');
    EXPECT_EQ(*(*log)->read_at(100, bytes, 1), 0u);
  }
}

TEST_F(DataFilesTest, DirectoriesAreMadeListedAndRemoved) {
  ASSERT_TRUE(files_->make_directory(path("d")).ok());
  ASSERT_TRUE(files_->make_directory(path("d")).ok()) << "it may be there";
  for (const char* const name : {"d/b", "d/a"}) ASSERT_TRUE(files_->open_log(path(name), OpenLog::kCreate).ok());
  EXPECT_THAT(*files_->list(path("d")), ElementsAre("a", "b"));
  EXPECT_TRUE(files_->sync_directory(path("d")).ok());
  EXPECT_FALSE(files_->remove_directory(path("d")).ok()) << "it is not empty";
  for (const char* const name : {"d/b", "d/a"}) ASSERT_TRUE(files_->remove(path(name)).ok());
  EXPECT_TRUE(files_->remove_directory(path("d")).ok());
  EXPECT_TRUE(files_->remove_directory(path("d")).ok()) << "it may be gone";
  EXPECT_EQ(files_->list(path("d")).error().message(),
            fmt::format("cannot list {}: No such file or directory", path("d")));
}

TEST_F(DataFilesTest, ALockSaysWhoHoldsIt) {
  auto first = files_->lock(path("lock"));
  ASSERT_TRUE(first.ok()) << first.error().message();
  const auto second = files_->lock(path("lock"));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(second.error().message(), fmt::format("{} is locked by process {}", path("lock"), ::getpid()));
  first->reset();
  EXPECT_TRUE(files_->lock(path("lock")).ok());
}

}  // namespace
}  // namespace millrace
