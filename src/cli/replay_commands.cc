// Records that go through their flow once more: `replay`, `raw replay`.
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/outcome.h"
#include "cli/report.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

struct ReplayArguments {
  HomeArguments home;
  std::string flow;
  std::string from;
  std::string to;
  std::string at;
  std::string run;
  int64_t partition = -1;  // all
  bool all = false;
  bool anew = false;
  bool json = false;

  void declare(Arguments& arguments) {
    arguments.positional("flow", flow, "\"store\", or \"users.store\" where several pipelines have one", true);
    arguments.option("--file", home.file, "its pipeline file; needed where nothing is up");
    home.declare(arguments);
    arguments.flag("--anew", anew, "leave a replay that was interrupted where it is, and begin with this one");
    arguments.flag("--json", json, "print JSON, for machines");
  }

  AdminArguments said() const {
    AdminArguments said{{"flow", flow}};
    const std::pair<const char*, const std::string*> texts[] = {
        {"from", &from}, {"to", &to}, {"at", &at}, {"run", &run}};
    for (const auto& [name, text] : texts) {
      if (!text->empty()) said.set(name, *text);
    }
    if (!home.file.empty()) said.set("file", std::filesystem::absolute(home.file).string());
    if (partition >= 0) said.set("partition", fmt::format("{}", partition));
    if (all) said.set("all", "true");
    if (anew) said.set("anew", "true");
    return said;
  }
};

// "3 payloads: ", "3 payloads, 1 of them without records: "
std::string payloads_text(const Json& answer) {
  if (!answer.contains("payloads")) return "";
  const auto refused = answer.at("refused").get<uint64_t>();
  return fmt::format("{} payloads{}: ", with_commas(answer.at("payloads").get<uint64_t>()),
                     refused == 0 ? "" : fmt::format(", {} of them no answers to take records from", refused));
}

int replay(const ReplayArguments& arguments, std::string_view action) {
  if (arguments.json) return ask_and_print(arguments.home, action, arguments.said());
  return ask_and_show(arguments.home, action, arguments.said(), [](const Json& answer) {
    fmt::print("{}: {}{} records replayed: {}\n", answer.at("flow").get<std::string>(), payloads_text(answer),
               with_commas(answer.at("records").get<uint64_t>()), outcome_text(answer));
    print_first_faults(answer);
    fmt::print("  run {}{}\n", answer.at("run").get<std::string>(),
               answer.at("done_already").get<bool>()     ? ", which was complete already"
               : answer.at("attempt").get<int64_t>() > 1 ? ", which had been interrupted"
                                                         : "");
  });
}

std::function<int()> declare_replay(Arguments& arguments) {
  auto said = std::make_shared<ReplayArguments>();
  said->declare(arguments);
  arguments.option("--from", said->from, "earliest, offset:120, or a time as 2026-01-02T03:04:05Z");
  arguments.option("--to", said->to, "the same, and latest: up to there; where the flow has got to if not said");
  arguments.option("--partition", said->partition, "only this one; all if not said");
  return [said] { return replay(*said, "flows/replay"); };
}

std::function<int()> declare_replay_raw(Arguments& arguments) {
  auto said = std::make_shared<ReplayArguments>();
  said->declare(arguments);
  arguments.option("--at", said->at, "these payloads, by their offsets as `raw list` has them: 0-4,9");
  arguments.option("--run", said->run, "what this run got, as `raw list` has it");
  arguments.option("--from", said->from, "what came at this time or later: 2026-11-21T10:05:00Z");
  arguments.option("--to", said->to, "what came before this time");
  arguments.flag("--all", said->all, "all that there are");
  return [said] { return replay(*said, "raw/replay"); };
}

}  // namespace

const Command kReplayCommand = {
    .name = "replay",
    .summary = "Put a stretch of a flow's topic through it once more, as it is today.",
    .example = "millrace replay store --from 2026-11-21T10:00:00Z --to 2026-11-21T11:00:00Z",
    .declare = declare_replay};
const Command kReplayRawCommand = {.name = "raw replay",
                                   .summary = "Put payloads through their flow once more, as it is today.",
                                   .example = "millrace raw replay ingest --at 3",
                                   .declare = declare_replay_raw};

}  // namespace millrace
