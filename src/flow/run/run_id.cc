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

namespace {

// 0: a digit, x: a hexadecimal one, anything else itself.
bool has_form(std::string_view text, std::string_view form) {
  return std::equal(text.begin(), text.end(), form.begin(), form.end(), [](char c, char of) {
    const bool digit = c >= '0' && c <= '9';
    if (of == '0') return digit;
    return of == 'x' ? digit || (c >= 'a' && c <= 'f') : c == of;
  });
}

// "users.ingest@2026-11-21T10:05:00Z", and "#2" behind it when the run was cleared.
bool is_scheduled_run_id(std::string_view text) {
  if (const size_t hash = text.rfind('#'); hash != std::string_view::npos) {
    const std::string_view number = text.substr(hash + 1);
    if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos) return false;
    text = text.substr(0, hash);
  }
  const size_t at = text.rfind('@');
  return at != std::string_view::npos && at > 0 && has_form(text.substr(at), "@0000-00-00T00:00:00Z");
}

}  // namespace

bool is_run_id(std::string_view text) { return has_form(text, "00000000T000000Z-xxxx") || is_scheduled_run_id(text); }

}  // namespace millrace
