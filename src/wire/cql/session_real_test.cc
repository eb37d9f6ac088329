// The client against a real server: MILLRACE_CASSANDRA has its address, MILLRACE_CASSANDRA_LOGIN perhaps user:password
// (tests/real/cassandra/run.sh starts one).
#include "wire/cql/session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "data/cql/bytes.h"
#include "data/cql/value.h"
#include "wire/cql/body.h"

namespace millrace::cql {
namespace {

class RealServer : public testing::Test {
 protected:
  void SetUp() override {
    const char* address = std::getenv("MILLRACE_CASSANDRA");
    if (address == nullptr) GTEST_SKIP() << "MILLRACE_CASSANDRA names no server";
    const std::string_view text = address;
    const size_t colon = text.rfind(':');
    ASSERT_NE(colon, std::string_view::npos);
    host_.host = text.substr(0, colon);
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), host_.port);
  }

  SessionOptions options() const {
    SessionOptions options{.hosts = {host_}};
    const char* login = std::getenv("MILLRACE_CASSANDRA_LOGIN");
    if (login == nullptr) return options;
    const std::string_view text = login;
    const size_t colon = text.find(':');
    options.user = text.substr(0, colon);
    options.password = text.substr(std::min(colon, text.size() - 1) + 1);
    return options;
  }

  static constexpr int64_t kPatienceUs = 20'000'000;
  static Patience patience() { return {.limit_us = kPatienceUs}; }

  static std::shared_ptr<Session> with_table(SessionOptions options, const std::string& table) {
    auto session = Session::start(std::move(options));
    for (const std::string& statement :
         {std::string("CREATE KEYSPACE IF NOT EXISTS real_session WITH replication = {'class': 'SimpleStrategy', "
                      "'replication_factor': 1}"),
          fmt::format("DROP TABLE IF EXISTS real_session.{}", table),
          fmt::format("CREATE TABLE real_session.{} (k text PRIMARY KEY, v int)", table)}) {
      const auto answer = session->query(statement, {}, patience());
      EXPECT_TRUE(answer.ok()) << answer.error().message();
    }
    return session;
  }

  static std::unique_ptr<BoundRows> rows(int from, int until, int64_t stamp) {
    auto bound = std::make_unique<BoundRows>();
    for (int i = from; i < until; ++i) {
      const std::string key = fmt::format("key {}", i);
      const auto at = static_cast<uint32_t>(bound->values.size());
      append_bytes(key, bound->values);
      append_be(int32_t{4}, bound->values);
      append_be(static_cast<int32_t>(i), bound->values);
      append_be(int32_t{8}, bound->values);
      append_be(stamp, bound->values);
      bound->rows.push_back(
          {.at = at, .bytes = static_cast<uint32_t>(bound->values.size() - at), .token = token_of(key)});
    }
    return bound;
  }

  static int64_t count(Session& session, const std::string& table) {
    int64_t rows = 0;
    int64_t sum = 0;
    const auto status = session.select(fmt::format("SELECT v FROM real_session.{}", table), {.page_rows = 1'000},
                                       patience(), [&](const RowsAnswer& page) -> Status {
                                         RowValues values(page);
                                         for (size_t row = 0; row < page.rows; ++row) {
                                           sum += read_be<int32_t>(*values.next());
                                           ++rows;
                                         }
                                         return {};
                                       });
    EXPECT_TRUE(status.ok()) << status.error().message();
    EXPECT_EQ(sum, rows * (rows - 1) / 2);
    return rows;
  }

  static void write_and_count(SessionOptions options, const std::string& table) {
    const auto session = with_table(std::move(options), table);
    const auto prepared = session->prepare(
        fmt::format("INSERT INTO real_session.{} (k, v) VALUES (?, ?) USING TIMESTAMP ?", table), patience());
    ASSERT_TRUE(prepared.ok()) << prepared.error().message();
    EXPECT_EQ((*prepared)->answer.partition_key, std::vector<uint16_t>{0});
    const auto writer = session->writer(*prepared, {});
    for (int from = 0; from < 20'000; from += 500) {
      const auto status = writer->append(rows(from, from + 500, 1'000), patience());
      ASSERT_TRUE(status.ok()) << status.error().message();
    }
    const auto settled = writer->settle(patience());
    ASSERT_TRUE(settled.ok()) << settled.error().message();
    EXPECT_EQ(writer->counts().rows, 20'000U);
    EXPECT_EQ(count(*session, table), 20'000);
  }

  Endpoint host_;
};

TEST_F(RealServer, WritesRowsAndReadsThemBackByPages) { write_and_count(options(), "plain"); }

TEST_F(RealServer, DoesTheSameWithLz4) {
  SessionOptions with = options();
  with.compression = Compression::kLz4;
  write_and_count(with, "packed");
}

TEST_F(RealServer, SaysWhatIsWrongWithAStatement) {
  const auto session = with_table(options(), "wrong");
  const auto answer = session->query("SELECT nothing FROM real_session.wrong", {}, patience());
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(answer.error().message().find("Undefined column name nothing"), std::string::npos);
}

TEST_F(RealServer, GivesUpWhenTheTableIsDroppedUnderIt) {
  const auto session = with_table(options(), "dropped");
  const auto prepared =
      session->prepare("INSERT INTO real_session.dropped (k, v) VALUES (?, ?) USING TIMESTAMP ?", patience());
  ASSERT_TRUE(prepared.ok());
  const auto writer = session->writer(*prepared, {});
  ASSERT_TRUE(writer->append(rows(0, 100, 1), patience()).ok());
  ASSERT_TRUE(writer->settle(patience()).ok());
  ASSERT_TRUE(session->query("DROP TABLE real_session.dropped", {}, patience()).ok());
  ASSERT_TRUE(writer->append(rows(100, 200, 1), patience()).ok());
  const auto settled = writer->settle(patience());
  ASSERT_FALSE(settled.ok());
  EXPECT_EQ(settled.error().code(), ErrorCode::kInvalidArgument) << settled.error().message();
}

TEST_F(RealServer, KnowsTheTokensThatTheServerComputes) {
  const auto session = with_table(options(), "tokens");
  const auto prepared =
      session->prepare("INSERT INTO real_session.tokens (k, v) VALUES (?, ?) USING TIMESTAMP ?", patience());
  ASSERT_TRUE(prepared.ok());
  const auto writer = session->writer(*prepared, {});
  ASSERT_TRUE(writer->append(rows(0, 300, 1), patience()).ok());
  ASSERT_TRUE(writer->settle(patience()).ok());
  const auto status = session->select("SELECT k, token(k) FROM real_session.tokens", {}, patience(),
                                      [](const RowsAnswer& page) -> Status {
                                        RowValues values(page);
                                        for (size_t row = 0; row < page.rows; ++row) {
                                          const auto key = values.next();
                                          EXPECT_EQ(token_of(*key), read_be<int64_t>(*values.next()));
                                        }
                                        return {};
                                      });
  EXPECT_TRUE(status.ok());
}

TEST_F(RealServer, SaysWhichDatacentersThereAre) {
  SessionOptions with = options();
  with.datacenter = "nowhere";
  const auto session = Session::start(with);
  const auto answer = session->query("SELECT key FROM system.local", {}, patience());
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().message().find("there is no datacenter 'nowhere'; the cluster has: "), std::string::npos);
}

}  // namespace
}  // namespace millrace::cql
