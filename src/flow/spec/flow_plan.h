#pragma once

#include <optional>
#include <string>

#include "flow/catalog.h"
#include "flow/plan.h"

namespace millrace {

// Builds the plan of one flow; goes on behind a mistake as far as that makes sense. nullopt when there was any.
std::optional<FlowPlan> plan_flow(const Node& name, const Node& flow, const Catalog& catalog,
                                  const SourceComponent* source_override, Diagnostics& diagnostics);

}  // namespace millrace
