// What is left after the process was killed, after the disk was full, and what happens when it fails.
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "store/tables/row_batch.h"
#include "store/tables/table_store.h"
#include "store/tables/tables_testing.h"

namespace millrace {
namespace {

using testing::cql;
using testing::lines;
using testing::table_spec;

constexpr int64_t kNow = 1'700'000'000'000'000;
constexpr const char* kFolderVariable = "MILLRACE_TEST_TABLES";

// Two tables whose rows differ much in size; write i puts row i into both, and i into state and outbox.
struct Tables {
  TableRef small, large;
};

Tables create_tables(TableStore& store) {
  MILLRACE_ASSERT(store.create_keyspace("shop").ok(), "a fresh store");
  return {*store.create_table(table_spec("small", "id int; v text", {"id"})),
          *store.create_table(table_spec("large", "id int; v text", {"id"}))};
}

uint64_t write_one(TableStore& store, const Tables& tables, int number) {
  RowBatch batch;
  const std::string key[] = {cql("int", std::to_string(number))};
  const std::string small_value = std::to_string(number);
  const std::string large_value(5'000, static_cast<char>('a' + number % 26));
  const RowBatch::CellWrite small[] = {{1, small_value}};
  const RowBatch::CellWrite large[] = {{1, large_value}};
  EXPECT_TRUE(batch.put_row(*tables.small, {.key = key, .cells = small, .stamp = kNow + number}).ok());
  EXPECT_TRUE(batch.put_row(*tables.large, {.key = key, .cells = large, .stamp = kNow + number}).ok());
  batch.put_state("position", std::to_string(number));
  batch.outbox(fmt::format("{:08}", number), "x");
  const auto written = store.write(batch);
  MILLRACE_ASSERT(written.ok(), written.error().message());
  return *written;
}

// All that write_one() wrote stands at one write; gives which.
int write_that_everything_is_at(TableStore& store) {
  const auto position = *store.state("position");
  const int at = position.has_value() ? std::stoi(*position) : 0;
  const auto expect_rows = [&](std::string_view name) {
    const TableRef table = *store.table("shop", name);
    EXPECT_EQ(*store.count({.table = table}), static_cast<uint64_t>(at)) << name;
    const auto last = *(*store.scan({.table = table, .columns = {"id"}, .reversed = true}))->next(1);
    EXPECT_EQ(lines(last), at == 0 ? std::vector<std::string>{} : std::vector<std::string>{std::to_string(at)}) << name;
  };
  expect_rows("small");
  expect_rows("large");
  EXPECT_EQ(store.outbox({.entries_max = 1'000'000})->size(), static_cast<size_t>(at));
  return at;
}

class KillTest : public ::testing::Test {
 protected:
  // The process that is to die runs the test again from its beginning; it finds the folder by the environment.
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    if (const char* given = std::getenv(kFolderVariable)) {
      folder_ = given;
      return;
    }
    own_ = std::make_unique<testing::TempFolder>();
    folder_ = own_->path();
    ::setenv(kFolderVariable, folder_.c_str(), 1);
  }
  void TearDown() override { ::unsetenv(kFolderVariable); }

  std::unique_ptr<testing::TempFolder> own_;
  std::string folder_;
  SystemClock clock_;
};

TEST_F(KillTest, AKilledStoreStandsAtOneOlderMoment) {
  for (const int last : {40, 130, 300, 555}) {
    const std::string directory = fmt::format("{}/{}", folder_, last);
    const std::string flushed_file = directory + ".flushed";
    EXPECT_EXIT(
        {
          auto store = TableStore::open(
              {.directory = directory, .clock = &clock_, .flush_bytes = 200'000, .on_flushed = [&](uint64_t number) {
                 std::ofstream(flushed_file) << number;
               }});
          const Tables tables = create_tables(**store);
          // At least one flush is done; others are on their way.
          for (int i = 1; i <= last || (*store)->flushed() == 0; ++i) write_one(**store, tables, i);
          ::kill(::getpid(), SIGKILL);
        },
        ::testing::KilledBySignal(SIGKILL), "");
    int flushed = 0;
    std::ifstream(flushed_file) >> flushed;
    const auto store = testing::open_store(directory, clock_);
    const int at = write_that_everything_is_at(*store);
    EXPECT_GT(at, 0);
    EXPECT_GE(at, flushed) << "told to be on the disk";
  }
}

TEST_F(KillTest, WhatWasLoggedIsThereAfterAKill) {
  const std::string directory = folder_ + "/logged";
  EXPECT_EXIT(
      {
        auto store = TableStore::open({.directory = directory, .clock = &clock_});
        const Tables tables = create_tables(**store);
        write_one(**store, tables, 1);
        RowBatch batch;
        batch.put_state("shell", "said so");
        EXPECT_TRUE((*store)->write(batch, RowDurability::kLogged).ok());
        ::kill(::getpid(), SIGKILL);
      },
      ::testing::KilledBySignal(SIGKILL), "");
  const auto store = testing::open_store(directory, clock_);
  EXPECT_EQ(**store->state("shell"), "said so");
  EXPECT_EQ(write_that_everything_is_at(*store), 0) << "what the log does not hold is replayed from the topic";
}

// A disk with little room, which somebody makes bigger when it is full.
class SmallDisk final : public DiskCalls {
 public:
  explicit SmallDisk(int64_t room) : room_(room) {}
  int create(const char* path, int flags) override {
    if (room_ <= 0) {
      errno = ENOSPC;
      return -1;
    }
    return DiskCalls::create(path, flags);
  }
  int64_t write(int fd, const char* bytes, size_t size) override {
    const int64_t fits = std::min(room_.load(), static_cast<int64_t>(size));
    if (fits <= 0) {
      errno = ENOSPC;
      return -1;
    }
    room_ -= fits;
    return DiskCalls::write(fd, bytes, static_cast<size_t>(fits));
  }
  int sync(int, bool) override { return 0; }  // durability is not what is tested, and this runs many times
  void make_room(int64_t bytes) { room_ += bytes; }

