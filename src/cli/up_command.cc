#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/log_message.h"
#include "base/metrics.h"
#include "base/timed_files.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/home.h"
#include "cli/interrupt.h"
#include "cli/live_screen.h"
#include "cli/load.h"
#include "cli/quickstart.h"
#include "cli/report.h"
#include "connect/list.h"
#include "doors/admin/admin_client.h"
#include "doors/admin/admin_routes.h"
#include "doors/metrics/metrics_routes.h"
#include "doors/users_api/users_api.h"
#include "flow/run/run_id.h"
#include "wire/http/server.h"

namespace millrace {
namespace {

constexpr auto kRefresh = std::chrono::milliseconds(250);
constexpr int64_t kRetentionEveryUs = 30'000'000;
constexpr uint16_t kDefaultPort = 8710;
constexpr double kQuickstartFaults = 0.02;  // so that quarantine and ledger have something to show

struct UpArguments {
  std::vector<std::string> files;
  LoadArguments load;  // of each file
  HomeArguments home;
  std::string http;
  std::string log = "text";
  int64_t workers = 0;
  bool live = false;
  bool print = false;
};

// Where others may ask, under what the user said, or on the usual port, or on a free one where that is taken.
Result<std::unique_ptr<HttpServer>> open_port(const std::string& said, const AdminRoom& room,
                                              const MetricsRoom& metrics) {
  const auto start = [&](const HttpAddress& address) {
    Router router;
    add_admin_routes(router, room, AdminAccess::kReader);
    add_metrics_routes(router, metrics);
    return HttpServer::start({.address = address, .any_host = !address.is_loopback()}, std::move(router));
  };
  if (!said.empty()) {
    TRY(address, HttpAddress::parse(said));
    return start(address);
  }
  auto server = start({.port = kDefaultPort});
  return server.ok() ? std::move(server) : start({});
}

class Up {
 public:
  Up(const UpArguments& arguments, const std::vector<const PipelinePlan*>& plans, const std::atomic<bool>& stop)
      : arguments_(arguments),
        plans_(plans),
        stop_(stop),
        disk_(real_file_system(&stop)),
        files_(timed_files(
            *disk_, metrics_.histogram("millrace_sync_seconds", "Syncs of topics and other files to the disk."))),
        catalog_(full_catalog()) {}

  int run() {
    int exit_code = kExitOk;
    home_ = open_home_or_explain(arguments_.home, plans_, *files_, clock_, exit_code);
    if (home_ == nullptr) return exit_code;
    const auto workers = static_cast<size_t>(arguments_.workers);
    auto host =
        Host::open(HostRoom{.home = *home_,
                            .clock = clock_,
                            .workers = workers > 0 ? workers : std::max(1U, std::thread::hardware_concurrency()),
                            .files = [](const std::atomic<bool>* stop) { return real_file_system(stop); },
                            .tell = [this](const std::string& flow, const std::string& text,
                                           bool problem) { tell(flow, text, problem); },
                            .metrics = &metrics_},
                   plans_);
    if (!host.ok()) {
      fmt::print(stderr, "millrace: {}\n", host.error().message());
      return kExitFailed;
    }
    host_ = std::move(*host);
    const AdminRoom room{.home = *home_,
                         .host = host_.get(),
                         .clock = clock_,
                         .files = *files_,
                         .catalog = catalog_,
                         .stop = stop_,
                         .plans = plans_};
    if (auto status = open_doors(room); !status.ok()) {
      fmt::print(stderr, "millrace: {}\n", status.error().message());
      return kExitFailed;
    }
    host_->start();
    wait();
    for (const auto& server : servers_) server->stop();
    host_->stop();
    return report();
  }

 private:
  Status open_doors(const AdminRoom& room) {
    Router router;
    add_admin_routes(router, room, AdminAccess::kOwner);
    TRY(socket, HttpServer::start({.unix_path = join_path(home_->directory(), kAdminSocket)}, std::move(router)));
    servers_.push_back(std::move(socket));
    if (arguments_.http == "off") return {};
    TRY(port, open_port(arguments_.http, room, {.home = *home_, .host = *host_, .metrics = metrics_}));
    url_ = port->url();
    servers_.push_back(std::move(port));
    return {};
  }

  // Flows speak on the error output, a line each, where no screen shows how they are.
  void tell(const std::string& flow, const std::string& text, bool problem) {
    if (screen() && !problem) return;
    if (screen()) return;  // shown with the flow
    const std::lock_guard lock(tell_mutex_);
    const LogMessage line{.wall_us = clock_.wall_us(),
                          .level = problem ? LogLevel::kProblem : LogLevel::kInfo,
                          .subject = flow,
                          .text = text};
    fmt::print(stderr, "{}\n", line.render(*parse_log_format(arguments_.log)));
  }

  bool screen() const { return ::isatty(STDOUT_FILENO) == 1 && !arguments_.load.json; }

