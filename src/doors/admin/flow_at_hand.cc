#include "doors/admin/flow_at_hand.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "connect/changes/prepare.h"

namespace millrace {

Result<std::unique_ptr<PipelinePlan>> load_plan(const AdminRoom& room, const std::string& file) {
  LoadOutcome outcome = load_pipeline(file, room.catalog, {});
  if (outcome.plan != nullptr) return std::move(outcome.plan);
  return Error(ErrorCode::kInvalidSpec, fmt::format("{} has mistakes:\n{}", file, render_diagnostics(outcome, false)));
}

Result<FlowPlan*> find_flow(PipelinePlan& pipeline, std::string_view name) {
  std::string names;
  for (FlowPlan& flow : pipeline.flows) {
    if (flow.name == name || flow.id == name || pipeline.id_of(flow) == name) return &flow;
    names += (names.empty() ? "" : ", ") + flow.name;
  }
  return Error(ErrorCode::kNotFound, fmt::format("{} has no flow '{}'; there are: {}", pipeline.file, name, names));
}

Status with_flow(const AdminRoom& room, const AdminArguments& arguments,
                 const std::function<Status(const PipelinePlan& pipeline, const FlowPlan& flow)>& something) {
  TRY(name, arguments.required("flow"));
  if (room.host != nullptr) {
    TRY(flow, room.host->find(name));
    return room.host->while_resting(name, [&] { return something(flow->pipeline(), flow->plan()); });
  }
  const std::string file = arguments.text("file");
  if (file.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "nothing is up, so the pipeline file is needed to know the flow: say --file users.yaml");
  }
  TRY(plan, load_plan(room, file));
  TRY(flow, find_flow(*plan, name));
  const std::array<const PipelinePlan*, 1> plans = {plan.get()};
  TRY_STATUS(prepare_home(room.home, plans, room.clock));
  return something(*plan, *flow);
}

}  // namespace millrace
