#pragma once

#include <optional>
#include <string>

#include "flow/catalog.h"
#include "flow/plan.h"

namespace millrace {

// Builds the plan of one flow, and leaves in the declarations what it writes; goes on behind a mistake as far as that
// makes sense. nullopt when there was any.
std::optional<FlowPlan> plan_flow(const Node& name, const Node& flow, const Catalog& catalog,
                                  Declarations& declarations, Diagnostics& diagnostics);

}  // namespace millrace
