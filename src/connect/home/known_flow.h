#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "flow/connector.h"
#include "flow/timing.h"

namespace millrace {

// What the data directory remembers of a scheduled flow, so that runs can be asked for while nothing is up.
struct KnownFlow {
  Timing timing;  // its instants and what it comes after; the rest is as if it were not said
  Keeper keeper = Keeper::kItself;

  std::string to_text() const;
  static Result<KnownFlow> of_text(std::string_view text);
};

}  // namespace millrace
