#pragma once

#include <span>
#include <vector>

#include "flow/check.h"
#include "flow/connector.h"
#include "flow/step.h"
#include "flow/system.h"

namespace millrace {

// All components there are. Made once, by the program's main; read by everything.
struct Catalog {
  std::span<const SourceComponent> sources;  // connect/list.cc
  std::span<const StepComponent> steps;      // flow/steps/list.cc
  std::span<const CheckComponent> checks;    // flow/checks/list.cc
  std::span<const SinkComponent> sinks;      // connect/list.cc
  std::span<const SystemComponent> systems;  // connect/list.cc

  std::vector<const Component*> components() const;  // sources, steps, checks, sinks, systems
};

std::span<const StepComponent> all_steps();
std::span<const CheckComponent> all_checks();

}  // namespace millrace
