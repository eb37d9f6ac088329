#pragma once

#include <memory>
#include <string>
#include <vector>

#include "flow/connector.h"
#include "flow/node.h"

namespace millrace {

// A value of a test case as a source would hold it: a map or a list as JSON, a text as it is.
std::string given_record_bytes(const Node& record);

// The records of a test case, each exactly one record of JSON whatever its bytes are.
std::unique_ptr<Source> json_given_source(const std::vector<Node>& records, const Slots& slots, const RunContext& run);

}  // namespace millrace
