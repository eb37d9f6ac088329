#include "connect/registry/registry_client.h"

#include <deque>

#include <gtest/gtest.h>

#include "wire/http/server_testing.h"

namespace millrace {
namespace {

constexpr std::string_view kSchema = R"({"type":"string"})";

// A server that gives these answers, one request each, and keeps the requests.
class Script {
 public:
  using Answers = std::deque<std::pair<std::string, std::string>>;
  explicit Script(Answers answers)
      : answers_(std::move(answers)), server_([this](TestConnection& connection) { serve(connection); }) {}

  std::string url() const { return server_.url(""); }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve(TestConnection& connection) {
    for (std::string request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      std::pair<std::string, std::string> answer = {"599 Too Many", ""};
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        if (!answers_.empty()) {
          answer = answers_.front();
          answers_.pop_front();
        }
      }
      connection.answer(answer.first, "", answer.second);
    }
  }

  std::mutex mutex_;
  Answers answers_;                    // guarded by mutex_
  std::vector<std::string> requests_;  // guarded by mutex_
  TestServer server_;                  // last: its threads use the others
};

class RegistryClientTest : public testing::Test {
 protected:
  std::unique_ptr<RegistryClient> client(RegistryClient::Options options) {
    options.retry_wait_us = 1000;
    return std::make_unique<RegistryClient>(std::move(options), http_, clock_);
  }
  static std::string first_line(const std::string& request) { return request.substr(0, request.find("\r\n")); }

