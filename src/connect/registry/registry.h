#pragma once

#include "flow/system.h"

namespace millrace {

extern const SystemComponent kRegistrySystem;

}  // namespace millrace
