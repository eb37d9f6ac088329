// Orders to one flow: `pause`, `resume`, `reset`.
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/desk.h"

namespace millrace {
namespace {

struct FlowArguments {
  HomeArguments home;
  std::string flow;
  std::string to;
  std::string file;
  bool json = false;

  void declare(Arguments& arguments) {
    arguments.positional("flow", flow, "\"store\", or \"users.store\" where several pipelines have one", true);
    home.declare(arguments);
    arguments.flag("--json", json, "print JSON, for machines");
  }
};

int order(const FlowArguments& arguments, std::string_view action) {
  AdminArguments said{{"flow", arguments.flow}};
  if (!arguments.to.empty()) said.set("to", arguments.to);
  HomeArguments home = arguments.home;
  if (!arguments.file.empty()) {
    said.set("file", std::filesystem::absolute(arguments.file).string());
    home.file = arguments.file;
  }
  if (arguments.json) return ask_and_print(home, action, said);
  return ask_and_show(home, action, said, [&](const nlohmann::ordered_json& flow) {
    if (flow.contains("state")) {
      fmt::print("{} is {}\n", flow.at("flow").get<std::string>(), flow.at("state").get<std::string>());
      return;
    }
    fmt::print("{} goes on from {}, with books of its {}th generation\n", flow.at("flow").get<std::string>(),
               arguments.to, flow.at("generation").get<uint64_t>());
    for (const auto& [part, next] : flow.at("position").items()) fmt::print("  {} at {}\n", part, next.get<uint64_t>());
  });
}

template <const char* kAction>
std::function<int()> declare_order(Arguments& arguments) {
  auto flow = std::make_shared<FlowArguments>();
  flow->declare(arguments);
  return [flow] { return order(*flow, kAction); };
}

std::function<int()> declare_reset(Arguments& arguments) {
  auto flow = std::make_shared<FlowArguments>();
  flow->declare(arguments);
  arguments.option("--to", flow->to, "earliest, latest, offset:120, or a time as 2026-01-02T03:04:05Z");
  arguments.option("--file", flow->file, "its pipeline file; needed where nothing is up");
  return [flow] { return order(*flow, "flows/reset"); };
}

constexpr char kPause[] = "flows/pause";
constexpr char kResume[] = "flows/resume";

}  // namespace

const Command kPauseCommand = {.name = "pause",
                               .summary = "Keep a flow where it is until it is resumed, over restarts too.",
                               .example = "millrace pause store",
                               .declare = declare_order<kPause>};
const Command kResumeCommand = {.name = "resume",
                                .summary = "Let a flow go on that is paused, or try one again that has failed.",
                                .example = "millrace resume store",
                                .declare = declare_order<kResume>};
const Command kResetCommand = {.name = "reset",
                               .summary = "Let a flow go on from another place of its source, with new books.",
                               .example = "millrace reset store --to earliest",
                               .declare = declare_reset};

}  // namespace millrace
