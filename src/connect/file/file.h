#pragma once

#include "flow/connector.h"

namespace millrace {

extern const SourceComponent kFileSource;
extern const SinkComponent kFileSink;

}  // namespace millrace
