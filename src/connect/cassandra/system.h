#pragma once

#include "flow/system.h"

namespace millrace {

extern const SystemComponent kCassandraSystem;

}  // namespace millrace
