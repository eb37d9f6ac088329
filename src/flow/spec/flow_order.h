#pragma once

#include <vector>

#include "flow/diagnostic.h"
#include "flow/node.h"

namespace millrace {

// The flows of a file, each behind those that it waits for: what `after` names, and what writes a topic that it reads;
// otherwise in the order of the file. What `after` names and is not there, and flows that wait for each other, are
// told; then the order is that of the file.
std::vector<const NodeEntry*> order_flows(const Node& flows, Diagnostics& diagnostics);

}  // namespace millrace
