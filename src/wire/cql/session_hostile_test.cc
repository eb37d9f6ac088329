// The client against servers that answer wrongly, late or not at all: clear errors, bounded memory, no hang.
#include "wire/cql/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include <fmt/format.h>

#include "wire/cql/fake_node.h"

namespace millrace::cql {
namespace {

using testing::HasSubstr;

SessionOptions options_of(const FakeNode& node) {
  return {.hosts = {{.host = "127.0.0.1", .port = node.port()}},
          .connections_per_node = 1,
          .connect_timeout_us = 300'000,
          .request_timeout_us = 300'000};
}

Patience for_ms(int64_t ms) { return {.limit_us = ms * 1'000}; }
Patience long_enough() { return for_ms(20'000); }

std::string error_of(FakeNode::Answers answers, SessionOptions (*options)(const FakeNode&) = options_of) {
  const FakeNode node(std::move(answers));
  const auto session = Session::start(options(node));
  const auto answer = session->query("SELECT 1", {}, for_ms(400));
  return answer.ok() ? "no error" : answer.error().message();
}

std::unique_ptr<BoundRows> rows(int count) {
  auto bound = std::make_unique<BoundRows>();
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<uint32_t>(bound->values.size());
    append_bytes(std::to_string(i), bound->values);
    bound->rows.push_back(
        {.at = at, .bytes = static_cast<uint32_t>(bound->values.size() - at), .token = token_of(std::to_string(i))});
  }
  return bound;
}

// Writes rows to a node that answers to EXECUTE as told; the error, or "all written N" with how often it was executed.
std::string outcome_of_writing(FakeNode::Answers answers, int count, const Patience& patience) {
  const FakeNode node(std::move(answers));
  const auto session = Session::start(options_of(node));
  const auto prepared = session->prepare("INSERT INTO ks.t (k) VALUES (?)", long_enough());
  if (!prepared.ok()) return prepared.error().message();
  const auto writer = session->writer(*prepared, {});
  Status status = writer->append(rows(count), patience);
  if (status.ok()) status = writer->settle(patience);
  return status.ok() ? fmt::format("all written {}", node.executed()) : status.error().message();
}

TEST(HostileServer, ThatIsAGoodOneIsBelieved) {
  EXPECT_EQ(error_of([](const Frame&) { return std::nullopt; }), "no error");
  EXPECT_EQ(outcome_of_writing([](const Frame&) { return std::nullopt; }, 2'000, long_enough()), "all written 2000");
}

TEST(HostileServer, ThatSpeaksHttpIsNamed) {
  EXPECT_THAT(error_of([](const Frame&) { return "HTTP/1.1 400 Bad Request\r\n\r\n"; }),
              HasSubstr("a frame begins with the byte 0x48, which is no answer"));
}

TEST(HostileServer, ThatSaysNothingIsGivenUp) {
  EXPECT_THAT(error_of([](const Frame&) { return ""; }), HasSubstr("no answer within 300 ms while greeting"));
}

TEST(HostileServer, ThatHangsUpIsTriedAgainAndSaid) {
  EXPECT_THAT(error_of([](const Frame&) { return std::string(FakeNode::kClose); }),
              HasSubstr("the server has closed the connection"));
}

TEST(HostileServer, ThatClaimsHugeLengthsCostsNothing) {
  EXPECT_THAT(error_of([](const Frame& request) -> std::optional<std::string> {
                if (request.header.opcode != Opcode::kQuery) return std::nullopt;
                return std::string("\x84\x00\x00\x00\x08\x7f\xff\xff\xff", 9);
              }),
              HasSubstr("a frame claims 2147483647 bytes; 67108864 at most"));
}

TEST(HostileServer, ThatCutsAnswersShortIsNamed) {
  EXPECT_THAT(error_of([](const Frame& request) -> std::optional<std::string> {
                if (request.header.opcode != Opcode::kQuery) return std::nullopt;
                std::string body;
                append_be(int32_t{2}, body);
                append_be(int32_t{0}, body);
                append_be(int32_t{5}, body);
                return FakeNode::frame(Opcode::kResult, request.header.stream, body);
              }),
              HasSubstr("an answer is cut short, or has a length that cannot be"));
}

TEST(HostileServer, ThatAnswersWhatWasNotAskedIsCutOff) {
  EXPECT_THAT(error_of([](const Frame& request) -> std::optional<std::string> {
                if (request.header.opcode != Opcode::kQuery) return std::nullopt;
                return FakeNode::void_result(977);
              }),
              HasSubstr("an answer is for stream 977, on which nothing was asked"));
}

TEST(HostileServer, ThatKnowsNobodyStopsAtOnce) {
  EXPECT_THAT(error_of([](const Frame& request) -> std::optional<std::string> {
                if (request.header.version != 4) return std::nullopt;
                std::string body;
                append_string("org.apache.cassandra.auth.PasswordAuthenticator", body);
                return FakeNode::frame(Opcode::kAuthenticate, request.header.stream, body);
              }),
              HasSubstr("the server asks who we are; say `user` and `password`"));
}

TEST(HostileServer, ThatRefusesAPasswordIsQuotedWithoutIt) {
  const std::string error = error_of(
      [](const Frame& request) -> std::optional<std::string> {
        if (request.header.opcode == Opcode::kAuthResponse) {
          return FakeNode::error(request.header.stream, ErrorKind::kAuthentication, "bad credentials");
        }
        if (request.header.version != 4) return std::nullopt;
        std::string body;
        append_string("PasswordAuthenticator", body);
        return FakeNode::frame(Opcode::kAuthenticate, request.header.stream, body);
      },
      [](const FakeNode& node) {
        SessionOptions options = options_of(node);
        options.user = "mill";
        options.password = "not-to-be-seen";
        return options;
      });
  EXPECT_THAT(error, HasSubstr("user 'mill' is not let in: bad credentials"));
  EXPECT_THAT(error, testing::Not(HasSubstr("not-to-be-seen")));
}

TEST(HostileServer, WhoseWritesTimeOutGetsThemAgain) {
  std::atomic<int> left = 300;
  const std::string outcome = outcome_of_writing(
      [&](const Frame& request) -> std::optional<std::string> {
        if (request.header.opcode != Opcode::kExecute || left-- <= 0) return std::nullopt;
        return FakeNode::write_timeout(request.header.stream);
      },
      1'000, long_enough());
  EXPECT_EQ(outcome, "all written 1300");
}

TEST(HostileServer, ThatForgetsItsStatementsIsToldThemAgain) {
  std::atomic<int> left = 5;
  const std::string outcome = outcome_of_writing(
      [&](const Frame& request) -> std::optional<std::string> {
        if (request.header.opcode != Opcode::kExecute || left-- <= 0) return std::nullopt;
        std::string id;
        append_string("id", id);
        return FakeNode::error(request.header.stream, ErrorKind::kUnprepared, "unknown", id);
      },
      100, long_enough());
  EXPECT_EQ(outcome, "all written 105");
}

TEST(HostileServer, ThatHangsUpUnderLoadLosesNothing) {
  std::atomic<int> answered = 0;
  const std::string outcome = outcome_of_writing(
      [&](const Frame& request) -> std::optional<std::string> {
        if (request.header.opcode != Opcode::kExecute || ++answered % 400 != 0) return std::nullopt;
        return std::string(FakeNode::kClose);
      },
      1'000, long_enough());
  EXPECT_THAT(outcome, HasSubstr("all written"));
}

TEST(HostileServer, ThatRefusesARowForGoodStopsTheWriter) {
  EXPECT_THAT(outcome_of_writing(
                  [](const Frame& request) -> std::optional<std::string> {
                    if (request.header.opcode != Opcode::kExecute) return std::nullopt;
                    return FakeNode::error(request.header.stream, ErrorKind::kUnauthorized, "no MODIFY permission");
                  },
                  10, long_enough()),
              HasSubstr("not authorised: no MODIFY permission"));
}

TEST(HostileServer, ThatFallsSilentUnderLoadIsWaitedForAndSaid) {
  std::string said;
  Patience patience = for_ms(2'500);
  patience.waiting = [&](const std::string& why) {
    if (!why.empty()) said = why;
  };
  const std::string outcome = outcome_of_writing(
      [](const Frame& request) -> std::optional<std::string> {
        if (request.header.opcode != Opcode::kExecute) return std::nullopt;
        return "";
      },
      10, patience);
  EXPECT_THAT(outcome, HasSubstr("no answer within 300 ms"));
  EXPECT_EQ(said, outcome);
}

TEST(HostileServer, IsNotWaitedForWhenItIsTimeToStop) {
  Patience patience = long_enough();
  std::atomic<int> asked = 0;
  patience.stopping = [&] { return ++asked > 3; };
  const FakeNode node([](const Frame&) { return ""; });
  const auto session = Session::start(options_of(node));
  const auto answer = session->query("SELECT 1", {}, patience);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace millrace::cql
