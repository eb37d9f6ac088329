// Peers that are slow, wrong or wicked: each costs the server no more than its limits say, and the next one is served.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <vector>

#include "wire/http/raw_client.h"
#include "wire/http/server.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::unique_ptr<HttpServer> serve(HttpServerLimits limits, HttpServerOptions options = {}) {
  Router router;
  router.add("GET", "/", [](IncomingRequest, std::unique_ptr<HttpReply> reply) { reply->send({.body = "fine"}); });
  router.add("POST", "/", [](IncomingRequest request, std::unique_ptr<HttpReply> reply) {
    reply->send({.body = fmt::format("{}", request.body.size())});
  });
  options.address = HttpAddress{};
  options.limits = limits;
  auto server = HttpServer::start(std::move(options), std::move(router));
  EXPECT_TRUE(server.ok());
  return std::move(server).value();
}

void expect_served(const HttpServer& server) {
  RawClient client = RawClient::connect(server.address());
  const auto answer = client.ask(kGet);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "fine");
}

TEST(HttpServerHostileTest, HeadersThatAreTooLongAreRefusedBeforeTheyEnd) {
  const auto server = serve({.header_bytes_max = 4096});
  RawClient client = RawClient::connect(server->address());
  client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
  client.send(std::string(100'000, 'x'));
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 431);
  EXPECT_EQ(answer->body, "{\"error\":\"the request's headers have more than 4096 bytes\"}\n");
  EXPECT_TRUE(client.at_end());
  expect_served(*server);
}

TEST(HttpServerHostileTest, AHeaderThatComesByteByByteIsGivenUp) {
  const auto server = serve({.request_timeout_ms = 200});
  RawClient client = RawClient::connect(server->address());
  client.send("GET / HTTP/1.1\r\nHost: local");
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
  EXPECT_EQ(answer->body, "{\"error\":\"the request was not whole within 200 ms\"}\n");
  EXPECT_TRUE(client.at_end());
}

TEST(HttpServerHostileTest, ABodyThatDoesNotComeIsGivenUp) {
  const auto server = serve({.request_timeout_ms = 200});
  RawClient client = RawClient::connect(server->address());
  const auto answer = client.ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
}

TEST(HttpServerHostileTest, AConnectionThatSaysNothingIsClosed) {
  const auto server = serve({.idle_timeout_ms = 100});
  RawClient client = RawClient::connect(server->address());
  EXPECT_TRUE(client.at_end());
  RawClient other = RawClient::connect(server->address());
  EXPECT_EQ(other.ask(kGet)->body, "fine");
  EXPECT_TRUE(other.at_end());
}

TEST(HttpServerHostileTest, APeerThatTakesNothingOfItsAnswerIsCut) {
  std::promise<Status> outcome;
  Router router;
  router.add("GET", "/", [&](IncomingRequest, std::unique_ptr<HttpReply> reply) {
    reply->begin({});
    const std::string piece(1 << 20, 'x');
    for (;;) {
      if (Status status = reply->write(piece); !status.ok()) return outcome.set_value(std::move(status));
    }
  });
  const auto server =
      HttpServer::start({.address = HttpAddress{}, .limits = {.stall_timeout_ms = 100}}, std::move(router));
  RawClient client = RawClient::connect((*server)->address());
  client.send(kGet);
  const Status status = outcome.get_future().get();
  EXPECT_EQ(status.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(status.error().message(), "answer a request: the peer has gone");
}

TEST(HttpServerHostileTest, ABodyBeyondTheLimitIsRefusedWhetherItSaysSoOrNot) {
  const auto server = serve({.body_bytes_max = 1000});
  RawClient says = RawClient::connect(server->address());
  const auto told = says.ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_EQ(told->status, 413);
  EXPECT_EQ(told->body, "{\"error\":\"the body has more than 1000 bytes\"}\n");
  RawClient hides = RawClient::connect(server->address());
  hides.send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n");
  hides.send(std::string(200'000, 'x'));
  EXPECT_EQ(hides.receive()->status, 413);
  RawClient huge = RawClient::connect(server->address());
  EXPECT_EQ(huge.ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n")->status,
            400);
  expect_served(*server);
}

TEST(HttpServerHostileTest, BodiesOfAllRequestsTogetherHaveALimit) {
  std::promise<void> running;
  std::promise<void> go_on;
  Router router;
  router.add("POST", "/", [&](IncomingRequest, std::unique_ptr<HttpReply> reply) {
    running.set_value();
    go_on.get_future().wait();
    reply->send({.body = "fine"});
  });
  const auto server =
      HttpServer::start({.address = HttpAddress{}, .limits = {.bodies_bytes_max = 1500}}, std::move(router));
  const std::string post =
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x');
  RawClient first = RawClient::connect((*server)->address());
  first.send(post);
  running.get_future().wait();
  RawClient second = RawClient::connect((*server)->address());
  const auto refused = second.ask(post);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->header("Retry-After"), "1");
  EXPECT_EQ(refused->body, "{\"error\":\"too many requests wait for their answers; try again later\"}\n");
  go_on.set_value();
  EXPECT_EQ(first.receive()->body, "fine");
}

TEST(HttpServerHostileTest, OneConnectionTooManyTakesThePlaceOfAnIdleOne) {
  const auto server = serve({.connections_max = 2});
  RawClient oldest = RawClient::connect(server->address());
  EXPECT_EQ(oldest.ask(kGet)->body, "fine");
  RawClient next = RawClient::connect(server->address());
  EXPECT_EQ(next.ask(kGet)->body, "fine");
  expect_served(*server);
  EXPECT_TRUE(oldest.at_end());
  EXPECT_EQ(next.ask(kGet)->body, "fine");
}

TEST(HttpServerHostileTest, OneConnectionTooManyIsToldSoWhenNoneIsIdle) {
  const auto server = serve({.connections_max = 2});
  std::vector<RawClient> slow;
  for (int i = 0; i < 2; ++i) {
    slow.push_back(RawClient::connect(server->address()));
    slow.back().send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
    slow.back().take(25);  // its request is known to have begun
  }
  RawClient client = RawClient::connect(server->address());
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "{\"error\":\"too many connections; try again later\"}\n");
  EXPECT_EQ(slow.front().ask("x")->body, "1");
  expect_served(*server);
}

TEST(HttpServerHostileTest, WhatIsNoRequestIsSaidToBeNone) {
  const auto server = serve({});
  const std::vector<std::string> wrong = {
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
      "GET /\r\n\r\n",
      "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
      "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: localhost\r\nBroken\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
      "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /a?b=%4 HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET * HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
  };
  for (const std::string& request : wrong) {
    RawClient client = RawClient::connect(server->address());
    const auto answer = client.ask(request);
    ASSERT_TRUE(answer) << request;
    EXPECT_EQ(answer->status, 400) << request << answer->body;
    EXPECT_THAT(answer->body, StartsWith("{\"error\":\"th"));
    EXPECT_TRUE(client.at_end()) << request;
  }
  expect_served(*server);
}

TEST(HttpServerHostileTest, APeerThatGoesInMidRequestLeavesNothingBehind) {
  const auto server = serve({.connections_max = 4});
  for (const std::string_view part : {"", "GET", "GET / HTTP/1.1\r\nHost",
                                      "POST / HTTP/1.1\r\nHost: localhost\r\n"
                                      "Content-Length: 5\r\n\r\nab",
                                      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
    RawClient client = RawClient::connect(server->address());
    client.send(part);
  }
  for (int i = 0; i < 8; ++i) expect_served(*server);
}

TEST(HttpServerHostileTest, ALoopbackServerAnswersToNoOtherName) {
  const auto server = serve({});
  for (const std::string_view host : {"localhost", "LOCALHOST:81", "127.0.0.1:9", "[::1]", "[::1]:9"}) {
    RawClient client = RawClient::connect(server->address());
    EXPECT_EQ(client.ask(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host))->status, 200) << host;
  }
  for (const std::string_view host :
       {"evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "192.168.1.1", "[::2]"}) {
    RawClient client = RawClient::connect(server->address());
    const auto answer = client.ask(fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host));
    EXPECT_EQ(answer->status, 400) << host;
    EXPECT_EQ(
        answer->body,
        fmt::format("{{\"error\":\"this server answers to localhost, 127.0.0.1 and [::1], not to '{}'\"}}\n", host));
  }
  const auto open = serve({}, {.any_host = true});
  RawClient client = RawClient::connect(open->address());
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: gate.example\r\n\r\n")->status, 200);
}

TEST(HttpServerHostileTest, APageOfTheWebMayNotAskALoopbackServer) {
  const auto server = serve({});
  RawClient local = RawClient::connect(server->address());
  EXPECT_EQ(local.ask("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:8090\r\n\r\n")->status, 200);
  const auto answer = local.ask(
      "POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n"
      "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(answer->body, "{\"error\":\"pages of https://evil.example may not ask this server\"}\n");
  const auto open = serve({}, {.any_origin = true});
  RawClient client = RawClient::connect(open->address());
  EXPECT_EQ(client.ask("GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://any.example\r\n\r\n")->status, 200);
}

TEST(HttpServerHostileTest, WhatAHandlerPutsIntoAHeaderCannotBeginAnother) {
  Router router;
  router.add("GET", "/{name}", [](IncomingRequest request, std::unique_ptr<HttpReply> reply) {
    reply->send({.headers = {{"X-Name", request.named("name")}}});
  });
  const auto server = HttpServer::start({.address = HttpAddress{}}, std::move(router));
  RawClient client = RawClient::connect((*server)->address());
  const auto answer = client.ask("GET /a%0D%0ASet-Cookie:%20b HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(answer->header("X-Name"), "a  Set-Cookie: b");
  EXPECT_EQ(answer->header("Set-Cookie"), "");
}

}  // namespace
}  // namespace millrace
