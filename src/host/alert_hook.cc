#include "host/alert_hook.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"

// Debian 12's header does not say that it is C.
extern "C" {
#include <sys/pidfd.h>
}

namespace millrace {
namespace {

constexpr int kPollMs = 100;  // how long a stop may go unnoticed

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

// A file in memory that begins with the text: nobody has to write while the program reads.
Result<int> memory_file(const std::string& text) {
  const int file = ::memfd_create("alert", MFD_CLOEXEC);
  if (file < 0) return errno_error(errno, "memfd_create", "alert");
  for (size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(file, text.data() + done, text.size() - done);
    if (wrote < 0) {
      const int error = errno;
      ::close(file);
      return errno_error(error, "write", "alert");
    }
    done += static_cast<size_t>(wrote);
  }
  ::lseek(file, 0, SEEK_SET);
  return file;
}

Result<pid_t> spawn(const std::vector<std::string>& command, int input) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return errno_error(error, "run", command[0]);
  return child;
}

// Whether the process ends in time.
bool ends_within(pid_t child, int64_t timeout_us, const std::atomic<bool>& stop) {
  const Descriptor process(::pidfd_open(child, 0));
  const SystemClock clock;
  const int64_t end_us = clock.monotonic_us() + timeout_us;
  while (!stop.load() && clock.monotonic_us() < end_us) {
    pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
    if (::poll(&ended, 1, kPollMs) > 0) return true;
  }
  return false;
}

}  // namespace

std::string alert_json(const RunAlert& alert) {
  const ScheduledRun& run = alert.run;
  const std::string what = alert.reason == "deadline" ? "has not succeeded by its deadline" : alert.reason;
  return nlohmann::ordered_json{
      {"flow", run.flow},
      {"run", run.id()},
      {"instant", instant_text(run.instant_us)},
      {"reason", alert.reason},
      {"state", run_state_name(run.state)},
      {"attempt", run.attempt},
      {"error", run.error},
      {"text", fmt::format("run {} {}{}{}", run.id(), what, run.error.empty() ? "" : ": ", run.error)}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Status run_program(const std::vector<std::string>& command, const std::string& input, int64_t timeout_us,
                   const std::atomic<bool>& stop) {
  TRY(file, memory_file(input));
  const Descriptor closed_at_end(file);
  TRY(child, spawn(command, file));
  const bool ended = ends_within(child, timeout_us, stop);
  if (!ended) ::kill(-child, SIGKILL);
  int how = 0;
  while (::waitpid(child, &how, 0) < 0 && errno == EINTR) {
  }
  if (!ended) {
    return stop.load() ? Error(ErrorCode::kCancelled, fmt::format("{} was ended with the process", command[0]))
                       : Error(ErrorCode::kTimeout, fmt::format("{} did not end within {} s, and was killed",
                                                                command[0], timeout_us / 1'000'000));
  }
  if (WIFEXITED(how) && WEXITSTATUS(how) == 0) return {};
  return Error(ErrorCode::kFailed, WIFEXITED(how)
                                       ? fmt::format("{} ended with exit code {}", command[0], WEXITSTATUS(how))
                                       : fmt::format("{} was ended by signal {}", command[0], WTERMSIG(how)));
}

AlertCaller::AlertCaller(HttpClient& http, Tell tell) : http_(http), tell_(std::move(tell)) {
  thread_ = std::thread([this] { work(); });
}

AlertCaller::~AlertCaller() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void AlertCaller::call(const AlertHook& hook, RunAlert alert) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kAlertsWaitingMax) {
      waiting_.push_back({hook, std::move(alert)});
      changed_.notify_all();
      return;
    }
  }
  tell_(alert, fmt::format("the alert hook was not called: {} alerts wait already", kAlertsWaitingMax), true);
}

void AlertCaller::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stop_.load() || !waiting_.empty(); });
    if (stop_) return;
    const Waiting one = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    call_now(one);
    lock.lock();
  }
}

void AlertCaller::call_now(const Waiting& one) {
  const std::string json = alert_json(one.alert);
  const auto tell = [&](const std::string& whom, const Status& status) {
    tell_(one.alert,
          status.ok() ? fmt::format("alert {}: {} was told", one.alert.reason, whom)
                      : fmt::format("alert {}: {}", one.alert.reason, status.error().message()),
          !status.ok());
  };
  if (!one.hook.command.empty()) {
    tell(one.hook.command[0], run_program(one.hook.command, json, kAlertTimeoutUs, stop_));
  }
  if (one.hook.webhook.empty()) return;
  HttpRequest request{.method = "POST", .url = one.hook.webhook, .body = json};
  request.headers.push_back({"Content-Type", "application/json"});
  request.timeouts.whole_us = kAlertTimeoutUs;
  request.stopping = [this] { return stop_.load(); };
  const auto answer = http_.send(request);
  const bool good = answer.ok() && answer->status / 100 == 2;
  tell("the webhook", good ? Status() : answer.ok() ? Status(status_error(request, *answer)) : Status(answer.error()));
}

}  // namespace millrace
