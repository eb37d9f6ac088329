#include "flow/step.h"

#include "base/assert.h"

namespace millrace {

void OrderedStep::process(Batch&, Passage&) const { MILLRACE_UNREACHABLE("an ordered step is processed in its turn"); }

}  // namespace millrace