 private:
  std::atomic<int64_t> room_;
};

TEST(DiskFullTest, TheStoreWaitsForRoomAndGoesOnFiftyTimes) {
  const SystemClock clock;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const testing::TempFolder folder;
    Random random(seed);
    SmallDisk disk(static_cast<int64_t>(random.below(200'000)));
    std::atomic<int> waits = 0;
    std::atomic<int> ends = 0;
    {
      auto store = TableStore::open(
          {.directory = folder.path() + "/tables",
           .clock = &clock,
           .flush_bytes = 100'000,
           .disk = {.calls = &disk, .retry_interval_us = 100, .on_status = [&](const DiskStatus& status) {
                      status.waiting ? ++waits : ++ends;
                      if (status.waiting) disk.make_room(50'000);
                    }}});
      ASSERT_TRUE(store.ok()) << store.error().message();
      const Tables tables = create_tables(**store);
      for (int i = 1; i <= 100; ++i) write_one(**store, tables, i);
      ASSERT_TRUE((*store)->close().ok());
    }
    ASSERT_GT(waits, 0) << "seed " << seed;
    ASSERT_EQ(waits, ends) << "seed " << seed;
    const auto store = testing::open_store(folder.path() + "/tables", clock);
    ASSERT_EQ(write_that_everything_is_at(*store), 100) << "seed " << seed;
  }
}

TEST(DiskFullTest, SaysWhatWaitsAndWhatToDo) {
  const testing::TempFolder folder;
  const SystemClock clock;
  SmallDisk disk(0);
  std::string message;
  auto store =
      TableStore::open({.directory = folder.path() + "/tables",
                        .clock = &clock,
                        .disk = {.calls = &disk, .retry_interval_us = 100, .on_status = [&](const DiskStatus& status) {
                                   if (status.waiting) message = status.message;
                                   disk.make_room(1'000'000);
                                 }}});
  ASSERT_TRUE(store.ok());
  EXPECT_THAT(message,
              ::testing::MatchesRegex("the disk is full: .*/tables/.* waits; make room and it goes on by itself"));
}

// Knows which names of files are not on the disk yet.
class NamesDisk final : public DiskCalls {
 public:
  int create(const char* path, int flags) override {
    unsynced_.insert(path);
    return DiskCalls::create(path, flags);
  }
  int sync(int fd, bool directory) override {
    if (directory) unsynced_.clear();
    return DiskCalls::sync(fd, directory);
  }
  int rename(const char* from, const char* to) override {
    if (std::string_view(to).ends_with("/CURRENT")) {
      ++renamed;
      EXPECT_TRUE(unsynced_.empty()) << *unsynced_.begin();
    }
    return DiskCalls::rename(from, to);
  }
  int renamed = 0;

 private:
  std::set<std::string> unsynced_;
};

TEST(TableDisk, WhatANewStateLeadsToIsOnTheDiskBeforeIt) {
  const testing::TempFolder folder;
  const SystemClock clock;
  NamesDisk disk;
  for (int i = 0; i < 2; ++i) {
    const auto store = TableStore::open(
        {.directory = folder.path() + "/tables", .clock = &clock, .own_thread = false, .disk = {.calls = &disk}});
    ASSERT_TRUE(store.ok()) << store.error().message();
  }
  EXPECT_GE(disk.renamed, 2);
}

class BrokenDisk final : public DiskCalls {
 public:
  explicit BrokenDisk(bool writes) : writes_(writes) {}
  int64_t write(int fd, const char* bytes, size_t size) override {
    if (!writes_ || !broken) return DiskCalls::write(fd, bytes, size);
    errno = EIO;
    return -1;
  }
  int sync(int fd, bool directory) override {
    if (writes_ || !broken) return DiskCalls::sync(fd, directory);
    errno = EIO;
    return -1;
  }
  std::atomic<bool> broken = false;

 private:
  const bool writes_;
};

TEST_F(KillTest, AWriteOrASyncThatFailsEndsTheProcess) {
  for (const bool writes : {true, false}) {
    EXPECT_EXIT(
        {
          BrokenDisk disk(writes);
          auto store = TableStore::open(
              {.directory = fmt::format("{}/{}", folder_, writes), .clock = &clock_, .disk = {.calls = &disk}});
          const Tables tables = create_tables(**store);
          write_one(**store, tables, 1);
          disk.broken = true;
          static_cast<void>((*store)->flush());
        },
        ::testing::ExitedWithCode(74),
        "millrace: the disk has failed, so millrace stops rather than keep what may be wrong; see to the disk and "
        "start "
        "again, it recovers by itself: cannot (write|sync) .*: Input/output error");
  }
}

}  // namespace
}  // namespace millrace
