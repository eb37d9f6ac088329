// Quarantine: `quarantine list|show|export|retry|drop|try`.
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/exit_code.h"
#include "cli/outcome.h"
#include "cli/report.h"
#include "cli/table.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

struct QuarantineArguments {
  HomeArguments home;
  std::string flow;
  std::string rule;
  std::string at;
  int64_t limit = 10;
  bool all = false;
  bool json = false;

  void declare(Arguments& arguments, bool flow_required) {
    arguments.positional("flow", flow, "\"store\", or \"users.store\" where several pipelines have one", flow_required);
    arguments.option("--file", home.file, "its pipeline file; needed where nothing is up");
    home.declare(arguments);
    arguments.flag("--json", json, "print JSON, for machines");
  }
  void declare_selection(Arguments& arguments) {
    arguments.option("--rule", rule, "only records that broke this rule, as `quarantine list` has it");
    arguments.option("--at", at, "only these, by their offsets in quarantine: 0-4,9");
  }

  AdminArguments said() const {
    AdminArguments said{{"limit", fmt::format("{}", limit)}};
    if (!flow.empty()) said.set("flow", flow);
    if (!home.file.empty()) said.set("file", std::filesystem::absolute(home.file).string());
    if (!rule.empty()) said.set("rule", rule);
    if (!at.empty()) said.set("at", at);
    if (all) said.set("all", "true");
    return said;
  }
};

int list(const QuarantineArguments& arguments) {
  if (arguments.json) return ask_and_print(arguments.home, "quarantine", arguments.said());
  Table table({"flow", "rule", "records", "last", "for example"});
  bool any = false;
  const int exit_code = ask_and_show(arguments.home, "quarantine", arguments.said(), [&](const Json& rule) {
    any = true;
    table.add({rule.at("flow").get<std::string>(), rule.at("rule").get<std::string>(),
               with_commas(rule.at("records").get<uint64_t>()), rule.at("last").get<std::string>(),
               rule.at("example").get<std::string>()});
  });
  if (exit_code != kExitOk) return exit_code;
  fmt::print("{}", any ? table.render(terminal_width()) : "nothing is in quarantine\n");
  return exit_code;
}

int show(const QuarantineArguments& arguments) {
  if (arguments.json) return ask_and_print(arguments.home, "quarantine/show", arguments.said());
  return ask_and_show(arguments.home, "quarantine/show", arguments.said(), [](const Json& record) {
    fmt::print("{} {}  {} in step {}, came in {}\n", record.at("flow").get<std::string>(),
               record.at("at").get<int64_t>(), record.at("place").get<std::string>(),
               record.at("step").get<std::string>(), record.at("came_in").get<std::string>());
    for (const Json& fault : record.at("faults")) {
      fmt::print("  {}: {}\n", fault.at("rule").get<std::string>(), fault.at("reason").get<std::string>());
    }
    for (const char* const form : {"record", "record_json"}) {
      const auto text = record.find(form);
      if (text == record.end()) continue;
      fmt::print("  {}\n", text->get<std::string>());
      return;
    }
    fmt::print("  base64: {}\n", record.at("record_base64").get<std::string>());
  });
}

int act(const QuarantineArguments& arguments, std::string_view action, std::string_view what) {
  if (arguments.json) return ask_and_print(arguments.home, action, arguments.said());
  return ask_and_show(arguments.home, action, arguments.said(), [&](const Json& answer) {
    fmt::print("{}: {} records {}: {}\n", answer.at("flow").get<std::string>(),
               with_commas(answer.at("records").get<uint64_t>()), what, outcome_text(answer));
    print_first_faults(answer);
  });
}

std::function<int()> declare_list(Arguments& arguments) {
  auto said = std::make_shared<QuarantineArguments>();
  said->declare(arguments, false);
  return [said] { return list(*said); };
}

std::function<int()> declare_show(Arguments& arguments) {
  auto said = std::make_shared<QuarantineArguments>();
  said->declare(arguments, false);
  said->declare_selection(arguments);
  arguments.option("-n,--limit", said->limit, "how many of each flow; 10 if not said");
  return [said] { return show(*said); };
}

std::function<int()> declare_export(Arguments& arguments) {
  auto said = std::make_shared<QuarantineArguments>();
  said->declare(arguments, false);
  said->declare_selection(arguments);
  return [said] { return ask_and_print(said->home, "quarantine/export", said->said()); };
}

std::function<int()> declare_retry(Arguments& arguments) {
  auto said = std::make_shared<QuarantineArguments>();
  said->declare(arguments, true);
  said->declare_selection(arguments);
  return [said] { return act(*said, "quarantine/retry", "tried again"); };
}

std::function<int()> declare_drop(Arguments& arguments) {
  auto said = std::make_shared<QuarantineArguments>();
  said->declare(arguments, true);
  said->declare_selection(arguments);
  arguments.flag("--all", said->all, "all that there are");
  return [said] { return act(*said, "quarantine/drop", "given up"); };
}

std::function<int()> declare_try(Arguments& arguments) {
  auto said = std::make_shared<QuarantineArguments>();
  said->declare(arguments, true);
  said->declare_selection(arguments);
  return [said] { return act(*said, "quarantine/try", "would become"); };
}

}  // namespace

const Command kListQuarantineCommand = {.name = "quarantine list",
                                        .summary = "How many records are in quarantine, by rule.",
                                        .example = "millrace quarantine list",
                                        .declare = declare_list};
const Command kShowQuarantinedCommand = {.name = "quarantine show",
                                         .summary = "Records in quarantine: their place, faults and bytes.",
                                         .example = "millrace quarantine show store --rule 'email email' -n 3",
                                         .declare = declare_show};
const Command kExportQuarantineCommand = {
    .name = "quarantine export",
    .summary = "Print the bytes of records in quarantine as they came, Avro as base64.",
    .example = "millrace quarantine export store > bad.jsonl",
    .declare = declare_export};
const Command kRetryQuarantineCommand = {.name = "quarantine retry",
                                         .summary = "Run records in quarantine through their flow as it is today.",
                                         .example = "millrace quarantine retry store --rule 'email email'",
                                         .declare = declare_retry};
const Command kDropQuarantinedCommand = {.name = "quarantine drop",
                                         .summary = "Give records in quarantine up.",
                                         .example = "millrace quarantine drop store --at 0-4,9",
                                         .declare = declare_drop};
const Command kTryQuarantineCommand = {
    .name = "quarantine try",
    .summary = "What an edited pipeline file would make of the records in quarantine.",
    .example = "millrace quarantine try store --file edited.yaml",
    .declare = declare_try};

}  // namespace millrace
