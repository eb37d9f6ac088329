#pragma once

#include "flow/connector.h"

namespace millrace {

// from: { webhook: ... }
extern const SourceComponent kWebhookSource;

}  // namespace millrace
