#pragma once

#include "flow/connector.h"

namespace millrace {

extern const SinkComponent kTableSink;

}  // namespace millrace
