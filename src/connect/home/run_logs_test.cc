#include "connect/home/run_logs.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "store/tables/tables_testing.h"

namespace millrace {
namespace {

constexpr int64_t kNoon = 1'795'262'400'000'000;

class RunLogsTest : public ::testing::Test {
 protected:
  RunLogsTest() : clock_(kNoon), files_(real_file_system()) { reopen(); }

  void reopen() {
    logs_.reset();
    topics_.reset();
    auto topics = TopicStore::open({.directory = folder_.path() + "/topics"}, *files_, clock_);
    ASSERT_TRUE(topics.ok()) << topics.error().message();
    topics_ = std::move(*topics);
    auto logs = RunLogs::open(*topics_, clock_);
    ASSERT_TRUE(logs.ok()) << logs.error().message();
    logs_ = std::move(*logs);
  }
  std::string read(const LogQuery& query) const {
    LogReader reader(*topics_, query);
    std::string all;
    while (true) {
      const auto lines = reader.next();
      EXPECT_TRUE(lines.ok());
      if (!lines.ok() || lines->empty()) return all;
      for (const LogLine& line : *lines) all += line.text + "\n";
    }
  }

  testing::TempFolder folder_;
  ManualClock clock_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<TopicStore> topics_;
  std::unique_ptr<RunLogs> logs_;
};

TEST_F(RunLogsTest, KeepsEveryAttemptsLinesOverARestart) {
  logs_->add({.flow = "users.ingest",
              .run = "users.ingest@2026-11-21T10:05:00Z",
              .attempt = 1,
              .problem = true,
              .text = "the API is away"});
  logs_->add({.flow = "users.ingest", .run = "users.ingest@2026-11-21T10:05:00Z", .attempt = 2, .text = "succeeded"});
  reopen();
  LogReader reader(*topics_, {.flow = "ingest"});
  const auto lines = reader.next();
  ASSERT_TRUE(lines.ok());
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ((*lines)[0].at_us, kNoon);
  EXPECT_EQ((*lines)[0].flow, "users.ingest");
  EXPECT_EQ((*lines)[0].run, "users.ingest@2026-11-21T10:05:00Z");
  EXPECT_EQ((*lines)[0].attempt, 1);
  EXPECT_TRUE((*lines)[0].problem);
  EXPECT_EQ((*lines)[1].attempt, 2);
  EXPECT_FALSE((*lines)[1].problem);
}

TEST_F(RunLogsTest, GivesTheLinesOfAFlowOrOfARun) {
  logs_->add({.flow = "users.ingest", .run = "users.ingest@2026-11-21T10:05:00Z", .text = "one"});
  logs_->add({.flow = "users.store", .text = "two"});
  ASSERT_TRUE(logs_->flush().ok());
  logs_->add({.flow = "users.ingest", .run = "users.ingest@2026-11-21T10:06:00Z", .text = "three"});
  ASSERT_TRUE(logs_->flush().ok());
  EXPECT_EQ(read({}), "one\ntwo\nthree\n");
  EXPECT_EQ(read({.flow = "users.ingest"}), "one\nthree\n");
  EXPECT_EQ(read({.flow = "store"}), "two\n");
  EXPECT_EQ(read({.run = "users.ingest@2026-11-21T10:06:00Z"}), "three\n");
  EXPECT_EQ(read({.run = "ingest@2026-11-21T10:06:00Z"}), "three\n");
  EXPECT_EQ(read({.flow = "tore"}), "");
}

TEST_F(RunLogsTest, AReaderGoesOnWhenMoreComes) {
  LogReader reader(*topics_, {});
  EXPECT_TRUE(reader.next()->empty());
  logs_->add({.flow = "f", .text = "now"});
  ASSERT_TRUE(logs_->flush().ok());
  EXPECT_TRUE(*reader.wait(10'000));
  EXPECT_EQ(reader.next()->at(0).text, "now");
  EXPECT_TRUE(reader.next()->empty());
}

TEST_F(RunLogsTest, LinesBeyondTheLimitAreLostAndCounted) {
  for (size_t i = 0; i < kLogLinesWaitingMax + 3; ++i) logs_->add({.flow = "f", .text = "x"});
  ASSERT_TRUE(logs_->flush().ok());
  const std::string all = read({});
  EXPECT_TRUE(all.ends_with("3 lines were lost: more than 10000 were to be written at once\n")) << all.size();
  logs_->add({.flow = "f", .text = std::string(kLogLineBytesMax + 1, 'y')});
  ASSERT_TRUE(logs_->flush().ok());
  EXPECT_TRUE(read({}).ends_with(std::string(kLogLineBytesMax, 'y') + "\n"));
}

}  // namespace
}  // namespace millrace
