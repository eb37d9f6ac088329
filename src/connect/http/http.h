#pragma once

#include "flow/connector.h"

namespace millrace {

extern const SourceComponent kHttpSource;

}  // namespace millrace