  std::shared_ptr<HttpClient> http_ = real_http_client();
  ManualClock clock_{0};
};

TEST_F(RegistryClientTest, RegistersWhatIsNotThereAndRemembersIt) {
  Script script(Script::Answers{{"404 Not Found", R"({"error_code":40401,"message":"Subject 'a b-value' not found."})"},
                                {"200 OK", R"({"id":17})"},
                                {"200 OK", R"({"schema":"{\"type\":\"string\"}"})"}});
  const auto registry = client({.url = script.url() + "/"});
  EXPECT_EQ(*registry->enroll("a b-value", std::string(kSchema)), 17);
  EXPECT_EQ(*registry->enroll("a b-value", std::string(kSchema)), 17);
  EXPECT_EQ(*registry->find(17), kSchema);
  EXPECT_EQ(*registry->find(17), kSchema);
  const auto requests = script.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(first_line(requests[0]), "POST /subjects/a%20b-value HTTP/1.1");
  EXPECT_EQ(first_line(requests[1]), "POST /subjects/a%20b-value/versions HTTP/1.1");
  EXPECT_TRUE(requests[1].ends_with(R"({"schema":"{\"type\":\"string\"}"})"));
  EXPECT_EQ(first_line(requests[2]), "GET /schemas/ids/17 HTTP/1.1");
}

TEST_F(RegistryClientTest, WhatIsThereNeedsNoRightToWrite) {
  Script script(Script::Answers{{"200 OK", R"({"subject":"a","id":3,"version":1})"}});
  EXPECT_EQ(*client({.url = script.url()})->enroll("a", std::string(kSchema)), 3);
}

TEST_F(RegistryClientTest, ARefusalHasTheRegistrysReasons) {
  Script script(
      {{"404 Not Found", R"({"error_code":40403,"message":"Schema not found"})"},
       {"409 Conflict", R"({"error_code":409,"message":"incompatible"})"},
       {"200 OK", R"({"is_compatible":false,"messages":["READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1"]})"}});
  const auto id = client({.url = script.url()})->enroll("users-value", std::string(kSchema));
  ASSERT_FALSE(id.ok());
  EXPECT_EQ(id.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(id.error().message(),
            fmt::format("the schema registry {} refuses the schema of subject users-value, since it does not go with "
                        "those before: READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1",
                        script.url()));
}

TEST_F(RegistryClientTest, IsAskedAgainWhenItIsBusyAndThenAway) {
  Script script(Script::Answers{{"503 Service Unavailable", ""}, {"200 OK", R"({"schema":"\"string\""})"}});
  const auto registry = client({.url = script.url()});
  EXPECT_EQ(*registry->find(1), "\"string\"");
  const auto away = registry->find(2);
  ASSERT_FALSE(away.ok());
  EXPECT_TRUE(is_retryable(away.error().code()));
  EXPECT_EQ(script.requests().size(), 5U);
}

TEST_F(RegistryClientTest, AnUnknownIdIsAskedForAgainAfterAWhile) {
  Script script(Script::Answers{{"404 Not Found", R"({"error_code":40403,"message":"Schema not found"})"},
                                {"200 OK", R"({"schema":"\"string\""})"}});
  const auto registry = client({.url = script.url()});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(registry->find(9).error().message(), fmt::format("the schema registry {} has no id 9", script.url()));
  }
  clock_.advance(kRegistryUnknownIdUs);
  EXPECT_EQ(*registry->find(9), "\"string\"");
}

TEST_F(RegistryClientTest, ShowsWhoAsksAndNeverSaysIt) {
  Script script(Script::Answers{{"401 Unauthorized", "wrong geheim"},
                                {"200 OK", "[]"},
                                {"422 Unprocessable Entity", R"({"error_code":42201,"message":"no: t0ken"})"}});
  const auto user = client({.url = script.url(), .user = "me", .password = "geheim"});
  const Status refused = user->check();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kPermission);
  EXPECT_EQ(refused.error().message(),
            fmt::format("the schema registry {} answers 401 Unauthorized: check its user and password, or token",
                        script.url()));
  const auto bearer = client({.url = script.url(), .token = "t0ken"});
  EXPECT_TRUE(bearer->check().ok());
  EXPECT_EQ(
      bearer->latest("a").error().message(),
      fmt::format("the schema registry {} answers 422 Unprocessable Content for version latest of subject a: no: ***",
                  script.url()));
  const auto requests = script.requests();
  EXPECT_NE(requests[0].find("Authorization: Basic bWU6Z2VoZWlt\r\n"), std::string::npos);
  EXPECT_NE(requests[1].find("Authorization: Bearer t0ken\r\n"), std::string::npos);
}

TEST_F(RegistryClientTest, WhatItCannotUseIsSaid) {
  Script script(
      Script::Answers{{"200 OK", "<html>"},
                      {"200 OK", R"({"schemaType":"PROTOBUF","schema":"syntax"})"},
                      {"200 OK", R"({"schema":"\"string\"","references":[{"name":"x","subject":"y","version":1}]})"},
                      {"200 OK", R"({"subject":"a","version":2,"id":5,"schema":"\"string\""})"}});
  const auto registry = client({.url = script.url()});
  EXPECT_EQ(
      registry->check().error().message(),
      fmt::format("the schema registry {} gives an answer for its subjects that is not the API's: is it the URL of "
                  "a schema registry?",
                  script.url()));
  EXPECT_EQ(registry->find(1).error().message(),
            fmt::format("the schema registry {}: id 1 is of type PROTOBUF, not Avro", script.url()));
  EXPECT_EQ(registry->find(2).error().message(),
            fmt::format("the schema registry {}: id 2 refers to other schemas, which is not supported", script.url()));
  EXPECT_EQ(registry->version("a", 2)->id, 5);
}

TEST_F(RegistryClientTest, SubjectsAreNamedInThreeWays) {
  const auto subject = [&](SubjectNaming naming) {
    return client({.url = "http://localhost", .naming = naming})->subject_of("users", "p.Users");
  };
  EXPECT_EQ(subject(SubjectNaming::kTopic), "users-value");
  EXPECT_EQ(subject(SubjectNaming::kRecord), "p.Users");
  EXPECT_EQ(subject(SubjectNaming::kTopicRecord), "users-p.Users");
}

TEST_F(RegistryClientTest, CertificatesAreVerifiedUnlessSaidOtherwise) {
  const TestCertificate certificate("localhost");
  const TestServer server(
      [](TestConnection& connection) {
        while (!connection.read_request().empty()) connection.answer("200 OK", "", "[]");
      },
      {.certificate = &certificate});
  EXPECT_EQ(client({.url = server.url("")})->check().error().code(), ErrorCode::kPermission);
  EXPECT_TRUE(client({.url = server.url(""), .tls = {.insecure = true}})->check().ok());
  const std::string ca = testing::TempDir() + fmt::format("registry-ca-{}.pem", ::getpid());
  certificate.save(ca);
  EXPECT_TRUE(client({.url = server.url(""), .tls = {.ca_file = ca}})->check().ok());
  std::remove(ca.c_str());
}

}  // namespace
}  // namespace millrace
