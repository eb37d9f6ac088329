#include "host/alert_hook.h"

#include <filesystem>
#include <future>

#include <gtest/gtest.h>

#include "base/files.h"
#include "store/tables/tables_testing.h"
#include "wire/http/router.h"
#include "wire/http/server.h"

namespace millrace {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
const std::atomic<bool> kNeverStop = false;

RunAlert failed_run() {
  return {.run = {.flow = "users.ingest",
                  .instant_us = 1'795'255'500'000'000,
                  .state = RunState::kFailed,
                  .attempt = 3,
                  .error = "the API is away"},
          .reason = "failed"};
}

std::string text_of(const std::string& path) {
  const auto text = read_file(*real_file_system(), path, 10'000);
  return text.ok() ? *text : "";
}

TEST(AlertHook, SaysAllThatIsKnownAsJson) {
  EXPECT_EQ(alert_json(failed_run()),
            R"({"flow":"users.ingest","run":"users.ingest@2026-11-21T10:05:00Z","instant":"2026-11-21T10:05:00Z",)"
            R"("reason":"failed","state":"failed","attempt":3,"error":"the API is away",)"
            R"("text":"run users.ingest@2026-11-21T10:05:00Z failed: the API is away"})");
}

TEST(AlertHook, AProgramGetsTheTextAsItIsAndNoShellReadsItsArguments) {
  const testing::TempFolder folder;
  const std::string path = folder.path() + "/a $(b) ;c";
  ASSERT_TRUE(run_program({"tee", path}, "{\"x\": 1}", 20 * kSecondUs, kNeverStop).ok());
  EXPECT_EQ(text_of(path), "{\"x\": 1}");
}

TEST(AlertHook, AProgramThatDoesNotReadDoesNoHarm) {
  EXPECT_TRUE(run_program({"true"}, std::string(1'000'000, 'x'), 20 * kSecondUs, kNeverStop).ok());
}

TEST(AlertHook, TellsHowAProgramFailed) {
  const auto error = [](const std::vector<std::string>& command, int64_t timeout_us) {
    return run_program(command, "", timeout_us, kNeverStop).error().message();
  };
  EXPECT_EQ(error({"false"}, 20 * kSecondUs), "false ended with exit code 1");
  EXPECT_EQ(error({"/no/such/program"}, 20 * kSecondUs), "cannot run /no/such/program: No such file or directory");
  EXPECT_EQ(error({"sleep", "60"}, kSecondUs), "sleep did not end within 1 s, and was killed");
  EXPECT_EQ(error({"sh", "-c", "kill -9 $$"}, 20 * kSecondUs), "sh was ended by signal 9");
  const std::atomic<bool> stop = true;
  EXPECT_EQ(run_program({"sleep", "60"}, "", 20 * kSecondUs, stop).error().code(), ErrorCode::kCancelled);
}

// What the caller told of the hooks that it called, in their order.
class Told {
 public:
  AlertCaller::Tell tell() {
    return [this](const RunAlert&, const std::string& text, bool problem) {
      const std::lock_guard lock(mutex_);
      texts_.push_back((problem ? "! " : "") + text);
      changed_.notify_all();
    };
  }
  std::vector<std::string> wait_for(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [&] { return texts_.size() >= count; });
    return texts_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> texts_;
};

TEST(AlertHook, CallsTheProgramAndPostsToTheWebhook) {
  std::promise<std::string> posted;
  Router router;
  router.add("POST", "/alerts", [&](IncomingRequest request, std::unique_ptr<HttpReply> reply) {
    posted.set_value(request.body);
    reply->send({.status = 204});
  });
  auto server = HttpServer::start({.address = HttpAddress{}}, std::move(router));
  ASSERT_TRUE(server.ok()) << server.error().message();
  const testing::TempFolder folder;
  const auto http = real_http_client();
  Told told;
  AlertCaller caller(*http, told.tell());
  caller.call({.command = {"tee", folder.path() + "/alert"}, .webhook = (*server)->url() + "/alerts"}, failed_run());
  EXPECT_EQ(told.wait_for(2),
            (std::vector<std::string>{"alert failed: tee was told", "alert failed: the webhook was told"}));
  EXPECT_EQ(posted.get_future().get(), alert_json(failed_run()));
  EXPECT_EQ(text_of(folder.path() + "/alert"), alert_json(failed_run()));
}

TEST(AlertHook, TellsOfAHookThatDidNotTakeIt) {
  auto server = HttpServer::start({.address = HttpAddress{}}, Router());
  ASSERT_TRUE(server.ok()) << server.error().message();
  const auto http = real_http_client();
  Told told;
  AlertCaller caller(*http, told.tell());
  caller.call({.command = {"false"}, .webhook = (*server)->url() + "/alerts"}, failed_run());
  const auto texts = told.wait_for(2);
  EXPECT_EQ(texts[0], "! alert failed: false ended with exit code 1");
  EXPECT_TRUE(texts[1].starts_with("! alert failed: ")) << texts[1];
  EXPECT_NE(texts[1].find("404"), std::string::npos) << texts[1];
}

}  // namespace
}  // namespace millrace
