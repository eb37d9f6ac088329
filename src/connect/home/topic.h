#pragma once

#include "flow/connector.h"

namespace millrace {

extern const SourceComponent kTopicSource;
extern const SinkComponent kTopicSink;

}  // namespace millrace
