// How the flows of a home are: `status` in short, `flows` one by one.
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/exit_code.h"
#include "cli/load.h"
#include "cli/report.h"
#include "cli/table.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

struct StatusArguments {
  HomeArguments home;
  std::string flow;
  bool json = false;
};

std::string text_or(const Json& json, const char* name, std::string_view otherwise) {
  const auto found = json.find(name);
  return found == json.end() || !found->is_string() || found->get_ref<const std::string&>().empty()
             ? std::string(otherwise)
             : found->get<std::string>();
}

std::string count(const Json& flow, const char* name) {
  return with_commas(flow.at("ledger").at(name).get<uint64_t>());
}

std::string books(const Json& flow) {
  Ledger ledger;
  for (const LedgerField& field : ledger_fields()) {
    ledger.*field.count = flow.at("ledger").value(std::string(field.name), uint64_t{0});
  }
  return ledger.text();
}

void show_status(const Json& status) {
  if (status.at("up").get<bool>()) {
    fmt::print("up as process {}; data in {}\n", status.at("pid").get<int64_t>(), status.at("data").get<std::string>());
  } else {
    fmt::print("nothing is up; data in {}\n", status.at("data").get<std::string>());
  }
  if (status.at("flows").empty()) {
    fmt::print("no flow has run here yet\n");
    return;
  }
  Table table({"flow", "state", "read", "written", "quarantined", "behind"});
  for (const Json& flow : status.at("flows")) {
    table.add({flow.at("flow").get<std::string>(), flow.at("state").get<std::string>(), count(flow, "read"),
               count(flow, "written"), count(flow, "quarantined"),
               flow.contains("behind") ? with_commas(flow.at("behind").get<uint64_t>()) : "?"});
  }
  fmt::print("{}", table.render(terminal_width()));
  for (const Json& flow : status.at("flows")) {
    const std::string why = text_or(flow, "why", "");
    if (!why.empty()) fmt::print("{}: {}\n", flow.at("flow").get<std::string>(), why);
  }
}

void show_flow(const Json& flow) {
  fmt::print("{}  {}{}\n", flow.at("flow").get<std::string>(), flow.at("state").get<std::string>(),
             flow.contains("since") ? " since " + flow.at("since").get<std::string>() : "");
  if (const std::string why = text_or(flow, "why", ""); !why.empty()) fmt::print("  {}\n", why);
  if (flow.contains("from")) {
    fmt::print("  {} -> {}\n", flow.at("from").get<std::string>(),
               fmt::join(flow.at("to").get<std::vector<std::string>>(), ", "));
  }
  fmt::print("  ledger: {}\n", books(flow));
  for (const Json& check : flow.at("checks")) {
    if (check.at("failed").get<uint64_t>() == 0) continue;
    fmt::print("  {}: {} failed of {}\n", check.at("check").get<std::string>(),
               with_commas(check.at("failed").get<uint64_t>()), with_commas(check.at("checked").get<uint64_t>()));
  }
  if (flow.contains("partitions")) {
    for (const Json& part : flow.at("partitions")) {
      fmt::print("  {}[{}] at {} of {}\n", part.at("topic").get<std::string>(), part.at("partition").get<int64_t>(),
                 with_commas(part.at("position").get<uint64_t>()), with_commas(part.at("end").get<uint64_t>()));
    }
  }
  if (const std::string next = text_or(flow, "next_run", ""); !next.empty()) fmt::print("  next run at {}\n", next);
}

std::function<int()> declare_status(Arguments& arguments) {
  auto status = std::make_shared<StatusArguments>();
  status->home.declare_with_file(arguments);
  arguments.flag("--json", status->json, "print JSON, for machines");
  return [status] {
    return status->json ? ask_and_print(status->home, "status", {})
                        : ask_and_show(status->home, "status", {}, show_status);
  };
}

std::function<int()> declare_flows(Arguments& arguments) {
  auto flows = std::make_shared<StatusArguments>();
  arguments.positional("flow", flows->flow, "only this one", false);
  flows->home.declare_with_file_option(arguments);
  arguments.flag("--json", flows->json, "print a JSON object a flow");
  return [flows] {
    bool any = false;
    const int exit_code = ask_and_show(flows->home, "status", {}, [&](const Json& status) {
      for (const Json& flow : status.at("flows")) {
        const std::string name = flow.at("flow").get<std::string>();
        if (!flows->flow.empty() && name != flows->flow && !name.ends_with("." + flows->flow)) continue;
        any = true;
        if (flows->json) {
          fmt::print("{}\n", flow.dump());
        } else {
          show_flow(flow);
        }
      }
    });
    if (exit_code != kExitOk || any || flows->flow.empty()) return exit_code;
    fmt::print(stderr, "millrace: there is no flow '{}'; `millrace status` lists them\n", flows->flow);
    return static_cast<int>(kExitFailed);
  };
}

std::function<int()> declare_ledger(Arguments& arguments) {
  auto ledger = std::make_shared<StatusArguments>();
  ledger->home.declare_with_file(arguments);
  arguments.flag("--json", ledger->json, "print a JSON object a flow");
  return [ledger] {
    if (ledger->json) return ask_and_print(ledger->home, "ledger", {});
    return ask_and_show(ledger->home, "ledger", {}, [](const Json& flow) {
      fmt::print("{}: {}\n", flow.at("flow").get<std::string>(), books(flow));
    });
  };
}

}  // namespace

const Command kStatusCommand = {.name = "status",
                                .summary = "How the process that is up and its flows are.",
                                .example = "millrace status",
                                .declare = declare_status};
const Command kFlowsCommand = {.name = "flows",
                               .summary = "Each flow: what it does, its books, how far it is behind.",
                               .example = "millrace flows store",
                               .declare = declare_flows};
const Command kLedgerCommand = {.name = "ledger",
                                .summary = "What became of every record since the books of each flow began.",
                                .example = "millrace ledger",
                                .declare = declare_ledger};

}  // namespace millrace
