#pragma once

#include "flow/step.h"

namespace millrace {

// One per file of this folder; list.cc joins them.
extern const StepComponent kSelectStep;
extern const StepComponent kWithStep;
extern const StepComponent kDropStep;
extern const StepComponent kRenameStep;
extern const StepComponent kWhereStep;
extern const StepComponent kExplodeStep;
extern const StepComponent kDedupeStep;
extern const StepComponent kExpectStep;

}  // namespace millrace
