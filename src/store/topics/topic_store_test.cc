#include "store/topics/topic_store.h"

#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace millrace {
namespace {

using testing::ElementsAre;

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

TEST_F(TopicStoreTest, ReadersSeeOnlyWhatIsSyncedInEveryMode) {
  for (const Durability durability : {Durability::kCommit, Durability::kInterval, Durability::kOs}) {
    const std::string name = fmt::format("t{}", static_cast<int>(durability));
    open({.durability = durability});
    ASSERT_TRUE(store_->create_topic(name, {}).ok());
    EXPECT_EQ(append(name, 0, {"a", "b"}).parts[0].end_offset, 2);
    if (durability == Durability::kOs) {
      EXPECT_EQ(store_->bounds(name, 0)->high_water_mark, 0);
    }
    ASSERT_TRUE(store_->sync().ok());
    EXPECT_EQ(store_->bounds(name, 0)->high_water_mark, 2);
    EXPECT_THAT(values_of(name, 0), ElementsAre("a", "b"));
  }
}

TEST_F(TopicStoreTest, CommitsOfManyThreadsAreWholeAndInOrder) {
  open();
  ASSERT_TRUE(store_->create_topic("t", {.partitions = 2, .segment_bytes = 4096}).ok());
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      RecordBatchEncoder encoder;
      Commit commit;
      for (int i = 0; i < 50; ++i) {
        const std::string value = fmt::format("{}-{}", thread, i);
        commit.clear();
        for (const int32_t partition : {0, 1}) {
          encoder.begin();
          encoder.add({.value = value});
          commit.append("t", partition, *encoder.finish());
        }
        commit.note(fmt::format("thread {}", thread), value);
        ASSERT_TRUE(store_->submit(commit).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  open();
  const std::vector<std::string> values = values_of("t", 0);
  EXPECT_EQ(values.size(), 200u);
  EXPECT_EQ(values_of("t", 1), values) << "one order of commits for all partitions";
  for (int thread = 0; thread < 4; ++thread)
    EXPECT_EQ(store_->note(fmt::format("thread {}", thread)), fmt::format("{}-49", thread));
  EXPECT_GT(store_->describe("t")->partitions[0].segments, 1);
}

TEST_F(TopicStoreTest, OffsetsOutsideOfTheLogAreErrorsThatSaySo) {
  open();
  ASSERT_TRUE(store_->create_topic("t", {.retention_bytes = 0, .segment_bytes = 1024}).ok());
  append("t", 0, {"a", "b", "c"});
  EXPECT_TRUE(store_->read("t", 0, 3, 100)->batches.empty()) << "at the end there is nothing yet";
  EXPECT_EQ(store_->read("t", 0, 4, 100).error().message(), "t/0: offset 4 is beyond the end of the log, which is 3");
  ASSERT_TRUE(store_->enforce_retention().ok());
  EXPECT_EQ(store_->bounds("t", 0)->log_start, 3);
  const auto expired = store_->read("t", 0, 1, 100);
  EXPECT_EQ(expired.error().code(), ErrorCode::kExpired);
  EXPECT_EQ(expired.error().message(), "t/0: offset 1 has expired: the log starts at 3");
  EXPECT_EQ(append("t", 0, {"d"}).parts[0].base_offset, 3) << "an empty log goes on where it was";
  open();
  EXPECT_EQ(store_->bounds("t", 0)->log_start, 3);
  EXPECT_THAT(values_of("t", 0, 3), ElementsAre("d"));
}

TEST_F(TopicStoreTest, RetentionTakesWholeSegmentsAndNeverWhatIsPinned) {
  open();
  ASSERT_TRUE(
      store_->create_topic("t", {.retention_ms = 10'000, .segment_bytes = 1024, .pinned_bytes_max = 1000}).ok());
  const std::string large(400, 'x');
  for (int i = 0; i < 10; ++i) append("t", 0, {large});
  auto pin = store_->pin("t", 0, 3, "flow store");
  ASSERT_TRUE(pin.ok());
  clock_.advance(20'000'000);
  ASSERT_TRUE(store_->enforce_retention().ok());
  EXPECT_EQ(store_->bounds("t", 0)->log_start, 2) << "two records are in a segment";
  auto about = store_->describe("t")->partitions[0];
  EXPECT_EQ(about.pinned_at, 3);
  const std::string alarm =
      "flow store holds the log at offset 3: 3768 bytes are kept that retention would have taken, more than "
      "pinned_bytes_max, 1000; nothing is appended until it moves on";
  EXPECT_EQ(about.alarm, alarm);
  Commit commit;
  commit.append("t", 0, batch_of({"more"}));
  const auto refused = store_->submit(commit);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResource);
  EXPECT_EQ(refused.error().message(), "t/0: " + alarm);
  EXPECT_EQ(store_->pin("t", 0, 1, "late").error().message(), "t/0: offset 1 has expired: the log starts at 2");
  (*pin)->move_to(10);
  ASSERT_TRUE(store_->enforce_retention().ok());
  EXPECT_EQ(store_->bounds("t", 0)->log_start, 10);
  EXPECT_EQ(store_->describe("t")->partitions[0].alarm, "");
  EXPECT_TRUE(store_->submit(commit).ok());
}

TEST_F(TopicStoreTest, FindsOffsetsByTimeOverSegmentsWithAndWithoutIndexFiles) {
  open();
  ASSERT_TRUE(store_->create_topic("t", {.retention_ms = std::nullopt, .segment_bytes = 1024}).ok());
  const int64_t begin_ms = clock_.wall_us() / 1000;
  for (int i = 0; i < 30; ++i) {
    append("t", 0, {fmt::format("first {}", i), std::string(100, 'x')});
    clock_.advance(1'000'000);
  }
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 30; ++i) {
      const auto at = store_->offset_at("t", 0, begin_ms + i * 1000);
      ASSERT_TRUE(at.ok()) << at.error().message();
      ASSERT_TRUE(at->has_value());
      EXPECT_EQ((*at)->offset, 2 * i);
      EXPECT_EQ((*store_->offset_at("t", 0, begin_ms + i * 1000 - 999))->offset, 2 * i);
    }
    EXPECT_EQ(*store_->offset_at("t", 0, begin_ms + 30'000), std::nullopt);
    store_.reset();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
      if (entry.path().extension() == ".index") std::filesystem::remove(entry.path());
    }
    open();
  }
}

TEST_F(TopicStoreTest, WaitersAndSubscribersHearOfNewData) {
  open();
  ASSERT_TRUE(store_->create_topic("t", {.partitions = 2}).ok());
  EXPECT_FALSE(*store_->wait_beyond("t", 1, 0, 1)) << "nothing comes";
  std::vector<int32_t> told;
  auto subscription = store_->subscribe("t", [&told](int32_t partition) { told.push_back(partition); });
  ASSERT_TRUE(subscription.ok());
  std::thread writer([this] { append("t", 1, {"a"}); });
  EXPECT_TRUE(*store_->wait_beyond("t", 1, 0, 60'000));
  writer.join();
  ASSERT_TRUE(store_->delete_topic("t").ok());
  EXPECT_THAT(told, ElementsAre(1, -1));
  EXPECT_EQ(store_->wait_beyond("t", 1, 0, 1).error().message(), "there is no topic 't'");
}

TEST_F(TopicStoreTest, TopicsAreChangedAndDeleted) {
  open();
  EXPECT_EQ(store_->create_topic("a/b", {}).error().message(),
            "'a/b' cannot be a topic's name: character 2 is none of a-z A-Z 0-9 . _ -");
  EXPECT_EQ(store_->create_topic("..", {}).error().message(), "'..' cannot be a topic's name: it means a directory");
  EXPECT_EQ(store_->create_topic(std::string(250, 'a'), {}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->create_topic("t", {.partitions = 0}).error().message(),
            "partitions of a topic cannot be 0: it is 1 to 1024");
  EXPECT_EQ(store_->create_topic("t", {.segment_bytes = 1}).error().message(),
            "segment_bytes of a topic cannot be 1: it is 1024 to 1073741824");
  ASSERT_TRUE(store_->create_topic("t", {}).ok());
  EXPECT_EQ(store_->create_topic("t", {}).error().message(), "there is a topic 't' already");
  append("t", 0, {"a"});
  ASSERT_TRUE(store_->change_topic("t", {.partitions = 3, .retention_ms = std::nullopt}).ok());
  EXPECT_EQ(store_->change_topic("t", {.partitions = 2}).error().message(),
            "topic 't' has 3 partitions and cannot have fewer: make a new one with 2");
  append("t", 2, {"c"});
  EXPECT_EQ(store_->read("t", 3, 0, 1).error().message(), "topic 't' has no partition 3: it has 0 to 2");
  open();
  EXPECT_EQ(store_->describe("t")->config.retention_ms, std::nullopt);
  EXPECT_THAT(values_of("t", 0), ElementsAre("a"));
  EXPECT_THAT(values_of("t", 2), ElementsAre("c"));
  ASSERT_TRUE(store_->delete_topic("t").ok());
  EXPECT_EQ(store_->delete_topic("t").error().message(), "there is no topic 't'");
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/data/topics/t"));
  ASSERT_TRUE(store_->create_topic("t", {}).ok());
  EXPECT_THAT(values_of("t", 0), ElementsAre()) << "a new topic of an old name has nothing of it";
}

TEST_F(TopicStoreTest, WhatACommitMayNotHoldIsRefusedAndNothingHappens) {
  open({.commit_bytes_max = 150, .note_key_bytes_max = 5, .commit_notes_bytes_max = 20});
  ASSERT_TRUE(store_->create_topic("t", {}).ok());
  const auto refusal = [this](const std::function<void(Commit&)>& fill) {
    Commit commit;
    fill(commit);
    auto outcome = store_->submit(commit);
    return outcome.ok() ? "none" : outcome.error().message();
  };
  EXPECT_EQ(refusal([](Commit&) {}), "a commit needs records or notes");
  EXPECT_EQ(refusal([](Commit& commit) { commit.note("too long", ""); }),
            "a note's key has 1 to 5 bytes (note_key_bytes_max), not 8");
  EXPECT_EQ(refusal([](Commit& commit) { commit.note("k", std::string(20, 'x')); }),
            "a commit's notes have 21 bytes, more than 20 (commit_notes_bytes_max)");
  EXPECT_EQ(refusal([this](Commit& commit) { commit.append("t", 0, batch_of({std::string(100, 'x')})); }),
            "a commit of 171 bytes is larger than commit_bytes_max, 150");
  EXPECT_EQ(refusal([this](Commit& commit) {
              commit.append("t", 0, batch_of({"a"}));
              commit.append("u", 0, batch_of({"b"}));
            }),
            "there is no topic 'u'");
  EXPECT_EQ(refusal([this](Commit& commit) { commit.append(kCommitsTopic, 0, batch_of({"a"})); }),
            "only the store itself writes to millrace.commits");
  EXPECT_THAT(values_of("t", 0), ElementsAre());
}

TEST_F(TopicStoreTest, TheCommitsStayShortAndKeepTheLatestNotes) {
  open({.commits_segment_bytes = 2000});
  for (int i = 0; i < 200; ++i) {
    Commit commit;
    commit.note(fmt::format("flow/{}", i % 3), fmt::format("{}", i));
    if (i == 150) commit.remove_note("gone");
    if (i == 0) commit.note("gone", "soon");
    ASSERT_TRUE(store_->submit(commit).ok());
  }
  EXPECT_LT(store_->describe(kCommitsTopic)->partitions[0].bytes, 5000);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(store_->note("gone"), std::nullopt);
    EXPECT_THAT(store_->notes("flow/"), ElementsAre(testing::Pair("flow/0", "198"), testing::Pair("flow/1", "199"),
                                                    testing::Pair("flow/2", "197")));
    open();
  }
}

TEST_F(TopicStoreTest, ASecondStoreOnTheDirectoryIsToldWhatToDo) {
  open();
  const auto second = TopicStore::open({.directory = directory_ + "/data"}, *files_, clock_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(
      second.error().message(),
      fmt::format("the data directory {0}/data is in use ({0}/data/lock is locked by process {1}); stop that process, "
                  "or use another directory",
                  directory_, ::getpid()));
}

}  // namespace
}  // namespace millrace
