// What a topic store does and says when its disk is full, fails, or is damaged.
#include <cerrno>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/topics/topic_store.h"
#include "testing/faulty_disk.h"

namespace millrace {
namespace {

using testing::HasSubstr;

constexpr std::string_view kSegment = "/data/topics/t/0@1/00000000000000000000.log";
constexpr std::string_view kCommits = "/data/commits/00000000000000000000.log";

class TopicFaults : public testing::Test {
 protected:
  TopicFaults() {
    open();
    EXPECT_TRUE(store_->create_topic("t", {.partitions = 2}).ok());
    EXPECT_TRUE(submit("first").ok());
  }

  Result<std::unique_ptr<TopicStore>> try_open() {
    store_.reset();
    disk_.kill_process();
    return TopicStore::open({.directory = "/data", .sync_threads = 0}, disk_, clock_);
  }
  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    store_ = std::move(*opened);
  }

  // To both partitions, with a note.
  Result<CommitReceipt> submit(const std::string& value) {
    Commit commit;
    for (const int32_t partition : {0, 1}) {
      encoder_.begin();
      encoder_.add({.value = value});
      commit.append("t", partition, *encoder_.finish());
    }
    commit.note("last", value);
    return store_->submit(commit);
  }

  void damage(std::string_view path, size_t at) {
    std::string bytes = *disk_.contents(std::string(path));
    bytes.at(at) ^= 0x20;
    disk_.overwrite(std::string(path), bytes);
  }

  FaultyDisk disk_{1};
  ManualClock clock_{1'700'000'000'000'000};
  RecordBatchEncoder encoder_;
  std::unique_ptr<TopicStore> store_;
};

TEST_F(TopicFaults, AFullDiskKeepsNothingOfACommitAndTheStoreGoesOn) {
  const std::string before = *disk_.contents(std::string(kSegment));
  disk_.limit_bytes(before.size() + 1200);
  for (int round = 0; round < 3; ++round) {
    const auto refused = submit(std::string(600, 'x'));  // one partition fits, both do not
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::kResource);
    EXPECT_TRUE(is_retryable(refused.error().code()));
    EXPECT_THAT(
        refused.error().message(),
        testing::AllOf(HasSubstr("cannot write /data/"), HasSubstr("No space left on device; nothing of the "
                                                                   "commit was kept: free some space, and try again")));
    EXPECT_EQ(*disk_.contents(std::string(kSegment)), before);
  }
  EXPECT_EQ(store_->note("last"), "first");
  EXPECT_TRUE(store_->usable().ok());
  EXPECT_FALSE(store_->read("t", 0, 0, 100)->batches.empty()) << "what was there can be read";
  disk_.limit_bytes(UINT64_MAX);
  EXPECT_EQ(submit("second")->parts[0].base_offset, 1);
  EXPECT_EQ(store_->note("last"), "second");
}

TEST_F(TopicFaults, AfterASyncThatFailedNothingIsAnsweredUntilTheStoreIsOpenedAgain) {
  disk_.fail_at(disk_.calls() + 4, EIO);  // two writes of data, one of the commit, then the first sync
  const auto failed = submit("second");
  const std::string said =
      "the topics in /data cannot be used any more: cannot sync /data/commits/00000000000000000000.log: Input/output "
      "error; open them again, which recovers what is on the disk";
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code(), ErrorCode::kFailed);
  EXPECT_EQ(failed.error().message(), said);
  EXPECT_EQ(submit("third").error().message(), said);
  EXPECT_EQ(store_->read("t", 0, 0, 100).error().message(), said);
  EXPECT_EQ(store_->create_topic("u", {}).error().message(), said);
  EXPECT_EQ(store_->wait_beyond("t", 0, 5, 60'000).error().message(), said);
  open();
  EXPECT_TRUE(submit("fourth").ok());
}

TEST_F(TopicFaults, AWriteThatFailsIsTheEndToo) {
  disk_.fail_at(disk_.calls() + 2, EIO);
  EXPECT_EQ(submit("second").error().code(), ErrorCode::kFailed);
  open();
  EXPECT_EQ(store_->note("last"), "first") << "half of a commit is none";
  EXPECT_EQ(store_->bounds("t", 0)->high_water_mark, 1);
}

TEST_F(TopicFaults, ADamagedCommitThatHadBeenSyncedIsNotTakenForATornOne) {
  ASSERT_TRUE(submit("second").ok());
  damage(kCommits, 100);
  const auto opened = try_open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(
      opened.error().message(),
      "/data/commits/00000000000000000000.log is damaged at byte 84, in a commit that had been on the disk; restore "
      "the data directory from a copy, or remove it to begin anew");
}

TEST_F(TopicFaults, MissingRecordsThatHadBeenSyncedAreAnError) {
  ASSERT_TRUE(submit("second").ok());
  ASSERT_TRUE(submit("third").ok());
  disk_.overwrite(std::string(kSegment), disk_.contents(std::string(kSegment))->substr(0, 10));
  const auto opened = try_open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(
      opened.error().message(),
      "/data/topics/t/0@1/00000000000000000000.log: it ends before byte 147, though it had been on the disk; restore "
      "the data directory from a copy");
}

TEST_F(TopicFaults, ALastCommitThatWasTornNeverWas) {
  ASSERT_TRUE(submit("second").ok());
  disk_.overwrite(std::string(kSegment), disk_.contents(std::string(kSegment))->substr(0, 146));
  open();
  EXPECT_EQ(store_->note("last"), "first");
  EXPECT_EQ(store_->bounds("t", 0)->high_water_mark, 1);
  EXPECT_EQ(store_->bounds("t", 1)->high_water_mark, 1) << "nor in the partition where it is whole";
}

TEST_F(TopicFaults, ADamagedRecordIsFoundWhenItIsRead) {
  ASSERT_TRUE(submit("second").ok());
  ASSERT_TRUE(submit("third").ok());
  damage(kSegment, 65);
  open();
  const auto fetched = store_->read("t", 0, 0, 1000);
  ASSERT_TRUE(fetched.ok());
  EXPECT_THAT(RecordBatchDecoder().decode(fetched->batches).error().message(), HasSubstr("its checksum is"));
}

TEST_F(TopicFaults, ADamagedHeaderIsFoundWhenItIsLookedFor) {
  ASSERT_TRUE(submit("second").ok());
  ASSERT_TRUE(submit("third").ok());
  damage(kSegment, 16);
  open();
  const auto fetched = store_->read("t", 0, 1, 1000);
  ASSERT_FALSE(fetched.ok());
  EXPECT_EQ(fetched.error().message(),
            "t/0: /data/topics/t/0@1/00000000000000000000.log is damaged at byte 0: not a record batch: its format "
            "version is 34, not 2");
}

TEST_F(TopicFaults, ATornIndexIsMadeAnew) {
  ASSERT_TRUE(store_->change_topic("t", {.partitions = 2, .segment_bytes = 1024}).ok());
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(submit(std::string(200, 'x')).ok());
  const std::string index = "/data/topics/t/0@1/00000000000000000000.index";
  ASSERT_TRUE(disk_.contents(index).has_value());
  disk_.overwrite(index, disk_.contents(index)->substr(0, 20));
  open();
  for (int64_t offset = 0; offset < 31; ++offset) {
    auto fetched = store_->read("t", 0, offset, 1);
    ASSERT_TRUE(fetched.ok()) << fetched.error().message();
    EXPECT_EQ(read_batch_header(fetched->batches)->base_offset, offset);
  }
}

}  // namespace
}  // namespace millrace
