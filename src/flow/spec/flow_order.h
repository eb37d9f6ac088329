#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "flow/declarations.h"
#include "flow/diagnostic.h"
#include "flow/node.h"
#include "flow/spec/neighbours.h"

namespace millrace {

// A flow that is to be planned: of the file itself, or of another one of its folder.
struct FlowToPlan {
  const NodeEntry* flow = nullptr;
  const Neighbour* neighbour = nullptr;
};

// The flows of a file, each behind those that it waits for: what `after` names, and what writes a topic that it reads;
// otherwise in the order of the file. Among them those of other files without which nobody knows the columns of a
// topic that they read. What `after` names and is not there, and flows that wait for each other, are told; then the
// order is that of the file. Flows may go round in topics where the columns of one of these are declared.
std::vector<FlowToPlan> order_flows(const Node& flows, std::span<const Neighbour> neighbours,
                                    const Declarations& declarations, Diagnostics& diagnostics);

// Whether flows name topics or tables that the file does not declare, or read topics whose columns it does not say.
bool needs_neighbours(const Node& flows, Declarations& declarations);

// The topics that a flow writes, as the file has it.
std::set<std::string> topics_written(const Node& flow);

}  // namespace millrace
