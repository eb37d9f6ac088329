// Runs of scheduled flows: `runs` lists them; `trigger`, `backfill`, `clear` and `cancel` order some.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/table.h"
#include "flow/schedule/run.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kPlanLinesMax = 10;  // of a plan are shown

struct RunsArguments {
  HomeArguments home;
  std::string run, flow, state, at, from, to;
  int64_t limit = 20;
  bool json = false, yes = false, again = false;
};

std::string text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || !found->is_string() ? std::string() : found->get<std::string>();
}

std::string seconds_between(const Json& run) {
  const auto started = parse_run_id("x@" + text_of(run, "started"));
  const auto ended = parse_run_id("x@" + text_of(run, "ended"));
  if (!started || !ended) return "";
  return fmt::format("{} s", (ended->instant_us - started->instant_us) / 1'000'000);
}

std::string count(const Json& run, const char* name) { return with_commas(run.at("ledger").at(name).get<uint64_t>()); }

void print_runs(const std::vector<Json>& runs) {
  if (runs.empty()) {
    fmt::print("there are no such runs\n");
    return;
  }
  Table table({"run", "state", "attempt", "started", "took", "read", "written", "quarantined", "error"});
  for (const Json& run : runs) {
    std::string error = text_of(run, "error");
    if (const int64_t missed = run.at("missed").get<int64_t>(); missed > 0) {
      error = fmt::format("{}{}{} before it missed", error, error.empty() ? "" : "; ", missed);
    }
    table.add({text_of(run, "run"), text_of(run, "state"), std::to_string(run.at("attempt").get<int64_t>()),
               text_of(run, "started"), seconds_between(run), count(run, "read"), count(run, "written"),
               count(run, "quarantined"), error});
  }
  fmt::print("{}", table.render(terminal_width()));
}

int list_runs(const RunsArguments& arguments) {
  const AdminArguments said{
      {"flow", arguments.flow}, {"state", arguments.state}, {"limit", std::to_string(arguments.limit)}};
  if (arguments.json) return ask_and_print(arguments.home, "runs", said);
  std::vector<Json> runs;
  const int exit_code = ask_and_show(arguments.home, "runs", said, [&](const Json& run) { runs.push_back(run); });
  if (exit_code == kExitOk) print_runs(runs);
  return exit_code;
}

// When it will be: a process that is up begins at once.
std::string when(const Json& answer) {
  return answer.at("up").get<bool>() ? "" : "; nothing is up, `millrace up` runs what is due";
}

int trigger(const RunsArguments& arguments) {
  const AdminArguments said{{"flow", arguments.flow}, {"at", arguments.at}};
  if (arguments.json) return ask_and_print(arguments.home, "runs/trigger", said);
  return ask_and_show(arguments.home, "runs/trigger", said,
                      [](const Json& run) { fmt::print("run {} is due{}\n", text_of(run, "run"), when(run)); });
}

int cancel(const RunsArguments& arguments) {
  const AdminArguments said{{"run", arguments.run}};
  if (arguments.json) return ask_and_print(arguments.home, "runs/cancel", said);
  return ask_and_show(arguments.home, "runs/cancel", said,
                      [](const Json& run) { fmt::print("run {} is cancelled\n", text_of(run, "run")); });
}

bool confirmed(std::string_view question) {
  if (::isatty(STDIN_FILENO) == 0) {
    fmt::print(stderr, "millrace: nothing has been done; add --yes to do it\n");
    return false;
  }
  fmt::print("{} [y/N] ", question);
  std::fflush(stdout);
  const int answer = std::getchar();
  if (answer == 'y' || answer == 'Y') return true;
  fmt::print("nothing has been done\n");
  return false;
}

// The runs of a plan, the first ones, and its last line, which says how many there are.
struct Plan {
  std::vector<std::string> lines;
  Json summary;
};

int ask_for_plan(const RunsArguments& arguments, std::string_view action, const AdminArguments& said, Plan& plan) {
  return ask_and_show(arguments.home, action, said, [&](const Json& answer) {
    if (!answer.contains("run")) {
      plan.summary = answer;
    } else if (plan.lines.size() < kPlanLinesMax) {
      plan.lines.push_back(fmt::format("  {}  for {} to {}", text_of(answer, "run"), text_of(answer, "window_start"),
                                       text_of(answer, "window_end")));
    }
  });
}

void print_plan(const Plan& plan) {
  for (const std::string& line : plan.lines) fmt::print("{}\n", line);
  const auto runs = plan.summary.at("runs").get<size_t>();
  if (runs > plan.lines.size()) fmt::print("  and {} more\n", runs - plan.lines.size());
}

int backfill(const RunsArguments& arguments) {
  AdminArguments said{{"flow", arguments.flow}, {"from", arguments.from}, {"to", arguments.to}};
  Plan plan;
  if (const int code = ask_for_plan(arguments, "runs/backfill", said, plan); code != kExitOk) return code;
  const auto runs = plan.summary.at("runs").get<size_t>();
  const auto there = plan.summary.at("have_run").get<size_t>();
  fmt::print("{} run{} of {} to make up for{}\n", runs, runs == 1 ? "" : "s", text_of(plan.summary, "flow"),
             there == 0 ? "" : fmt::format("; {} more times have a run already, and keep it", there));
  print_plan(plan);
  if (runs == 0) return kExitOk;
  if (!arguments.yes && !confirmed("make them due?")) return kExitUsage;
  said.set("go", "true");
  Plan done;
  if (const int code = ask_for_plan(arguments, "runs/backfill", said, done); code != kExitOk) return code;
  fmt::print("{} runs are due{}\n", done.summary.at("runs").get<size_t>(), when(done.summary));
  return kExitOk;
}

