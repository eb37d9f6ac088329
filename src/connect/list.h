#pragma once

#include "flow/catalog.h"

namespace millrace {

// All sources and sinks there are.
std::span<const SourceComponent> all_sources();
std::span<const SinkComponent> all_sinks();

// Everything: what the program hands to the spec.
Catalog full_catalog();

}  // namespace millrace
