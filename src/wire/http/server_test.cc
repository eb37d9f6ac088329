#include "wire/http/server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include "wire/http/raw_client.h"

namespace millrace {
namespace {

using testing::HasSubstr;

constexpr std::string_view kGet = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

void add_hello(Router& router) {
  router.add("GET", "/hello", [](IncomingRequest request, std::unique_ptr<HttpReply> reply) {
    const std::string whom(request.parameter("whom").value_or("world"));
    reply->send({.content_type = "text/plain", .body = "hello " + whom});
  });
  router.add("POST", "/echo", [](IncomingRequest request, std::unique_ptr<HttpReply> reply) {
    reply->send({.content_type = "text/plain", .body = std::move(request.body)});
  });
}

std::unique_ptr<HttpServer> serve(Router router, HttpServerLimits limits = {}) {
  auto server = HttpServer::start({.address = HttpAddress{}, .limits = limits}, std::move(router));
  EXPECT_TRUE(server.ok()) << (server.ok() ? "" : server.error().message());
  return std::move(server).value();
}

std::unique_ptr<HttpServer> serve_hello(HttpServerLimits limits = {}) {
  Router router;
  add_hello(router);
  return serve(std::move(router), limits);
}

// A directory of its own for each test.
class Directory {
 public:
  Directory() {
    std::string name = testing::TempDir() + "millrace_http_XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  std::string at(std::string_view name) const { return fmt::format("{}/{}", path_, name); }

 private:
  std::string path_;
};

TEST(HttpServerTest, AnswersRequestsOneAfterTheOtherOnOneConnection) {
  const auto server = serve_hello();
  RawClient client = RawClient::connect(server->address());
  for (const std::string whom : {"Ada", "Käthe"}) {
    const auto answer = client.ask("GET /hello?whom=" + whom + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "hello " + whom);
    EXPECT_EQ(answer->header("Content-Type"), "text/plain");
    EXPECT_EQ(answer->header("Connection"), "keep-alive");
    EXPECT_EQ(answer->header("Server"), "millrace");
    EXPECT_THAT(answer->header("Date"), HasSubstr(" GMT"));
  }
}

TEST(HttpServerTest, AnswersRequestsThatWereSentAtOnceInTheirOrder) {
  const auto server = serve_hello();
  RawClient client = RawClient::connect(server->address());
  client.send(
      "GET /hello?whom=a HTTP/1.1\r\nHost: localhost\r\n\r\nPOST /echo HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Length: 1\r\n\r\nbGET /hello?whom=c HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive()->body, "hello a");
  EXPECT_EQ(client.receive()->body, "b");
  EXPECT_EQ(client.receive()->body, "hello c");
  EXPECT_TRUE(client.at_end());
}

TEST(HttpServerTest, SaysWhatThereIsWhenPathOrMethodAreWrong) {
  const auto server = serve_hello();
  RawClient client = RawClient::connect(server->address());
  const auto missing = client.ask("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(missing->body, "{\"error\":\"there is nothing at /nothing\"}\n");
  RawClient other = RawClient::connect(server->address());
  const auto wrong = other.ask("PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->header("Allow"), "POST");
  EXPECT_EQ(wrong->body, "{\"error\":\"/echo takes POST, not PUT\"}\n");
}

TEST(HttpServerTest, AnswersHeadWithTheHeadersOfGet) {
  const auto server = serve_hello();
  RawClient client = RawClient::connect(server->address());
  client.send("HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.receive(true)->header("Content-Length"), "11");
  EXPECT_EQ(client.ask(kGet)->body, "hello world");
}

TEST(HttpServerTest, TakesBodiesInChunksAndBodiesThatWaitForAWord) {
  const auto server = serve_hello();
  RawClient client = RawClient::connect(server->address());
  const auto chunked = client.ask(
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
  EXPECT_EQ(chunked->body, "abcdefg");
  client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.take(25), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.ask("xy")->body, "xy");
}

TEST(HttpServerTest, StreamsToAPeerAsFastAsItTakes) {
  constexpr size_t kPieces = 200;
  std::atomic<size_t> written = 0;
  Router router;
  router.add("GET", "/stream", [&](IncomingRequest, std::unique_ptr<HttpReply> reply) {
    reply->begin({.content_type = "text/plain"});
    for (size_t i = 0; i < kPieces; ++i) {
      ASSERT_TRUE(reply->write(std::string(100'000, static_cast<char>('a' + i % 26))).ok());
      ++written;
    }
    reply->end();
  });
  const auto server = serve(std::move(router), {.stream_bytes_max = 100'000});
  RawClient client = RawClient::connect(server->address());
  client.send("GET /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string first = client.take(10);
  EXPECT_LT(written.load(), kPieces);  // 20 MB fit into no buffer between the two
  EXPECT_EQ(first, "HTTP/1.1 2");
  size_t bytes = 0;
  std::string last;
  for (std::string piece = client.take(1 << 20); !piece.empty(); piece = client.take(1 << 20)) {
    bytes += piece.size();
    last = std::move(piece);
  }
  EXPECT_TRUE(last.ends_with("\r\n0\r\n\r\n"));
  EXPECT_EQ(written.load(), kPieces);
  EXPECT_GT(bytes, kPieces * 100'000);
}

TEST(HttpServerTest, AStreamThatIsGivenUpNeverLooksWhole) {
  Router router;
  router.add("GET", "/broken",
             [](IncomingRequest, std::unique_ptr<HttpReply> reply) { reply->begin({.body = "half"}); });
  router.add("GET", "/dropped", [](IncomingRequest, std::unique_ptr<HttpReply>) {});
  const auto server = serve(std::move(router));
  RawClient client = RawClient::connect(server->address());
  const auto broken = client.ask("GET /broken HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(broken->status, 200);
  EXPECT_EQ(broken->body, "half");
  EXPECT_FALSE(broken->whole);
  RawClient other = RawClient::connect(server->address());
  const auto dropped = other.ask("GET /dropped HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(dropped->status, 500);
  EXPECT_EQ(dropped->body, "{\"error\":\"the request was dropped\"}\n");
}

TEST(HttpServerTest, AReplyCanBeKeptAndAnsweredByAnotherThread) {
  std::promise<std::unique_ptr<HttpReply>> kept;
  Router router;
  router.add("GET", "/later",
             [&](IncomingRequest, std::unique_ptr<HttpReply> reply) { kept.set_value(std::move(reply)); });
  const auto server = serve(std::move(router));
  RawClient client = RawClient::connect(server->address());
  client.send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto reply = kept.get_future().get();
  EXPECT_TRUE(reply->wanted());
  reply->send({.status = 202, .content_type = "", .body = "done"});
  const auto answer = client.receive();
  EXPECT_EQ(answer->status, 202);
  EXPECT_EQ(answer->body, "done");
  EXPECT_EQ(answer->header("Content-Type"), "");
}

TEST(HttpServerTest, AHandlerHearsThatItsPeerHasGone) {
  std::promise<void> running;
  std::promise<void> heard;
  Router router;
  router.add("GET", "/wait", [&](IncomingRequest, std::unique_ptr<HttpReply> reply) {
    reply->begin({.body = "first"});
    running.set_value();
    while (reply->wanted()) std::this_thread::yield();
    heard.set_value();
  });
  const auto server = serve(std::move(router));
  RawClient client = RawClient::connect(server->address());
  client.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
  running.get_future().wait();
  client.close();
  heard.get_future().wait();
}

TEST(HttpServerTest, APeerThatHasFinishedSendingStillGetsItsAnswer) {
  const auto server = serve_hello();
  RawClient client = RawClient::connect(server->address());
  client.send(kGet);
  client.finish_sending();
  EXPECT_EQ(client.receive()->body, "hello world");
  EXPECT_TRUE(client.at_end());
}

TEST(HttpServerTest, ServesASocketFileThatNobodyElseMayOpen) {
  const Directory directory;
  const std::string path = directory.at("socket");
  Router router;
  add_hello(router);
  {
    auto server = HttpServer::start({.unix_path = path}, std::move(router));
    ASSERT_TRUE(server.ok()) << server.error().message();
    struct stat there {};
    ASSERT_EQ(stat(path.c_str(), &there), 0);
    EXPECT_EQ(there.st_mode & 0777U, 0600U);
    RawClient client = RawClient::connect(path);
    EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: whatever\r\n\r\n")->body, "hello world");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(HttpServerTest, ASocketFileOfADeadProcessIsReplacedAndALiveOneIsNot) {
  const Directory directory;
  const std::string path = directory.at("socket");
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    const int abandoned = socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(bind(abandoned, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    close(abandoned);
  }
  auto first = HttpServer::start({.unix_path = path}, {});
  ASSERT_TRUE(first.ok()) << first.error().message();
  auto second = HttpServer::start({.unix_path = path}, {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(second.error().message(), fmt::format("cannot listen on {}: another process listens there", path));
}

TEST(HttpServerTest, SaysWhyItCannotListen) {
  const Directory directory;
  const auto first = serve_hello();
  auto taken = HttpServer::start({.address = first->address()}, {});
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(
      taken.error().message(),
      fmt::format("cannot listen on {}: another program listens there; choose another port", first->address().text()));
  auto foreign = HttpServer::start({.address = HttpAddress{.host = "192.0.2.1"}}, {});
  ASSERT_FALSE(foreign.ok());
  EXPECT_EQ(foreign.error().message(), "cannot listen on 192.0.2.1:0: Cannot assign requested address");
  const std::string path = directory.at(std::string(120, 'x'));
  auto lengthy = HttpServer::start({.unix_path = path}, {});
  ASSERT_FALSE(lengthy.ok());
  EXPECT_EQ(lengthy.error().message(),
            fmt::format("cannot listen on {}: the path of a socket has at most 107 bytes, and this one has {}", path,
                        path.size()));
  std::filesystem::create_directory(directory.at("folder"));
  auto folder = HttpServer::start({.unix_path = directory.at("folder")}, {});
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().message(),
            fmt::format("cannot listen on {}: there is a file that is no socket", directory.at("folder")));
}

TEST(HttpServerTest, StoppingLetsWhatRunsEnd) {
  std::promise<void> running;
  std::promise<void> go_on;
  Router router;
  router.add("GET", "/slow", [&](IncomingRequest, std::unique_ptr<HttpReply> reply) {
    running.set_value();
    go_on.get_future().wait();
    reply->send({.body = "in time"});
  });
  const auto server = serve(std::move(router));
  RawClient idle = RawClient::connect(server->address());
  RawClient busy = RawClient::connect(server->address());
  busy.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  running.get_future().wait();
  std::thread stopping([&] { server->stop(); });
  EXPECT_TRUE(idle.at_end());
  go_on.set_value();
  const auto answer = busy.receive();
  stopping.join();
  EXPECT_EQ(answer->body, "in time");
  EXPECT_EQ(answer->header("Connection"), "keep-alive");
  EXPECT_TRUE(busy.at_end());
}

TEST(HttpServerTest, StoppingCutsWhatDoesNotEnd) {
  std::promise<void> running;
  Router router;
  router.add("GET", "/endless", [&](IncomingRequest, std::unique_ptr<HttpReply> reply) {
    reply->begin({});
    running.set_value();
    while (reply->write("and on").ok()) {
    }
  });
  const auto server = serve(std::move(router), {.drain_timeout_ms = 1});
  RawClient client = RawClient::connect(server->address());
  client.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
  running.get_future().wait();
  server->stop();
  const auto answer = client.receive();
  EXPECT_TRUE(!answer || !answer->whole);
}

TEST(HttpServerTest, AReplyMayOutliveTheServer) {
  std::promise<std::unique_ptr<HttpReply>> kept;
  Router router;
  router.add("GET", "/later",
             [&](IncomingRequest, std::unique_ptr<HttpReply> reply) { kept.set_value(std::move(reply)); });
  auto server = serve(std::move(router), {.drain_timeout_ms = 1});
  RawClient client = RawClient::connect(server->address());
  client.send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto reply = kept.get_future().get();
  server.reset();
  EXPECT_FALSE(reply->wanted());
  reply->begin({});
  EXPECT_EQ(reply->write("x").error().code(), ErrorCode::kCancelled);
  EXPECT_FALSE(client.receive());
}

}  // namespace
}  // namespace millrace
