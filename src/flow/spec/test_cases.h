#pragma once

#include <vector>

#include "flow/plan.h"

namespace millrace {

// The cases of `tests:`; `flows` are those of the file, for cases that name one.
std::vector<TestCase> read_test_cases(const Node& tests, const Node& flows, Diagnostics& diagnostics);

}  // namespace millrace