int clear(const RunsArguments& arguments) {
  AdminArguments said{{"run", arguments.run}, {"flow", arguments.flow}, {"from", arguments.from}, {"to", arguments.to}};
  Plan plan;
  if (const int code = ask_for_plan(arguments, "runs/clear", said, plan); code != kExitOk) return code;
  const auto runs = plan.summary.at("runs").get<size_t>();
  const auto open = plan.summary.at("open").get<size_t>();
  fmt::print("{} run{} to clear{}\n", runs, runs == 1 ? "" : "s",
             open == 0 ? "" : fmt::format("; {} more are due or under way, and stay so", open));
  print_plan(plan);
  if (runs == 0) return kExitOk;
  fmt::print("{}\n", text_of(plan.summary, "effect"));
  if (plan.summary.at("set_back").get<bool>()) {
    fmt::print("the flow goes back to where the first of them began, with new books, and reads on from there\n");
  }
  if (plan.summary.at("needs_again").get<bool>() && !arguments.again) {
    fmt::print(stderr, "millrace: nothing has been done; add --again to let topics get these records a second time\n");
    return kExitUsage;
  }
  if (!arguments.yes && !confirmed("make them due again?")) return kExitUsage;
  said.set("go", "true");
  if (arguments.again) said.set("again", "true");
  Plan done;
  if (const int code = ask_for_plan(arguments, "runs/clear", said, done); code != kExitOk) return code;
  fmt::print("{} run{} due again{}\n", runs, runs == 1 ? " is" : "s are", when(done.summary));
  return kExitOk;
}

void declare_times(RunsArguments& of, Arguments& arguments) {
  arguments.option("--from", of.from, "the first time, as 2026-11-21T10:05:00Z or 2026-11-21");
  arguments.option("--to", of.to, "the last time");
  arguments.flag("--yes", of.yes, "do not ask");
  of.home.declare(arguments);
}

std::function<int()> declare_runs(Arguments& arguments) {
  auto of = std::make_shared<RunsArguments>();
  arguments.option("--flow", of->flow, "only of this flow");
  arguments.option("--state", of->state,
                   "only those that are due, running, retrying, succeeded, failed, timed_out, "
                   "skipped or cancelled");
  arguments.option("--limit", of->limit, "how many, the newest first; 20 if not said, 0: all");
  of->home.declare(arguments);
  arguments.flag("--json", of->json, "print a JSON object a run");
  return [of] { return list_runs(*of); };
}

std::function<int()> declare_trigger(Arguments& arguments) {
  auto of = std::make_shared<RunsArguments>();
  arguments.positional("flow", of->flow, "\"ingest\", or \"users.ingest\" where several pipelines have one", true);
  arguments.option("--at", of->at, "the time that the run is of, as 2026-11-21T10:05:00Z; now if not said");
  of->home.declare(arguments);
  arguments.flag("--json", of->json, "print JSON, for machines");
  return [of] { return trigger(*of); };
}

std::function<int()> declare_backfill(Arguments& arguments) {
  auto of = std::make_shared<RunsArguments>();
  arguments.positional("flow", of->flow, "\"ingest\", or \"users.ingest\" where several pipelines have one", true);
  declare_times(*of, arguments);
  return [of] { return backfill(*of); };
}

std::function<int()> declare_clear(Arguments& arguments) {
  auto of = std::make_shared<RunsArguments>();
  arguments.positional("run", of->run, "one run, as ingest@2026-11-21T10:05:00Z; or --flow, --from and --to", false);
  arguments.option("--flow", of->flow, "the flow whose runs are cleared");
  declare_times(*of, arguments);
  arguments.flag("--again", of->again, "topics may get the records of these runs a second time");
  return [of] { return clear(*of); };
}

std::function<int()> declare_cancel(Arguments& arguments) {
  auto of = std::make_shared<RunsArguments>();
  arguments.positional("run", of->run, "as ingest@2026-11-21T10:05:00Z", true);
  of->home.declare(arguments);
  arguments.flag("--json", of->json, "print JSON, for machines");
  return [of] { return cancel(*of); };
}

}  // namespace

const Command kRunsCommand = {.name = "runs",
                              .summary = "List the runs of scheduled flows, the newest first.",
                              .example = "millrace runs --flow ingest --state failed",
                              .declare = declare_runs};
const Command kTriggerCommand = {.name = "trigger",
                                 .summary = "Run a scheduled flow now, or for another time.",
                                 .example = "millrace trigger ingest",
                                 .declare = declare_trigger};
const Command kBackfillCommand = {
    .name = "backfill",
    .summary = "Run a scheduled flow for times that have gone by without a run; shows which, and asks.",
    .example = "millrace backfill ingest --from 2026-11-01 --to 2026-11-20 --yes",
    .declare = declare_backfill};
const Command kClearCommand = {
    .name = "clear",
    .summary = "Make runs that have ended due again; says what happens to what they have written, and asks.",
    .example = "millrace clear ingest@2026-11-21T10:05:00Z",
    .declare = declare_clear};
const Command kCancelCommand = {.name = "cancel",
                                .summary = "End a run that is due or under way.",
                                .example = "millrace cancel ingest@2026-11-21T10:05:00Z",
                                .declare = declare_cancel};

}  // namespace millrace
