#pragma once

#include "flow/system.h"

namespace millrace {

extern const SystemComponent kKafkaSystem;

}  // namespace millrace
