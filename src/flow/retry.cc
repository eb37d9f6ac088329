#include "flow/retry.h"

#include <algorithm>

namespace millrace {

int64_t retry_wait_us(const Retry& retry, int64_t failures, Random& random) {
  int64_t most_us = std::min(retry.backoff_us, retry.backoff_max_us);
  for (int64_t i = 1; i < failures && most_us < retry.backoff_max_us; ++i) {
    most_us = most_us > retry.backoff_max_us / 2 ? retry.backoff_max_us : most_us * 2;
  }
  return most_us - static_cast<int64_t>(random.below(static_cast<uint64_t>(most_us / 2) + 1));
}

}  // namespace millrace
