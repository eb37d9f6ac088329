#include "flow/run/run_id.h"

#include <algorithm>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/random.h"

namespace millrace {

std::string new_run_id(const Clock& clock) {
  Random random(static_cast<uint64_t>(clock.wall_us()) ^ (static_cast<uint64_t>(clock.monotonic_us()) << 20));
  const std::time_t seconds = clock.wall_us() / 1'000'000;
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{:04x}", fmt::gmtime(seconds), random.below(65536));
}

bool is_run_id(std::string_view text) {
  constexpr std::string_view kForm = "00000000T000000Z-xxxx";
  return std::equal(text.begin(), text.end(), kForm.begin(), kForm.end(), [](char c, char form) {
    const bool digit = c >= '0' && c <= '9';
    if (form == '0') return digit;
    return form == 'x' ? digit || (c >= 'a' && c <= 'f') : c == form;
  });
}

}  // namespace millrace
