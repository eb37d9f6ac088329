#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/desk.h"

namespace millrace {
namespace {

struct LogsArguments {
  HomeArguments home;
  std::string of;
  int64_t last = 200;
  bool follow = false;
  bool json = false;
};

int show_logs(const LogsArguments& arguments) {
  AdminArguments said{{"of", arguments.of}, {"last", std::to_string(arguments.last)}};
  if (arguments.follow) said.set("follow", "true");
  if (arguments.json) return ask_and_print(arguments.home, "logs", said);
  return ask_and_show(arguments.home, "logs", said, [](const nlohmann::ordered_json& line) {
    const std::string run = line.at("run").get<std::string>();
    const int64_t attempt = line.at("attempt").get<int64_t>();
    fmt::print("{}  {}{}  {}{}\n", line.at("time").get<std::string>(),
               run.empty() ? line.at("flow").get<std::string>() : run, attempt > 1 ? fmt::format("  #{}", attempt) : "",
               line.at("problem").get<bool>() ? "! " : "", line.at("text").get<std::string>());
    std::fflush(stdout);
  });
}

std::function<int()> declare(Arguments& arguments) {
  auto logs = std::make_shared<LogsArguments>();
  arguments.positional("flow-or-run", logs->of, "ingest, or ingest@2026-11-21T10:05:00Z; all flows if not said", false);
  logs->home.declare(arguments);
  arguments.option("--last", logs->last, "how many lines, the newest; 200 if not said, 0: all");
  arguments.flag("--follow", logs->follow, "go on with the lines that come, until Ctrl-C");
  arguments.flag("--json", logs->json, "print a JSON object a line");
  return [logs] { return show_logs(*logs); };
}

}  // namespace

const Command kLogsCommand = {.name = "logs",
                              .summary = "What flows and the attempts of their runs have to say.",
                              .example = "millrace logs ingest --follow",
                              .declare = declare};

}  // namespace millrace
