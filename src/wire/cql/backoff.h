#pragma once

#include <algorithm>
#include <cstdint>

#include "base/random.h"

namespace millrace::cql {

inline constexpr int64_t kBackoffUs = 50'000;
inline constexpr int64_t kBackoffUsMax = 10'000'000;

// How long to wait after so many failures in a row: twice as long each time, between half and all of that, so that what
// failed together does not come back together.
inline int64_t backoff_us(int failures, Random& random) {
  const int doublings = std::clamp(failures - 1, 0, 20);
  const int64_t whole = std::min(kBackoffUs << doublings, kBackoffUsMax);
  return whole / 2 + static_cast<int64_t>(random.below(static_cast<uint64_t>(whole / 2)));
}

}  // namespace millrace::cql
