// Payloads: `raw list|show`.
#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/table.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kNotSaid = INT64_MIN;

struct RawArguments {
  HomeArguments home;
  std::string flow;
  std::string at;
  std::string run;
  std::string from;
  std::string to;
  int64_t limit = kNotSaid;
  bool body = false;
  bool json = false;

  void declare(Arguments& arguments, bool flow_required) {
    arguments.positional("flow", flow, "\"ingest\", or \"users.ingest\" where several pipelines have one",
                         flow_required);
    home.declare(arguments);
    arguments.option("--at", at, "only these, by their offsets as `raw list` has them: 0-4,9");
    arguments.option("--run", run, "only what this run got, as `raw list` has it");
    arguments.option("--from", from, "only what came at this time or later: 2026-11-21T10:05:00Z");
    arguments.option("--to", to, "only what came before this time");
    arguments.flag("--json", json, "print JSON, for machines");
  }
  AdminArguments said() const {
    AdminArguments said;
    for (const auto& [name, value] :
         {std::pair("flow", &flow), {"at", &at}, {"run", &run}, {"from", &from}, {"to", &to}}) {
      if (!value->empty()) said.set(name, *value);
    }
    if (limit != kNotSaid) said.set("limit", fmt::format("{}", limit));
    return said;
  }
};

std::string status_of(const Json& payload) {
  return payload.at("status").is_null() ? "" : fmt::format("{}", payload.at("status").get<int>());
}

int list(const RawArguments& arguments) {
  if (arguments.json) return ask_and_print(arguments.home, "raw", arguments.said());
  Table table({"flow", "at", "time", "status", "bytes", "source", "run"});
  bool any = false;
  const int exit_code = ask_and_show(arguments.home, "raw", arguments.said(), [&](const Json& payload) {
    any = true;
    table.add({payload.at("flow").get<std::string>(), fmt::format("{}", payload.at("at").get<int64_t>()),
               payload.at("time").get<std::string>(), status_of(payload),
               with_commas(payload.at("bytes").get<uint64_t>()), payload.at("source").get<std::string>(),
               payload.at("run").get<std::string>()});
  });
  if (exit_code == kExitOk) fmt::print("{}", any ? table.render(terminal_width()) : "there is no such payload\n");
  return exit_code;
}

std::string body_of(const Json& payload) {
  const auto text = payload.find("body");
  if (text != payload.end()) return text->get<std::string>();
  return decode_base64(payload.at("body_base64").get<std::string>()).value_or("");
}

void print_head(const Json& payload) {
  const std::string status = status_of(payload);
  fmt::print("{} {}  {}{}, came in {} in run {}, {} bytes\n", payload.at("flow").get<std::string>(),
             payload.at("at").get<int64_t>(), payload.at("source").get<std::string>(),
             status.empty() ? "" : "  status " + status, payload.at("time").get<std::string>(),
             payload.at("run").get<std::string>(), with_commas(payload.at("bytes").get<uint64_t>()));
  for (const Json& header : payload.at("headers")) {
    fmt::print("  {}: {}\n", header.at("name").get<std::string>(), header.at("value").get<std::string>());
  }
  fmt::print("\n");
}

int show(const RawArguments& arguments) {
  if (arguments.json) return ask_and_print(arguments.home, "raw/show", arguments.said());
  bool any = false;
  const int exit_code = ask_and_show(arguments.home, "raw/show", arguments.said(), [&](const Json& payload) {
    any = true;
    const std::string body = body_of(payload);
    if (!arguments.body) print_head(payload);
    std::fwrite(body.data(), 1, body.size(), stdout);
    if (!arguments.body && !body.ends_with('\n')) fmt::print("\n");
  });
  if (exit_code != kExitOk || any) return exit_code;
  fmt::print(stderr, "there is no such payload\n");
  return kExitFailed;
}

std::function<int()> declare_list(Arguments& arguments) {
  auto said = std::make_shared<RawArguments>();
  said->declare(arguments, false);
  arguments.option("-n,--limit", said->limit, "how many of each flow, the newest; 20 if not said, 0: all");
  return [said] { return list(*said); };
}

std::function<int()> declare_show(Arguments& arguments) {
  auto said = std::make_shared<RawArguments>();
  said->declare(arguments, true);
  arguments.option("-n,--limit", said->limit, "how many, the newest; 1 if not said and without --at, 0: all");
  arguments.flag("--body", said->body, "print the bytes alone");
  return [said] { return show(*said); };
}

}  // namespace

const Command kListRawCommand = {.name = "raw list",
                                 .summary = "The payloads that sources got: answers of APIs, deliveries to webhooks.",
                                 .example = "millrace raw list ingest",
                                 .declare = declare_list};
const Command kShowRawCommand = {.name = "raw show",
                                 .summary = "A payload as it came: status, headers and bytes.",
                                 .example = "millrace raw show ingest --at 3 --body > answer.json",
                                 .declare = declare_show};

}  // namespace millrace
