#include "store/tables/manifest.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "store/tables/table_store.h"
#include "store/tables/tables_testing.h"

namespace millrace {
namespace {

class ManifestTest : public ::testing::Test {
 protected:
  ManifestTest() {
    auto store = testing::open_store(directory_, clock_);
    EXPECT_TRUE(store->create_keyspace("k").ok());
    for (int i = 0; i < 30; ++i) {
      RowBatch batch;
      batch.put_state("s", std::to_string(i));
      EXPECT_TRUE(store->write(batch).ok());
      EXPECT_TRUE(store->flush().ok());
    }
  }

  std::string path() const {
    std::string name;
    std::getline(std::ifstream(directory_ + "/CURRENT") >> std::ws, name);
    return directory_ + "/" + name;
  }
  std::string manifest() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& bytes) const { std::ofstream(path(), std::ios::binary) << bytes; }

  const SystemClock clock_;
  const testing::TempFolder folder_;
  const std::string directory_ = folder_.path() + "/tables";
};

TEST_F(ManifestTest, WhatRocksDbHasWrittenIsWhole) { EXPECT_EQ(torn_entry(manifest()), std::nullopt); }

TEST_F(ManifestTest, AnEntryThatEndsTooEarlyIsNoHole) {
  const std::string whole = manifest();
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    ASSERT_EQ(torn_entry(std::string_view(whole).substr(0, bytes)), std::nullopt) << bytes;
  }
}

TEST_F(ManifestTest, EveryChangedByteIsFoundInTheEntryThatItIsIn) {
  const std::string whole = manifest();
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    const auto torn = torn_entry(damaged);
    // A length that leads behind the end is the same as an end too early.
    ASSERT_LE(torn.value_or(0), at);
  }
}

TEST_F(ManifestTest, AnEntryWithAHoleAtTheEndNeverWas) {
  const std::string whole = manifest();
  std::string torn = whole + whole.substr(0, 600);
  torn.replace(whole.size() + 8, 200, 200, '\0');
  write(torn);
  const auto store = testing::open_store(directory_, clock_);
  EXPECT_EQ(**store->state("s"), "29");
}

TEST_F(ManifestTest, AHoleFarFromTheEndIsDamage) {
  std::string damaged = manifest();
  damaged[40] = static_cast<char>(damaged[40] ^ 0x40);
  while (damaged.size() <= kManifestTornBytesMax + 100) damaged += damaged;
  write(damaged);
  const auto store = TableStore::open({.directory = directory_, .clock = &clock_, .own_thread = false});
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code(), ErrorCode::kCorruption);
}

}  // namespace
}  // namespace millrace
