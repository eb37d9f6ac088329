// What flows do, and orders to them.
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "connect/home/reset.h"
#include "doors/admin/flow_at_hand.h"
#include "doors/admin/list.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

Json flow_json(const FlowStatus& flow) {
  Json json{{"flow", flow.name()},
            {"state", flow_state_name(flow.state)},
            {"why", flow.why},
            {"since", instant_text(flow.state_since_us)},
            {"from", flow.from},
            {"to", flow.to},
            {"quarantine", flow.quarantine},
            {"run", flow.run_id},
            {"next_run", flow.next_run_us ? Json(instant_text(*flow.next_run_us)) : Json()},
            {"generation", flow.generation},
            {"ledger", ledger_json(flow.ledger)}};
  json["checks"] = Json::array();
  for (size_t i = 0; i < flow.checks.size(); ++i) {
    json["checks"].push_back(
        {{"check", flow.check_names[i]}, {"checked", flow.checks[i].checked}, {"failed", flow.checks[i].failed}});
  }
  int64_t behind = 0;
  json["partitions"] = Json::array();
  for (const PartitionLag& lag : flow.lag) {
    behind += lag.records();
    json["partitions"].push_back(
        {{"topic", lag.topic}, {"partition", lag.partition}, {"position", lag.position}, {"end", lag.end}});
  }
  json["behind"] = behind;
  return json;
}

// Without a process that has it up, a flow is what it has committed.
Json resting_flow_json(const Home& home, const std::string& name, const Checkpoint& checkpoint) {
  Json json{{"flow", name},
            {"state", home.is_paused(name) ? "paused" : "down"},
            {"run", checkpoint.run_id},
            {"generation", checkpoint.generation},
            {"ledger", ledger_json(checkpoint.ledger)}};
  json["checks"] = Json::array();
  for (const auto& [check, counts] : checkpoint.checks) {
    json["checks"].push_back({{"check", check}, {"checked", counts.checked}, {"failed", counts.failed}});
  }
  return json;
}

Status answer_status(const AdminRoom& room, const AdminArguments&, const TakeText& take) {
  Json json{{"up", room.host != nullptr},
            {"pid", room.host == nullptr ? Json() : Json(::getpid())},
            {"data", room.home.directory()},
            {"time", instant_text(room.clock.wall_us())}};
  json["flows"] = Json::array();
  if (room.host != nullptr) {
    for (const FlowStatus& flow : room.host->status()) json["flows"].push_back(flow_json(flow));
    return take_json(take, json);
  }
  TRY(flows, known_flows(room));
  for (const auto& [name, checkpoint] : flows) json["flows"].push_back(resting_flow_json(room.home, name, checkpoint));
  return take_json(take, json);
}

Status answer_ledger(const AdminRoom& room, const AdminArguments&, const TakeText& take) {
  TRY(flows, known_flows(room));
  for (const auto& [name, checkpoint] : flows) {
    TRY_STATUS(take_json(
        take, {{"flow", name}, {"generation", checkpoint.generation}, {"ledger", ledger_json(checkpoint.ledger)}}));
  }
  return {};
}

// A name that no flow has would be paused for nothing.
Result<std::string> known_flow(const AdminRoom& room, const AdminArguments& arguments) {
  TRY(name, arguments.required("flow"));
  TRY(flows, known_flows(room.home));
  if (flows.contains(name)) return name;
  std::vector<std::string> same;
  for (const auto& [known, checkpoint] : flows) {
    if (known.ends_with("." + name)) same.push_back(known);
  }
  if (same.size() == 1) return same[0];
  return Error(ErrorCode::kNotFound, fmt::format("the data directory knows {} '{}'; `millrace status` lists its flows",
                                                 same.empty() ? "no flow" : "several flows", name));
}

Status answer_pause(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  if (room.host != nullptr) {
    TRY(name, arguments.required("flow"));
    TRY_STATUS(room.host->pause(name));
    TRY(flow, room.host->find(name));
    return take_json(take, flow_json(flow->status()));
  }
  TRY(name, known_flow(room, arguments));
  TRY_STATUS(room.home.set_paused(name, true));
  return take_json(take, {{"flow", name}, {"state", "paused"}});
}

Status answer_resume(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  if (room.host != nullptr) {
    TRY(name, arguments.required("flow"));
    TRY_STATUS(room.host->resume(name));
    TRY(flow, room.host->find(name));
    return take_json(take, flow_json(flow->status()));
  }
  TRY(name, known_flow(room, arguments));
  TRY_STATUS(room.home.set_paused(name, false));
  return take_json(take, {{"flow", name}, {"state", "down"}});
}

Status answer_reset(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(text, arguments.required("to"));
  TRY(to, ResetTo::parse(text));
  return with_flow(room, arguments, [&](const PipelinePlan& pipeline, const FlowPlan& flow) -> Status {
    TRY(checkpoint, reset_flow(room.home, pipeline, flow, to));
    Json position = Json::object();
    for (const auto& [part, at] : checkpoint.position) position[part] = at.next;
    return take_json(
        take,
        {{"flow", pipeline.id_of(flow)}, {"generation", checkpoint.generation}, {"position", std::move(position)}});
  });
}

}  // namespace

const AdminAction kStatusAction = {.name = "status", .summary = "The process and its flows.", .answer = answer_status};
const AdminAction kLedgerAction = {
    .name = "ledger", .summary = "What became of the records of each flow.", .answer = answer_ledger};
const AdminAction kPauseAction = {.name = "flows/pause",
                                  .changes = true,
                                  .summary = "Keeps `flow` where it is until it is resumed.",
                                  .answer = answer_pause};
const AdminAction kResumeAction = {.name = "flows/resume",
                                   .changes = true,
                                   .summary = "Lets `flow` go on; one that has failed is tried again.",
                                   .answer = answer_resume};
const AdminAction kResetAction = {
    .name = "flows/reset",
    .changes = true,
    .summary = "Lets `flow` go on from another place (`to`: earliest, latest, offset:N or a time), with new books.",
    .answer = answer_reset};

}  // namespace millrace
