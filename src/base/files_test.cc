#include "base/files.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace millrace {
namespace {

class FilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "millrace-files-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string at(const std::string& name) const { return (directory_ / name).string(); }

  std::filesystem::path directory_;
  std::unique_ptr<FileSystem> files_ = real_file_system();
};

TEST_F(FilesTest, AFileThatIsHeldIsNotAbandoned) {
  auto held = files_->create_held(at("a"));
  ASSERT_TRUE(held.ok());
  EXPECT_FALSE(files_->remove_abandoned(at("a")).value());
  EXPECT_TRUE(std::filesystem::exists(at("a")));
  held->reset();  // as the end of its process does
  EXPECT_TRUE(files_->remove_abandoned(at("a")).value());
  EXPECT_FALSE(std::filesystem::exists(at("a")));
}

TEST_F(FilesTest, ThereIsNothingToRemoveWhereThereIsNoFile) { EXPECT_FALSE(files_->remove_abandoned(at("a")).value()); }

TEST_F(FilesTest, OneNameIsHeldOnce) {
  const auto first = files_->create_held(at("a"));
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(files_->create_held(at("a")).error().code(), ErrorCode::kAlreadyExists);
}

TEST_F(FilesTest, AHeldFileKeepsItsHoldUnderItsNewName) {
  auto held = files_->create_held(at("a"));
  ASSERT_TRUE(held.ok());
  ASSERT_TRUE((*held)->append("x").ok());
  ASSERT_TRUE(files_->rename(at("a"), at("b")).ok());
  EXPECT_FALSE(files_->remove_abandoned(at("b")).value());
  ASSERT_TRUE((*held)->close().ok());
  EXPECT_EQ(files_->size(at("b")).value(), 1U);
}

}  // namespace
}  // namespace millrace
