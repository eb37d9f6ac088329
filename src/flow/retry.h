#pragma once

#include <cstdint>

#include "base/random.h"

namespace millrace {

// What is tried again after a failure that may pass.
struct Retry {
  int64_t attempts = 3;  // the first one included
  int64_t backoff_us = 1'000'000;
  int64_t backoff_max_us = 60'000'000;
};

// How long to wait after the n-th failure: between half and all of `backoff` doubled n-1 times, at most `backoff_max`,
// so that what failed together does not come back together.
int64_t retry_wait_us(const Retry& retry, int64_t failures, Random& random);

}  // namespace millrace
