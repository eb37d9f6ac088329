// `plan` and `apply`: what starting a changed file does to what is in the data directory.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/table.h"
#include "connect/changes/prepare.h"
#include "doors/admin/admin_client.h"
#include "doors/admin/plan.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

struct PlanArguments {
  std::vector<std::string> files;
  LoadArguments load;  // of each file
  HomeArguments home;
  bool allow_loss = false;
  std::vector<std::string> allow;
  std::vector<std::string> remove;

  void declare(Arguments& arguments) {
    arguments.positionals("files", files, "pipeline files, or directories of them, as `up` would take them");
    load.declare_options(arguments);
    home.declare(arguments);
  }
};

// What both commands begin with: the files, checked, and where their data is.
struct Planned {
  std::vector<LoadArguments> loads;
  Plans owned;
  std::vector<const PipelinePlan*> plans;
  std::string directory;
  bool there = false;  // the directory
};

std::unique_ptr<Planned> load_planned(const PlanArguments& arguments, std::string_view command, int& exit_code) {
  if (arguments.files.empty()) {
    fmt::print(stderr, "millrace: {} needs a pipeline file, or a directory of them\n", command);
    exit_code = kExitUsage;
    return nullptr;
  }
  auto planned = std::make_unique<Planned>();
  planned->loads = arguments.load.each_of(arguments.files, exit_code);
  if (exit_code == kExitOk) planned->owned = load_all_or_explain(planned->loads, exit_code);
  if (exit_code != kExitOk) return nullptr;
  for (const auto& plan : planned->owned) planned->plans.push_back(plan.get());
  planned->directory =
      arguments.home.directory.empty() ? default_home_directory(*planned->plans[0]) : arguments.home.directory;
  planned->there = real_file_system()->is_directory(planned->directory);
  return planned;
}

std::string_view sign_of(const std::string& what) {
  return what == "new" ? "+" : what == "changed" ? "~" : what == "gone" ? "-" : "=";
}

void show_change(const Json& change) {
  fmt::print("{} {:<6} {}\n", sign_of(change.at("what").get<std::string>()), change.at("kind").get<std::string>(),
             change.at("name").get<std::string>());
  constexpr std::string_view kIndent = "      ";
  for (const Json& detail : change.at("details")) {
    const std::string consequence = detail.at("consequence").get<std::string>();
    const std::string text = (consequence == "loss"         ? "LOSS: "
                              : consequence == "impossible" ? "IMPOSSIBLE: "
                                                            : "") +
                             detail.at("text").get<std::string>();
    std::string sign = detail.at("sign").get<std::string>();
    for (const std::string& line : wrapped(text, terminal_width() - kIndent.size())) {
      fmt::print("    {} {}\n", sign, line);
      sign = " ";
    }
  }
}

std::string files_said(const PlanArguments& arguments) { return fmt::format("{}", fmt::join(arguments.files, " ")); }

std::string with_each(const Json& ids, std::string_view option) {
  std::string out;
  for (const Json& id : ids) out += fmt::format(" {} {}", option, id.get<std::string>());
  return out;
}

void show_plan(const Planned& planned, const Json& plan) {
  fmt::print("data directory {}{}\n", planned.directory, planned.there ? "" : ", which is not there yet");
  std::map<std::string, size_t> counts;
  for (const Json& change : plan.at("changes")) {
    show_change(change);
    ++counts[change.at("what").get<std::string>()];
  }
  fmt::print("{} new, {} changed, {} gone, {} as before\n", counts["new"], counts["changed"], counts["gone"],
             counts["same"]);
}

// What can be done about it.
void show_ways(const PlanArguments& arguments, const Json& plan) {
  const std::string files = files_said(arguments);
  Json gone = Json::array();
  for (const Json& change : plan.at("changes")) {
    if (change.at("what") == "gone") gone.push_back(change.at("id"));
  }
  if (!gone.empty()) {
    fmt::print("what has gone from the file stays until told otherwise: millrace apply {}{}\n", files,
               with_each(gone, "--remove"));
  }
  if (!plan.at("loses").empty()) {
    fmt::print("what is lost has to be agreed to; nothing starts before: millrace apply {}{}\n", files,
               with_each(plan.at("loses"), "--allow"));
  }
  if (!plan.at("impossible").empty()) fmt::print("what is impossible has to go from the file; nothing starts before\n");
  if (plan.at("up").get<bool>()) {
    fmt::print("process {} has it up, and goes on as it was started; its next start does this\n",
               plan.at("pid").get<int64_t>());
  }
}