  void wait() {
    LiveScreen live({.data = home_->directory(), .url = url_, .try_next = suggestions()}, clock_);
    int64_t retained_us = clock_.monotonic_us();
    while (!stop_ && !host_->all_ended()) {
      if (screen()) live.draw(host_->status());
      std::this_thread::sleep_for(kRefresh);
      if (clock_.monotonic_us() - retained_us < kRetentionEveryUs) continue;
      retained_us = clock_.monotonic_us();
      if (auto status = home_->topics().enforce_retention(); !status.ok()) {
        tell("retention", status.error().message(), true);
      }
    }
    if (screen()) live.draw(host_->status());
  }

  std::vector<std::string> suggestions() const {
    const std::string data = home_->directory() == kHomeDirectory ? "" : fmt::format(" --data {}", home_->directory());
    std::vector<std::string> lines{fmt::format("millrace status{}", data)};
    for (const PipelinePlan* plan : plans_) {
      for (const TableDeclaration& table : plan->declarations.tables()) {
        if (table.system != nullptr) continue;
        lines.push_back(fmt::format("millrace query \"SELECT count(*) FROM {}\"{}", table.name, data));
      }
      for (const TopicDeclaration& topic : plan->declarations.topics()) {
        if (topic.system != nullptr || topic.name.ends_with(".quarantine")) continue;
        lines.push_back(fmt::format("millrace topic tail {} -n 3{}", topic.name, data));
      }
    }
    return lines;
  }

  int report() {
    int exit_code = kExitOk;
    for (const FlowUp& flow : host_->flows()) {
      const auto last = flow.last_report();
      if (!last) continue;
      if (arguments_.load.json) {
        fmt::print("{}\n", render_report_json(*last));
      } else {
        fmt::print("{}", render_report(*last, stdout_has_colors()));
      }
      if (last->error && last->error->code() != ErrorCode::kCancelled) exit_code = kExitFailed;
    }
    return exit_code;
  }

  const UpArguments& arguments_;
  const std::vector<const PipelinePlan*>& plans_;
  const std::atomic<bool>& stop_;
  const SystemClock clock_;
  Metrics metrics_;
  std::unique_ptr<FileSystem> disk_;
  std::unique_ptr<FileSystem> files_;  // the same, with its syncs measured
  Catalog catalog_;
  std::unique_ptr<Home> home_;
  std::unique_ptr<Host> host_;
  std::vector<std::unique_ptr<HttpServer>> servers_;
  std::string url_;
  std::mutex tell_mutex_;
};

int up(const UpArguments& arguments, const std::vector<LoadArguments>& loads) {
  if (!parse_log_format(arguments.log)) {
    fmt::print(stderr, "millrace: --log is text or json, not '{}'\n", arguments.log);
    return kExitUsage;
  }
  int exit_code = kExitOk;
  const Plans owned = load_all_or_explain(loads, exit_code);
  if (exit_code != kExitOk) return exit_code;
  std::vector<const PipelinePlan*> plans;
  for (const auto& plan : owned) plans.push_back(plan.get());
  return Up(arguments, plans, catch_interrupts()).run();
}

int up_files(const UpArguments& arguments) {
  int exit_code = kExitOk;
  const std::vector<LoadArguments> loads = arguments.load.each_of(arguments.files, exit_code);
  return exit_code == kExitOk ? up(arguments, loads) : exit_code;
}

// Without a file: the pipeline that comes with the program, fed by an API of its own that makes users, some of them
// bad.
int up_quickstart(const UpArguments& arguments) {
  if (arguments.print) {
    fmt::print("{}", quickstart_pipeline());
    return kExitOk;
  }
  LoadArguments load = arguments.load;
  load.file = kQuickstartFile;
  load.text = std::string(quickstart_pipeline());
  if (arguments.live) return up(arguments, {load});
  UsersApi api({.seed = new_run_id(SystemClock()), .faults = UsersFaults::all(kQuickstartFaults)});
  Router router;
  api.add_routes(router);
  const auto server = HttpServer::start({.address = HttpAddress{}, .name = "millrace users-api"}, std::move(router));
  if (!server.ok()) {
    fmt::print(stderr, "millrace: {}\n", server.error().message());
    return kExitFailed;
  }
  load.params.insert(load.params.begin(), fmt::format("api={}/api/", (*server)->url()));
  return up(arguments, {load});
}

std::function<int()> declare(Arguments& arguments) {
  auto said = std::make_shared<UpArguments>();
  arguments.positionals("files", said->files,
                        "pipeline files, or directories of them; without any, one that comes with the program");
  said->load.declare_options(arguments);
  said->home.declare(arguments);
  arguments.option("--http", said->http,
                   "where others may ask over HTTP: an address as 127.0.0.1:8710, or off; loopback if not said");
  arguments.option("--log", said->log, "how it speaks on the error output: text or json");
  arguments.option("--workers", said->workers, "threads of each flow; as many as there are cores if not said");
  arguments.flag("--live", said->live, "without a file: pull from randomuser.me, instead of an API of its own");
  arguments.flag("--print", said->print, "without a file: print the pipeline file that it would run");
  return [said] { return said->files.empty() ? up_quickstart(*said) : up_files(*said); };
}

}  // namespace

const Command kUpCommand = {.name = "up",
                            .summary = "Keep the flows of pipeline files running until Ctrl-C.",
                            .example = "millrace up",
                            .declare = declare};

}  // namespace millrace
