#pragma once

#include <functional>

#include "doors/admin/admin.h"

namespace millrace {

// Does something to the flow that the arguments name (`flow`; where nothing is up also `file`, its pipeline file),
// while nothing of it runs. The error: there is no such flow, or the file has mistakes, which are in the text.
Status with_flow(const AdminRoom& room, const AdminArguments& arguments,
                 const std::function<Status(const PipelinePlan& pipeline, const FlowPlan& flow)>& something);

// A plan of that file, for as long as it lives; the error has the mistakes in its text.
Result<std::unique_ptr<PipelinePlan>> load_plan(const AdminRoom& room, const std::string& file);

// By "pipeline.flow" or "flow".
Result<FlowPlan*> find_flow(PipelinePlan& pipeline, std::string_view name);

}  // namespace millrace
