#include "wire/http/client.h"

#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/http/server_testing.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr int64_t kSoonUs = 50'000;

std::string gzip(const std::string& text) {
  z_stream stream = {};
  constexpr int kGzip = 16 + MAX_WBITS;
  MILLRACE_ASSERT(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib's own type
  stream.avail_in = static_cast<unsigned>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<unsigned>(out.size());
  MILLRACE_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Answers every request of a connection with the same bytes.
TestServer::Handler always(std::string answer) {
  return [answer = std::move(answer)](TestConnection& connection) {
    while (!connection.read_request().empty()) connection.write(answer);
  };
}

// Answers one request, and hangs up.
TestServer::Handler once(std::string answer) {
  return [answer = std::move(answer)](TestConnection& connection) {
    connection.read_request();
    connection.write(answer);
  };
}

std::string ok_answer(const std::string& body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

std::string redirect_answer(std::string_view status, std::string_view to) {
  return fmt::format("HTTP/1.1 {}\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", status, to);
}

class HttpClientTest : public testing::Test {
 protected:
  Result<HttpResponse> send(const HttpRequest& request) { return client_->send(request); }
  std::string directory() {
    if (directory_.empty()) {
      directory_ = testing::TempDir() + "client-XXXXXX";
      MILLRACE_ASSERT(::mkdtemp(directory_.data()) != nullptr, directory_);
    }
    return directory_;
  }
  ~HttpClientTest() override {
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  std::unique_ptr<HttpClient> client_ = real_http_client();
  std::string directory_;
};

TEST_F(HttpClientTest, SendsMethodHeadersAndBodyAndGivesTheAnswer) {
  std::string seen;
  const TestServer server([&](TestConnection& connection) {
    seen = connection.read_request();
    connection.answer("201 Created", "X-Answer: yes\r\nEmpty:\r\n", "done");
  });
  const auto response = send({.method = "POST",
                              .url = server.url("/things?a=b"),
                              .headers = {{"Content-Type", "application/json"}, {"X-Nothing", ""}},
                              .body = "{}"});
  ASSERT_TRUE(response.ok()) << response.error().message();
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "done");
  ASSERT_NE(find_header(response->headers, "x-answer"), nullptr);
  EXPECT_EQ(*find_header(response->headers, "X-ANSWER"), "yes");
  EXPECT_EQ(*find_header(response->headers, "empty"), "");
  EXPECT_THAT(seen, StartsWith("POST /things?a=b HTTP/1.1\r\n"));
  EXPECT_THAT(
      seen, AllOf(HasSubstr("Content-Type: application/json\r\n"), HasSubstr("X-Nothing:\r\n"),
                  HasSubstr("User-Agent: millrace\r\n"), HasSubstr("Content-Length: 2\r\n"), Not(HasSubstr("Expect"))));
  EXPECT_TRUE(seen.ends_with("\r\n\r\n{}"));
}

TEST_F(HttpClientTest, KeepsItsConnectionFromRequestToRequest) {
  std::atomic<int> connections = 0;
  const TestServer server([&](TestConnection& connection) {
    ++connections;
    while (!connection.read_request().empty()) connection.answer("200 OK", "", "again");
  });
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(send({.url = server.url("/")}).ok());
  EXPECT_EQ(connections, 1);
}

TEST_F(HttpClientTest, AsksOverAUnixSocketAndTakesTheBodyAsItComes) {
  const std::string path = directory() + "/socket";
  std::atomic<int> taken = 0;
  const TestServer server(
      [&](TestConnection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
        while (taken == 0) std::this_thread::yield();  // the second piece is sent once the first one has arrived
        connection.write("3\r\ntwo\r\n0\r\n\r\n");
      },
      {.unix_socket = path});
  std::vector<std::string> pieces;
  const auto response =
      send({.url = "http://localhost/log", .unix_socket = path, .on_body = [&](std::string_view bytes) -> Status {
              pieces.emplace_back(bytes);
              ++taken;
              return {};
            }});
  ASSERT_TRUE(response.ok()) << response.error().message();
  EXPECT_THAT(pieces, testing::ElementsAre("one", "two"));
  EXPECT_EQ(response->body, "");
}

TEST_F(HttpClientTest, GivesTheBodyOfARefusalBackEvenIfSomebodyTakesBodiesAsTheyCome) {
  const TestServer server(always("HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\n\r\nbusy"));
  const auto response = send({.url = server.url("/"), .on_body = [](std::string_view) -> Status {
                                return Error(ErrorCode::kFailed, "not to be called");
                              }});
  ASSERT_TRUE(response.ok()) << response.error().message();
  EXPECT_EQ(response->body, "busy");
}

TEST_F(HttpClientTest, EndsWithTheErrorOfWhoTakesTheBody) {
  const TestServer server(always(ok_answer("x")));
  const auto response = send({.url = server.url("/"), .on_body = [](std::string_view) -> Status {
                                return Error(ErrorCode::kResource, "the disk is full");
                              }});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().message(), "the disk is full");
}

TEST_F(HttpClientTest, SaysThatNobodyListensOnASocket) {
  const auto response = send({.url = "http://localhost/status", .unix_socket = directory() + "/none"});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(response.error().message(),
            fmt::format("GET http://localhost/status over {}/none: nobody answers there", directory()));
}

TEST_F(HttpClientTest, SaysThatNobodyListensOnAPort) {
  std::string url;
  { url = TestServer(always("")).url("/"); }  // a port that was free a moment ago
  const auto response = send({.url = url});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(response.error().message(), AllOf(StartsWith("GET " + url), HasSubstr("Failed to connect")));
}

TEST_F(HttpClientTest, DecodesGzip) {
  const std::string packed = gzip("hello hello hello");
  const TestServer server(always(
      fmt::format("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{}", packed.size(), packed)));
  const auto response = send({.url = server.url("/")});
  ASSERT_TRUE(response.ok()) << response.error().message();
  EXPECT_EQ(response->body, "hello hello hello");
}

TEST_F(HttpClientTest, OffersEveryCompressionThatItDecodes) {
  std::string seen;
  const TestServer server([&](TestConnection& connection) {
    seen = connection.read_request();
    connection.answer("200 OK", "", "");
  });
  ASSERT_TRUE(send({.url = server.url("/")}).ok());
  EXPECT_THAT(seen, AllOf(HasSubstr("gzip"), HasSubstr("br"), HasSubstr("zstd")));
}

TEST_F(HttpClientTest, RefusesABodyThatGrowsBeyondTheLimitWhenUnpacked) {
  const std::string packed = gzip(std::string(1 << 20, 'x'));
  ASSERT_LT(packed.size(), 10'000U);
  const TestServer server(always(
      fmt::format("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{}", packed.size(), packed)));
  const auto response = send({.url = server.url("/"), .limits = {.body_bytes_max = 100'000}});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kFailed);
  EXPECT_THAT(response.error().message(), HasSubstr("the body of the answer is longer than 100000 bytes"));
}

TEST_F(HttpClientTest, RefusesABodyWithoutEnd) {
  const TestServer server([](TestConnection& connection) {
    connection.read_request();
    connection.write("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.write(std::string(4096, 'x'))) continue;
  });
  const auto response = send({.url = server.url("/"), .limits = {.body_bytes_max = 100'000}});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kFailed);
}

TEST_F(HttpClientTest, RefusesHeadersWithoutEnd) {
  const TestServer server([](TestConnection& connection) {
    connection.read_request();
    connection.write("HTTP/1.1 200 OK\r\n");
    while (connection.write("X-Flood: " + std::string(1000, 'x') + "\r\n")) continue;
  });
  const auto response = send({.url = server.url("/")});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kFailed);
  EXPECT_THAT(response.error().message(), HasSubstr("the headers of the answer are longer than 65536 bytes"));
}

TEST_F(HttpClientTest, AnAnswerThatIsCutOffMayGoBetterLater) {
  const TestServer server(once("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"));
  const auto response = send({.url = server.url("/")});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, ChunksThatAreCutOffMayGoBetterLater) {
  const TestServer server(once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
  const auto response = send({.url = server.url("/")});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kUnavailable);
}

TEST_F(HttpClientTest, AnAnswerThatIsNoHttpIsAnError) {
  const TestServer server(once("220 mail.example ESMTP\r\n"));
  const auto response = send({.url = server.url("/")});
  ASSERT_FALSE(response.ok());
}

TEST_F(HttpClientTest, GivesUpWhenNothingComes) {
  const TestServer server([](TestConnection& connection) {
    connection.read_request();
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    connection.wait_for_hang_up();
  });
  const auto response = send({.url = server.url("/"), .timeouts = {.idle_us = kSoonUs}});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(response.error().message(), HasSubstr("nothing came for 0.05 s"));
}

TEST_F(HttpClientTest, GivesUpWhenTheWholeTakesTooLong) {
  const TestServer server([](TestConnection& connection) {
    connection.read_request();
    connection.write("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.write("x")) std::this_thread::yield();
  });
  const auto response =
      send({.url = server.url("/"), .timeouts = {.whole_us = kSoonUs}, .limits = {.body_bytes_max = 0}});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(response.error().message(), HasSubstr("no whole answer within 0.05 s"));
}

TEST_F(HttpClientTest, StopsWhenAskedTo) {
  std::atomic<bool> stop = false;
  const TestServer server([&](TestConnection& connection) {
    connection.read_request();
    stop = true;
    connection.wait_for_hang_up();
  });
  const auto response = send({.url = server.url("/"), .stopping = [&] { return stop.load(); }});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kCancelled);
}

TEST_F(HttpClientTest, FollowsRedirectsAndSaysWhereTheyEnded) {
  const TestServer server([](TestConnection& connection) {
    for (std::string request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      connection.write(request.starts_with("GET /a/b ") ? redirect_answer("302 Found", "../c?token=abc#part")
                                                        : ok_answer("here"));
    }
  });
  const auto response = send({.url = server.url("/a/b")});
  ASSERT_TRUE(response.ok()) << response.error().message();
  EXPECT_EQ(response->body, "here");
  EXPECT_EQ(response->shown_url, server.url("/c?token=***"));
}

TEST_F(HttpClientTest, GivesARedirectBackWhenItIsNotToFollow) {
  const TestServer server(always(redirect_answer("301 Moved Permanently", "/b")));
  const auto response = send({.url = server.url("/"), .limits = {.redirects_max = 0}});
  ASSERT_TRUE(response.ok()) << response.error().message();
  EXPECT_EQ(response->status, 301);
}

TEST_F(HttpClientTest, StopsARedirectThatGoesInCircles) {
  const TestServer server(always(redirect_answer("302 Found", "/again")));
  const auto response = send({.url = server.url("/")});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kFailed);
  EXPECT_EQ(response.error().message(),
            "GET " + server.url("/") + ": redirects more than 5 times, the last time to /again");
}

TEST_F(HttpClientTest, NeverFollowsARedirectToAnotherProtocol) {
  const TestServer server(always(redirect_answer("302 Found", "file:///etc/passwd")));
  const auto response = send({.url = server.url("/")});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kFailed);
  EXPECT_THAT(response.error().message(), HasSubstr("redirects to 'file:///etc/passwd' is no URL to fetch"));
}

TEST_F(HttpClientTest, CredentialsStayWithTheHostTheyAreFor) {
  std::vector<std::string> seen;
  const TestServer other([&](TestConnection& connection) {
    seen.push_back(connection.read_request());
    connection.answer("200 OK", "", "");
  });
  const TestServer server([&](TestConnection& connection) {
    for (std::string request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      seen.push_back(request);
      connection.write(redirect_answer("307 Temporary Redirect", seen.size() == 1 ? "/here" : other.url("/there")));
    }
  });
  const auto response = send(
      {.url = server.url("/"), .headers = {{"Authorization", "Bearer abc"}, {"X-Key", "k", true}, {"X-Plain", "p"}}});
  ASSERT_TRUE(response.ok()) << response.error().message();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_THAT(seen[1], AllOf(HasSubstr("Bearer abc"), HasSubstr("X-Key: k"), HasSubstr("X-Plain: p")));
  EXPECT_THAT(seen[2], AllOf(Not(HasSubstr("Authorization")), Not(HasSubstr("X-Key")), HasSubstr("X-Plain: p")));
}

TEST_F(HttpClientTest, ABodyIsNotCarriedToAnotherHost) {
  const TestServer other(always(ok_answer("")));
  const TestServer server(always(redirect_answer("307 Temporary Redirect", other.url("/there"))));
  const auto response = send({.method = "POST", .url = server.url("/"), .body = "{\"password\":\"x\"}"});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kFailed);
  EXPECT_THAT(response.error().message(), HasSubstr("redirects to another host, " + other.url("/there")));
}

TEST_F(HttpClientTest, APostThatWasSeenToIsAskedForWithAGet) {
  std::string seen;
  const TestServer server([&](TestConnection& connection) {
    connection.read_request();
    connection.write(redirect_answer("303 See Other", "/result"));
    seen = connection.read_request();
    connection.answer("200 OK", "", "");
  });
  ASSERT_TRUE(
      send({.method = "POST", .url = server.url("/"), .headers = {{"Content-Type", "text/plain"}}, .body = "x"}).ok());
  EXPECT_THAT(seen, AllOf(StartsWith("GET /result "), Not(HasSubstr("Content-Type"))));
}

TEST_F(HttpClientTest, TrustsNoCertificateThatNobodyTrusts) {
  const TestCertificate certificate("localhost");
  const TestServer server(always(ok_answer("secret")), {.certificate = &certificate});
  const auto response = send({.url = server.url("/")});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kPermission);
  EXPECT_THAT(response.error().message(), HasSubstr("self-signed certificate"));
}

TEST_F(HttpClientTest, TrustsTheCertificatesOfAFile) {
  const TestCertificate certificate("localhost");
  const std::string ca_file = directory() + "/ca.pem";
  certificate.save(ca_file);
  const TestServer server(always(ok_answer("over TLS")), {.certificate = &certificate});
  const auto response = send({.url = server.url("/"), .tls = {.ca_file = ca_file}});
  ASSERT_TRUE(response.ok()) << response.error().message();
  EXPECT_EQ(response->body, "over TLS");
}

TEST_F(HttpClientTest, ACertificateIsForItsHostOnly) {
  const TestCertificate certificate("somewhere.example");
  const std::string ca_file = directory() + "/ca.pem";
  certificate.save(ca_file);
  const TestServer server(always(ok_answer("x")), {.certificate = &certificate});
  const auto response = send({.url = server.url("/"), .tls = {.ca_file = ca_file}});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kPermission);
}

TEST_F(HttpClientTest, LooksAtNoCertificateWhenToldNotTo) {
  const TestCertificate certificate("somewhere.example");
  const TestServer server(always(ok_answer("x")), {.certificate = &certificate});
  EXPECT_TRUE(send({.url = server.url("/"), .tls = {.insecure = true}}).ok());
}

TEST_F(HttpClientTest, AFileOfCertificatesThatIsNotThereIsNotRetried) {
  const TestCertificate certificate("localhost");
  const TestServer server(always(ok_answer("x")), {.certificate = &certificate});
  const auto response = send({.url = server.url("/"), .tls = {.ca_file = directory() + "/none.pem"}});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(response.error().message(), HasSubstr("none.pem"));
}

TEST_F(HttpClientTest, AHeaderCannotBecomeTwo) {
  const auto response = send({.url = "http://localhost/", .headers = {{"X-A", "b\r\nX-C: d"}}});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().message(),
            "GET http://localhost/: the header 'X-A' has a value with line breaks or control characters");
}

TEST_F(HttpClientTest, ErrorsShowNoSecret) {
  const TestServer server(once("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
  const auto response =
      send({.url = fmt::format("http://me:hush@localhost:{}/p/s%20cret?api_key=k1&n=2", server.port()),
            .secrets = {"s cret"}});
  ASSERT_FALSE(response.ok());
  EXPECT_THAT(response.error().message(),
              StartsWith(fmt::format("GET http://***@localhost:{}/p/***?api_key=***&n=2: ", server.port())));
}

TEST_F(HttpClientTest, AnUnwelcomeStatusAsAnErrorQuotesTheBodyWithoutSecrets) {
  const TestServer server(
      always("HTTP/1.1 401 Unauthorized\r\nContent-Length: 21\r\n\r\n{\"no\":\n \"token hush\"}\n"));
  const HttpRequest request{.url = server.url("/"), .secrets = {"hush"}};
  const auto response = send(request);
  ASSERT_TRUE(response.ok()) << response.error().message();
  const Error error = status_error(request, *response);
  EXPECT_EQ(error.code(), ErrorCode::kPermission);
  EXPECT_EQ(error.message(), "GET " + server.url("/") + ": the answer is 401 Unauthorized ({\"no\": \"token ***\"})");
}

TEST(HttpStatusTest, SomeStatusesMayGoBetterLater) {
  for (const int status : {408, 425, 429, 500, 502, 503, 504}) EXPECT_TRUE(is_retryable_status(status)) << status;
  for (const int status : {200, 301, 304, 400, 401, 403, 404, 422, 501}) {
    EXPECT_FALSE(is_retryable_status(status)) << status;
  }
}

}  // namespace
}  // namespace millrace
