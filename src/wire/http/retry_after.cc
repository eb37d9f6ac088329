#include "wire/http/retry_after.h"

#include <algorithm>
#include <charconv>
#include <string>

#include <curl/curl.h>

namespace millrace {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kSecondsMax = int64_t{100} * 366 * 24 * 3600;  // longer is as good as for ever

}  // namespace

std::optional<int64_t> retry_after_us(std::string_view value, int64_t now_us) {
  if (value.empty()) return std::nullopt;
  if (std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    int64_t seconds = kSecondsMax;
    std::from_chars(value.data(), value.data() + value.size(), seconds);  // too large: stays as it is
    return std::min(seconds, kSecondsMax) * kSecondUs;
  }
  // libcurl reads all three forms of dates that HTTP has had.
  const auto seconds = static_cast<int64_t>(curl_getdate(std::string(value).c_str(), nullptr));
  if (seconds < 0) return std::nullopt;
  return std::clamp<int64_t>(seconds * kSecondUs - now_us, 0, kSecondsMax * kSecondUs);
}

}  // namespace millrace
