#include "data/expr/time/tzif.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "data/expr/time/calendar.h"

namespace millrace {
namespace {

constexpr size_t kTypeBytes = 6;
constexpr int64_t kInstantMaxUs = INT64_MAX / 4;  // far outside of every calendar, and safe to add offsets to
constexpr int kOffsetSecondsMax = 26 * 3600;      // RFC 8536, 3.2

// Takes numbers and text from the front of some bytes; once something is missing everything is.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  std::string_view take(size_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view piece = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return piece;
  }
  int64_t big_endian(size_t width) {
    uint64_t value = 0;
    for (const char c : take(width)) value = value << 8 | static_cast<unsigned char>(c);
    return width == 8 ? static_cast<int64_t>(value) : static_cast<int32_t>(static_cast<uint32_t>(value));
  }
  bool skip(char c) {
    if (bytes_.empty() || bytes_[0] != c) return false;
    bytes_.remove_prefix(1);
    return true;
  }
  bool at_end() const { return bytes_.empty(); }
  char peek() const { return bytes_.empty() ? '\0' : bytes_[0]; }
  std::optional<int> number() {
    size_t digits = 0;
    int value = 0;
    while (digits < bytes_.size() && digits < 4 && bytes_[digits] >= '0' && bytes_[digits] <= '9') {
      value = value * 10 + (bytes_[digits++] - '0');
    }
    if (digits == 0) return std::nullopt;
    bytes_.remove_prefix(digits);
    return value;
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

struct Header {
  char version = 0;
  std::array<size_t, 6> counts{};  // isut, isstd, leap, time, type, char
  size_t body_bytes(size_t time_bytes) const {
    return counts[3] * (time_bytes + 1) + counts[4] * kTypeBytes + counts[5] + counts[2] * (time_bytes + 4) +
           counts[1] + counts[0];
  }
};

std::optional<Header> read_header(Cursor& in) {
  if (in.take(4) != "TZif") return std::nullopt;
  Header header;
  const std::string_view version = in.take(16);
  if (!in.ok()) return std::nullopt;
  header.version = version[0];
  for (size_t& count : header.counts) count = static_cast<uint32_t>(in.big_endian(4));
  if (!in.ok()) return std::nullopt;
  return header;
}

// The footer: "CET-1CEST,M3.5.0,M10.5.0/3", as POSIX writes the TZ variable.
struct RuleDay {
  enum class Kind { kMonthWeekDay, kJulian, kZeroBased } kind = Kind::kMonthWeekDay;
  int month = 0, week = 0, day = 0;
  int64_t seconds = 2 * 3600;  // of local time; may be negative or beyond a day

  int64_t epoch_day(int64_t year) const {
    switch (kind) {
      case Kind::kJulian:  // 1..365; 29 February is never counted
        return epoch_days(year, 1, 1) + day - 1 + (is_leap(year) && day >= 60 ? 1 : 0);
      case Kind::kZeroBased: return epoch_days(year, 1, 1) + day;
      case Kind::kMonthWeekDay: break;
    }
    const auto in_month = static_cast<unsigned>(month);
    const int64_t first = epoch_days(year, in_month, 1);
    const int sunday_based = (weekday_of(first) + 1) % 7;
    int day_of_month = (day - sunday_based + 7) % 7 + (week - 1) * 7;
    if (day_of_month >= days_in_month(year, in_month)) day_of_month -= 7;
    return first + day_of_month;
  }
};

struct Rule {
  int64_t standard_us = 0, daylight_us = 0;
  RuleDay to_daylight, to_standard;
  bool has_daylight = false;
};

bool skip_name(Cursor& in) {
  size_t letters = 0;
  if (in.skip('<')) {
    while (!in.at_end() && !in.skip('>')) in.take(1), ++letters;
  } else {
    const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    while (is_letter(in.peek())) in.take(1), ++letters;
  }
  return letters > 0;
}

std::optional<int64_t> read_seconds(Cursor& in) {  // [+-]hh[:mm[:ss]]
  const bool negative = in.skip('-');
  if (!negative) in.skip('+');
  int64_t seconds = 0;
  for (int64_t unit = 3600; unit > 0; unit /= 60) {
    const std::optional<int> part = in.number();
    if (!part || *part > (unit == 3600 ? 167 : 59)) return std::nullopt;
    seconds += *part * unit;
    if (!in.skip(':')) break;
  }
  return negative ? -seconds : seconds;
}

std::optional<RuleDay> read_day(Cursor& in) {
  RuleDay rule;
  const auto number = [&](int low, int high) {
    const std::optional<int> value = in.number();
    return value && *value >= low && *value <= high ? *value : -1;
  };
  if (in.skip('M')) {
    rule.month = number(1, 12);
    if (!in.skip('.')) return std::nullopt;
    rule.week = number(1, 5);
    if (!in.skip('.')) return std::nullopt;
    rule.day = number(0, 6);
  } else if (in.skip('J')) {
    rule.kind = RuleDay::Kind::kJulian;
    rule.day = number(1, 365);
  } else {
    rule.kind = RuleDay::Kind::kZeroBased;
    rule.day = number(0, 365);
  }
  if (rule.month < 0 || rule.week < 0 || rule.day < 0) return std::nullopt;
  if (in.skip('/')) {
    const std::optional<int64_t> seconds = read_seconds(in);
    if (!seconds) return std::nullopt;
    rule.seconds = *seconds;
  }
  return rule;
}

std::optional<Rule> read_rule(std::string_view text) {
  Cursor in(text);
  Rule rule;
  if (!skip_name(in)) return std::nullopt;
  const std::optional<int64_t> standard = read_seconds(in);
  if (!standard) return std::nullopt;
  rule.standard_us = -*standard * kUsPerSecond;  // POSIX counts westwards
  if (in.at_end()) return rule;
  if (!skip_name(in)) return std::nullopt;
  rule.daylight_us = rule.standard_us + kUsPerHour;
  if (in.peek() != ',') {
    const std::optional<int64_t> daylight = read_seconds(in);
    if (!daylight) return std::nullopt;
    rule.daylight_us = -*daylight * kUsPerSecond;
  }
  if (!in.skip(',')) return std::nullopt;
  const std::optional<RuleDay> begins = read_day(in);
  if (!begins || !in.skip(',')) return std::nullopt;
  const std::optional<RuleDay> ends = read_day(in);
  if (!ends || !in.at_end()) return std::nullopt;
  rule.to_daylight = *begins;
  rule.to_standard = *ends;
  rule.has_daylight = true;
  return rule;
}

// 400 years of the rule, which then repeat. Returns from when on.
int64_t append_rule(const Rule& rule, std::vector<Zone::Transition>& transitions) {
  const int64_t last = transitions.empty() ? 0 : transitions.back().us;
  const int64_t first_year = civil_from_days(floor_div(last, kUsPerDay)).year + 1;
  std::vector<Zone::Transition> added;
  for (int64_t year = first_year - 1; year < first_year + 400; ++year) {
    const auto add = [&](const RuleDay& day, int64_t offset_before, int64_t offset_after) {
      const int64_t us = day.epoch_day(year) * kUsPerDay + day.seconds * kUsPerSecond - offset_before;
      if (us > last) added.push_back({us, offset_after});
    };
    add(rule.to_daylight, rule.standard_us, rule.daylight_us);
    add(rule.to_standard, rule.daylight_us, rule.standard_us);
  }
  std::stable_sort(added.begin(), added.end(), [](const auto& a, const auto& b) { return a.us < b.us; });
  transitions.insert(transitions.end(), added.begin(), added.end());
  return epoch_days(first_year, 1, 1) * kUsPerDay;
}

}  // namespace

std::optional<Zone> parse_tzif(std::string id, std::string_view bytes) {
  Cursor in(bytes);
  const std::optional<Header> old = read_header(in);
  if (!old || old->version < '2') return std::nullopt;
  in.take(old->body_bytes(4));
  const std::optional<Header> header = read_header(in);
  if (!header) return std::nullopt;
  const size_t times = header->counts[3];
  const size_t types = header->counts[4];
  if (types == 0 || types > 256 || header->body_bytes(8) > in.rest().size()) return std::nullopt;

  std::vector<Zone::Transition> transitions(times);
  for (Zone::Transition& transition : transitions) {
    const int64_t limit = kInstantMaxUs / kUsPerSecond;
    transition.us = std::clamp(in.big_endian(8), -limit, limit) * kUsPerSecond;
  }
  const std::string_view indices = in.take(times);
  std::array<int64_t, 256> offsets{};
  for (size_t i = 0; i < types; ++i) {
    const int64_t seconds = in.big_endian(4);
    if (seconds < -kOffsetSecondsMax || seconds > kOffsetSecondsMax) return std::nullopt;
    offsets[i] = seconds * kUsPerSecond;
    in.take(2);
  }
  for (size_t i = 0; i < times; ++i) {
    const auto index = static_cast<unsigned char>(indices[i]);
    if (index >= types) return std::nullopt;
    if (i > 0 && transitions[i].us < transitions[i - 1].us) return std::nullopt;
    transitions[i].offset_us = offsets[index];
  }
  in.take(header->counts[5] + header->counts[2] * 12 + header->counts[1] + header->counts[0]);
  if (!in.skip('\n')) return std::nullopt;
  const std::string_view footer = in.rest().substr(0, in.rest().find('\n'));

  std::optional<int64_t> cyclic_from;
  if (const std::optional<Rule> rule = read_rule(footer); rule && rule->has_daylight) {
    if (!transitions.empty() && std::abs(transitions.back().us) >= kInstantMaxUs / 2) return std::nullopt;
    cyclic_from = append_rule(*rule, transitions);
  }
  return Zone(std::move(id), offsets[0], transitions, cyclic_from);
}

}  // namespace millrace
