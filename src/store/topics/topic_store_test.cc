#include "store/topics/topic_store.h"

#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TopicStoreTest : public testing::Test {
 protected:
  TopicStoreTest() {
    std::string pattern = testing::TempDir() + "topics-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~TopicStoreTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void open(TopicStoreOptions options = {}) {
    store_.reset();
    options.directory = directory_ + "/data";
    auto opened = TopicStore::open(options, *files_, clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    store_ = std::move(*opened);
  }

  RecordBatches batch_of(const std::vector<std::string>& values) {
    encoder_.begin();
    for (const std::string& value : values) {
      encoder_.add({.key = "k", .value = value, .timestamp_ms = clock_.wall_us() / 1000});
    }
    return *encoder_.finish();
  }

  CommitReceipt append(std::string_view topic, int32_t partition, const std::vector<std::string>& values) {
    Commit commit;
    commit.append(topic, partition, batch_of(values));
    auto receipt = store_->submit(commit);
    EXPECT_TRUE(receipt.ok()) << receipt.error().message();
    return std::move(*receipt);
  }

  std::vector<std::string> values_of(std::string_view topic, int32_t partition, int64_t offset = 0) {
    std::vector<std::string> values;
    RecordBatchDecoder decoder;
    while (true) {
      auto fetched = store_->read(topic, partition, offset, 1 << 20);
      EXPECT_TRUE(fetched.ok()) << fetched.error().message();
      if (!fetched.ok() || fetched->batches.empty()) return values;
      for (std::string_view rest = fetched->batches; !rest.empty(); rest.remove_prefix(decoder.header().bytes)) {
        auto records = decoder.decode(rest);
        EXPECT_TRUE(records.ok()) << records.error().message();
        if (!records.ok()) return values;
        for (const TopicRecord& record : *records) {
          if (record.offset >= offset) values.emplace_back(*record.value);
        }
        offset = std::max(offset, decoder.header().end_offset());
      }
    }
  }

  std::string directory_;
  std::unique_ptr<FileSystem> files_ = real_file_system();
  ManualClock clock_{1'700'000'000'000'000};
  RecordBatchEncoder encoder_;
  std::unique_ptr<TopicStore> store_;
};

TEST_F(TopicStoreTest, KeepsWhatWasCommittedAcrossReopening) {
  open();
  ASSERT_TRUE(store_->create_topic("users", {.partitions = 2}).ok());
  Commit commit;
  commit.append("users", 0, batch_of({"a", "b"}));
  commit.append("users", 1, batch_of({"c"}));
  commit.append("users", 0, batch_of({"d"}));
  commit.note("flow/store", "position 3");
  auto receipt = store_->submit(commit);
  ASSERT_TRUE(receipt.ok()) << receipt.error().message();
  EXPECT_EQ(receipt->parts.size(), 2u);
  EXPECT_EQ(receipt->parts[0].end_offset, 3);
  for (int round = 0; round < 3; ++round) {
    EXPECT_THAT(store_->topics(), ElementsAre("millrace.commits", "users"));
    EXPECT_THAT(values_of("users", 0), ElementsAre("a", "b", "d"));
    EXPECT_THAT(values_of("users", 0, 1), ElementsAre("b", "d"));
    EXPECT_THAT(values_of("users", 1), ElementsAre("c"));
    EXPECT_EQ(store_->note("flow/store"), "position 3");
    open();
  }
  EXPECT_EQ(append("users", 1, {"e"}).parts[0].base_offset, 1);
  EXPECT_THAT(values_of("users", 1), ElementsAre("c", "e"));
}

}  // namespace
}  // namespace millrace
