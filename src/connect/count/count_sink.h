#pragma once

#include "flow/connector.h"

namespace millrace {

// A sink that keeps nothing: counts its rows and hashes their bytes, to measure and to compare.
extern const SinkComponent kCountSink;

}  // namespace millrace
