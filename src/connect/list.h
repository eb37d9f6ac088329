#pragma once

#include "flow/catalog.h"

namespace millrace {

// All sources, sinks and systems there are.
std::span<const SourceComponent> all_sources();
std::span<const SinkComponent> all_sinks();
std::span<const SystemComponent> all_systems();

// Everything: what the program hands to the spec.
Catalog full_catalog();

}  // namespace millrace
