#include "flow/schedule/instants.h"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kMinuteUs = 60 * kSecondUs;
constexpr int64_t kHourUs = 60 * kMinuteUs;
constexpr int64_t kDayUs = 24 * kHourUs;
constexpr int64_t kTimeEndUs = 253'402'300'799 * kSecondUs;  // the end of the year 9999

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }
int64_t ceil_div(int64_t a, int64_t b) { return -floor_div(-a, b); }

}  // namespace

Instants::Instants(const Timing& timing)
    : every_us_(timing.every_us),
      cron_(timing.cron),
      zone_(timing.zone),
      start_us_(timing.start_us),
      end_us_(timing.end_us) {}

std::optional<int64_t> Instants::after(int64_t us) const {
  if (start_us_) us = std::max(us, *start_us_ - 1);
  const auto next = next_unbounded(us);
  return next && end_us_ && *next >= *end_us_ ? std::nullopt : next;
}

std::optional<int64_t> Instants::latest(int64_t us) const {
  if (end_us_) us = std::min(us, *end_us_ - 1);
  const auto latest = latest_unbounded(us);
  return latest && start_us_ && *latest < *start_us_ ? std::nullopt : latest;
}

int64_t Instants::count_between(int64_t from_us, int64_t to_us, int64_t max) const {
  int64_t count = 0;
  for (auto at = after(from_us); at && *at < to_us && count < max; at = after(*at)) ++count;
  return count;
}

RunTimes Instants::window(int64_t us) const { return {latest_unbounded(us - 1).value_or(us), us}; }

std::optional<int64_t> Instants::next_unbounded(int64_t us) const {
  if (us >= kTimeEndUs) return std::nullopt;
  if (every_us_) {
    const int64_t anchor_us = start_us_.value_or(0);
    return anchor_us + (floor_div(us - anchor_us, *every_us_) + 1) * *every_us_;
  }
  return cron_ ? next_of_cron(us) : std::nullopt;
}

// Span by span of one offset from UTC.
std::optional<int64_t> Instants::next_of_cron(int64_t us) const {
  int64_t at_us = us + 1;  // nothing before this one will do
  for (Zone::Span span = zone_->at_utc(at_us); at_us < kTimeEndUs; span = zone_->at_utc(at_us)) {
    int64_t local_from_us = at_us + span.offset_us;
    if (span.begin_us != INT64_MIN) {
      const int64_t before_us = zone_->at_utc(span.begin_us - 1).offset_us;
      if (at_us == span.begin_us && before_us < span.offset_us) {
        const auto skipped = cron_->next_minute(ceil_div(at_us + before_us, kMinuteUs));
        if (skipped && *skipped * kMinuteUs < at_us + span.offset_us) return at_us;
      }
      // What the clock shows for the second time has been.
      if (!cron_->every_hour()) {
        local_from_us = std::max(local_from_us, span.begin_us + std::max(before_us, span.offset_us));
      }
    }
    const auto minute = cron_->next_minute(ceil_div(local_from_us, kMinuteUs));
    if (!minute) return std::nullopt;
    const int64_t found_us = *minute * kMinuteUs - span.offset_us;
    if (found_us < span.end_us) return found_us;
    at_us = span.end_us;
  }
  return std::nullopt;
}

std::optional<int64_t> Instants::latest_unbounded(int64_t us) const {
  if (every_us_) {
    const int64_t anchor_us = start_us_.value_or(0);
    return anchor_us + floor_div(us - anchor_us, *every_us_) * *every_us_;
  }
  // Forward from further and further back: what comes often is found near.
  for (const int64_t back_us : {kHourUs, kDayUs, 32 * kDayUs, 367 * kDayUs, 9 * 366 * kDayUs}) {
    std::optional<int64_t> latest;
    for (auto at = next_unbounded(us - back_us - 1); at && *at <= us; at = next_unbounded(*at)) latest = at;
    if (latest) return latest;
  }
  return std::nullopt;
}

}  // namespace millrace