bool is_refused(const Json& plan) { return !plan.at("loses").empty() || !plan.at("impossible").empty(); }

Result<Json> plan_without_home(const Planned& planned) {
  TRY(changes, changes_of(nullptr, planned.plans, SystemClock()));
  return plan_json(changes);
}

int plan(const PlanArguments& arguments) {
  int exit_code = kExitOk;
  const auto planned = load_planned(arguments, "plan", exit_code);
  if (planned == nullptr) return exit_code;
  const auto show = [&](const Json& json) {
    if (is_refused(json)) exit_code = kExitFailed;
    if (arguments.load.json) {
      fmt::print("{}\n", json.dump(2));
      return;
    }
    show_plan(*planned, json);
    show_ways(arguments, json);
  };
  if (!planned->there) {
    const auto json = plan_without_home(*planned);
    MILLRACE_ASSERT(json.ok(), "nothing is asked for");
    show(*json);
    return exit_code;
  }
  std::vector<std::string> paths;
  for (const LoadArguments& one : planned->loads) paths.push_back(std::filesystem::absolute(one.file).string());
  const AdminArguments said{{"files", fmt::format("{}", fmt::join(paths, "\n"))},
                            {"params", fmt::format("{}", fmt::join(arguments.load.params, "\n"))},
                            {"profile", arguments.load.profile}};
  const int asked = ask_and_show({.directory = planned->directory}, "plan", said, show);
  return asked == kExitOk ? exit_code : asked;
}

Agreed agreed_of(const PlanArguments& arguments) {
  return {.all_losses = arguments.allow_loss,
          .losses = {arguments.allow.begin(), arguments.allow.end()},
          .removals = {arguments.remove.begin(), arguments.remove.end()}};
}

Status apply_in_home(const PlanArguments& arguments, const Planned& planned, Json& json) {
  const SystemClock clock;
  const std::atomic<bool>& stop = catch_interrupts();
  const auto files = real_file_system(&stop);
  if (planned.there && AdminClient::find(planned.directory, stop) != nullptr) {
    return Error(ErrorCode::kUnavailable,
                 fmt::format("a process has {} up: stop it with Ctrl-C, apply, and start it again", planned.directory));
  }
  TRY(home, open_home(planned.directory, *files, clock));
  TRY(changes, changes_of(home.get(), planned.plans, clock));
  json = plan_json(changes);
  return apply_changes(*home, planned.plans, changes, agreed_of(arguments));
}

int apply(const PlanArguments& arguments) {
  int exit_code = kExitOk;
  const auto planned = load_planned(arguments, "apply", exit_code);
  if (planned == nullptr) return exit_code;
  Json json;
  const Status applied = apply_in_home(arguments, *planned, json);
  if (arguments.load.json) {
    if (json.is_null()) json = Json::object();
    json["done"] = applied.ok();
    if (!applied.ok()) json["error"] = applied.error().message();
    fmt::print("{}\n", json.dump(2));
  } else if (applied.ok()) {
    show_plan(*planned, json);
    fmt::print("done{}\n", arguments.remove.empty() ? std::string()
                                                    : fmt::format("; removed: {}", fmt::join(arguments.remove, ", ")));
  }
  if (applied.ok()) return kExitOk;
  if (!arguments.load.json) fmt::print(stderr, "millrace: {}\n", applied.error().message());
  return applied.error().code() == ErrorCode::kInvalidArgument ? kExitUsage : kExitFailed;
}

std::function<int()> declare_plan(Arguments& arguments) {
  auto said = std::make_shared<PlanArguments>();
  said->declare(arguments);
  return [said] { return plan(*said); };
}

std::function<int()> declare_apply(Arguments& arguments) {
  auto said = std::make_shared<PlanArguments>();
  said->declare(arguments);
  arguments.flag("--allow-loss", said->allow_loss, "do all that loses something");
  arguments.options("--allow", said->allow, "do what is lost of this one, as topic:users; may be repeated");
  arguments.options(
      "--remove", said->remove,
      "remove what has gone from the file, as flow:users.old or column:shop.users.email, with all that is "
      "there of it; may be repeated");
  return [said] { return apply(*said); };
}

}  // namespace

const Command kPlanCommand = {.name = "plan",
                              .summary = "Say what starting changed pipeline files would do to what is there.",
                              .example = "millrace plan users.yaml",
                              .declare = declare_plan};
const Command kApplyCommand = {
    .name = "apply",
    .summary = "Take over changed pipeline files, also what loses data where that is agreed to.",
    .example = "millrace apply users.yaml --remove flow:users.old",
    .declare = declare_apply};

}  // namespace millrace
