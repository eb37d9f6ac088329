// What starting pipeline files would change.
#include "doors/admin/plan.h"

#include <unistd.h>

#include <string_view>

#include <fmt/format.h>

#include "doors/admin/list.h"
#include "flow/plan.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

std::string_view what_name(Change::What what) {
  switch (what) {
    case Change::What::kSame: return "same";
    case Change::What::kNew: return "new";
    case Change::What::kChanged: return "changed";
    case Change::What::kGone: return "gone";
  }
  MILLRACE_UNREACHABLE("kind of change");
}

std::string_view consequence_name(Consequence consequence) {
  switch (consequence) {
    case Consequence::kNone: return "none";
    case Consequence::kLoss: return "loss";
    case Consequence::kImpossible: return "impossible";
  }
  MILLRACE_UNREACHABLE("consequence");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

Result<std::vector<LoadOutcome>> load_said(const AdminRoom& room, const AdminArguments& arguments) {
  LoadOptions options{.profile = arguments.text("profile")};
  for (const std::string& param : lines_of(arguments.text("params"))) {
    const size_t equals = param.find('=');
    if (equals == std::string::npos) return Error(ErrorCode::kInvalidArgument, "'params' are name=value, a line each");
    options.params[param.substr(0, equals)] = param.substr(equals + 1);
  }
  TRY(files, arguments.required("files"));
  std::vector<LoadOutcome> outcomes;
  for (const std::string& file : lines_of(files)) outcomes.push_back(load_pipeline(file, room.catalog, options));
  check_together(outcomes);
  for (const LoadOutcome& outcome : outcomes) {
    if (outcome.plan != nullptr) continue;
    return Error(ErrorCode::kInvalidSpec,
                 fmt::format("{} has mistakes:\n{}", outcome.file, render_diagnostics(outcome, false)));
  }
  return outcomes;
}

Status answer_plan(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(outcomes, load_said(room, arguments));
  std::vector<const PipelinePlan*> plans;
  for (const LoadOutcome& outcome : outcomes) plans.push_back(outcome.plan.get());
  TRY(changes, changes_of(&room.home, plans, room.clock));
  Json json = plan_json(changes);
  json["up"] = room.host != nullptr;
  json["pid"] = room.host == nullptr ? Json() : Json(::getpid());
  return take_json(take, json);
}

}  // namespace

Json plan_json(const std::vector<Change>& changes) {
  Json json{{"up", false}, {"pid", Json()}, {"changes", Json::array()}};
  json["loses"] = Json::array();
  json["impossible"] = Json::array();
  for (const Change& change : changes) {
    Json one{{"id", change.id()}, {"kind", change.kind}, {"name", change.name}, {"what", what_name(change.what)}};
    one["details"] = Json::array();
    for (const ChangeDetail& detail : change.details) {
      one["details"].push_back({{"sign", std::string(1, detail.sign)},
                                {"text", detail.text},
                                {"consequence", consequence_name(detail.consequence)}});
    }
    json["changes"].push_back(std::move(one));
    if (change.has(Consequence::kLoss)) json["loses"].push_back(change.id());
    if (change.has(Consequence::kImpossible)) json["impossible"].push_back(change.id());
  }
  return json;
}

const AdminAction kPlanAction = {
    .name = "plan",
    .changes = true,  // nothing, but it reads files, which is for the owner only
    .summary = "What starting `files` (paths, a line each; with `params` and `profile`) would change.",
    .answer = answer_plan};

}  // namespace millrace
