#include "flow/steps/list.h"

#include <array>

#include "flow/catalog.h"

namespace millrace {

std::span<const StepComponent> all_steps() {
  static const std::array steps = {kSelectStep, kWithStep,    kDropStep,   kRenameStep,
                                   kWhereStep,  kExplodeStep, kDedupeStep, kExpectStep};
  return steps;
}

}  // namespace millrace
