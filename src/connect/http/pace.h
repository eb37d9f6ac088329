#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace millrace {

// "5 per 1s": at most so many in any such stretch of time.
struct Rate {
  int64_t count = 0;  // 0: as many as there are
  int64_t per_us = 0;

  static std::optional<Rate> parse(std::string_view text);
};

inline constexpr int64_t kRateCountMax = 10'000;

// Says when the next request may go out. One thread at a time.
class Pace {
 public:
  Pace(Rate rate, const Clock& clock) : rate_(rate), clock_(clock) {}

  int64_t wait_us() const;  // from now; 0: it may go
  void request_goes();

 private:
  Rate rate_;
  const Clock& clock_;
  std::deque<int64_t> gone_us_;  // the last `count` requests
};

}  // namespace millrace
