#include "connect/http/pace.h"

#include <algorithm>
#include <charconv>

#include "flow/settings.h"

namespace millrace {

std::optional<Rate> Rate::parse(std::string_view text) {
  constexpr std::string_view kPer = " per ";
  const size_t at = text.find(kPer);
  if (at == std::string_view::npos) return std::nullopt;
  Rate rate;
  const auto [end, error] = std::from_chars(text.data(), text.data() + at, rate.count);
  const auto per_us = parse_duration_us(text.substr(at + kPer.size()));
  if (error != std::errc() || end != text.data() + at || !per_us) return std::nullopt;
  rate.per_us = *per_us;
  if (rate.count < 1 || rate.count > kRateCountMax || rate.per_us < 1) return std::nullopt;
  return rate;
}

int64_t Pace::wait_us() const {
  if (rate_.count == 0 || gone_us_.size() < static_cast<size_t>(rate_.count)) return 0;
  return std::max<int64_t>(gone_us_.front() + rate_.per_us - clock_.monotonic_us(), 0);
}

void Pace::request_goes() {
  if (rate_.count == 0) return;
  gone_us_.push_back(clock_.monotonic_us());
  if (gone_us_.size() > static_cast<size_t>(rate_.count)) gone_us_.pop_front();
}

}  // namespace millrace
