#include "base/clock.h"

#include <chrono>

namespace millrace {
namespace {

template <typename ClockType>
int64_t us_since_epoch() {
  return std::chrono::duration_cast<std::chrono::microseconds>(ClockType::now().time_since_epoch()).count();
}

}  // namespace

int64_t SystemClock::wall_us() const { return us_since_epoch<std::chrono::system_clock>(); }
int64_t SystemClock::monotonic_us() const { return us_since_epoch<std::chrono::steady_clock>(); }

}  // namespace millrace
