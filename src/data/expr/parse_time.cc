// Dates and timestamps from text.
#include <array>
#include <limits>

#include "data/column.h"
#include "data/expr/parse.h"
#include "data/expr/time/zone.h"

namespace millrace {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kUsPerDay = 86'400 * kUsPerSecond;
constexpr size_t kYearDigitsMin = 4;
constexpr size_t kDateYearDigitsMax = 7;
constexpr size_t kTimestampYearDigitsMax = 6;

constexpr bool is_space(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_day(int64_t year, unsigned month, unsigned day) {
  constexpr std::array<unsigned, 13> kDays{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= kDays[month] + (month == 2 && leap ? 1U : 0U);
}

// Number of digits at `at`, and their value; more than nine are counted, but their value is not kept.
struct Digits {
  size_t count = 0;
  unsigned value = 0;
};
Digits take_digits(std::string_view text, size_t& at) {
  Digits digits;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    if (++digits.count <= 9) digits.value = digits.value * 10 + static_cast<unsigned>(text[at] - '0');
  }
  return digits;
}
bool one_or_two(const Digits& digits) { return digits.count == 1 || digits.count == 2; }

struct DateText {
  int64_t year = 0;
  unsigned month = 1;
  unsigned day = 1;
  int parts = 0;  // how many of the three were written
};

// [+-]yyyy[-m[m][-d[d]]] at the beginning of `text`.
std::optional<DateText> take_date(std::string_view text, size_t& at, size_t year_digits_max) {
  DateText date;
  const bool negative = at < text.size() && text[at] == '-';
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const Digits year = take_digits(text, at);
  if (year.count < kYearDigitsMin || year.count > year_digits_max) return std::nullopt;
  date.year = negative ? -int64_t{year.value} : int64_t{year.value};
  date.parts = 1;
  for (unsigned* part : {&date.month, &date.day}) {
    if (at == text.size() || text[at] != '-') break;
    ++at;
    const Digits digits = take_digits(text, at);
    if (!one_or_two(digits)) return std::nullopt;
    *part = digits.value;
    ++date.parts;
  }
  if (!is_day(date.year, date.month, date.day)) return std::nullopt;
  return date;
}

// Days are 32 bits: -5877641-06-23 to 5881580-07-11.
bool fits_days(const DateText& date) {
  const auto key = [](int64_t year, unsigned month, unsigned day) { return year * 10'000 + month * 100 + day; };
  const int64_t at = key(date.year, date.month, date.day);
  return at >= key(-5'877'641, 6, 23) && at <= key(5'881'580, 7, 11);
}

struct TimeText {
  int64_t us = 0;
  std::string_view zone;  // empty when none is written
};

// h[h][:m[m][:s[s][.fraction][zone]]] up to the end of `text`.
std::optional<TimeText> take_time(std::string_view text, size_t at) {
  TimeText time;
  std::array<unsigned, 3> parts{};
  constexpr std::array<unsigned, 3> kMax{23, 59, 59};
  for (size_t part = 0; part < parts.size(); ++part) {
    const Digits digits = take_digits(text, at);
    if (!one_or_two(digits) || digits.value > kMax[part]) return std::nullopt;
    parts[part] = digits.value;
    if (at == text.size() || part == 2) break;
    if (text[at] != ':') return std::nullopt;
    ++at;
  }
  time.us = (int64_t{parts[0]} * 3600 + int64_t{parts[1]} * 60 + parts[2]) * kUsPerSecond;
  if (at < text.size() && text[at] == '.') {
    int64_t unit = kUsPerSecond;
    for (++at; at < text.size() && is_digit(text[at]); ++at) {
      unit /= 10;  // zero from the seventh digit on: those are cut off
      time.us += (text[at] - '0') * unit;
    }
  }
  time.zone = text.substr(at);
  return time;
}

std::optional<int64_t> to_utc(int64_t local_us, std::string_view zone_text) {
  while (!zone_text.empty() && is_space(zone_text.front())) zone_text.remove_prefix(1);
  if (zone_text == "Z" || zone_text == "UTC") return local_us;
  int64_t offset_us = 0;
  if (const std::optional<int32_t> seconds = parse_zone_offset(zone_text)) {
    offset_us = *seconds * kUsPerSecond;
  } else {
    const std::shared_ptr<const Zone> zone = find_zone(zone_text);
    if (zone == nullptr) return std::nullopt;
    offset_us = zone->at_local(local_us).offset_us;
  }
  int64_t utc_us = 0;
  if (__builtin_sub_overflow(local_us, offset_us, &utc_us)) return std::nullopt;
  return utc_us;
}

std::optional<int64_t> join(int64_t days, int64_t us_of_day) {
  // Wide on the way: the first day that fits only in part begins before the least timestamp.
  const Int128 us = static_cast<Int128>(days) * kUsPerDay + us_of_day;
  if (us > std::numeric_limits<int64_t>::max() || us < std::numeric_limits<int64_t>::min()) return std::nullopt;
  return static_cast<int64_t>(us);
}

bool two_digits(const char* at, unsigned& value) {
  const auto tens = static_cast<unsigned>(at[0] - '0');
  const auto ones = static_cast<unsigned>(at[1] - '0');
  value = tens * 10 + ones;
  return tens <= 9 && ones <= 9;
}

// The ten bytes yyyy-mm-dd, which is what nearly all data holds. nullopt: try the other forms.
std::optional<int32_t> parse_iso_date(const char* p) {
  if (p[4] != '-' || p[7] != '-') return std::nullopt;
  unsigned century = 0, year = 0, month = 0, day = 0;
  if (!two_digits(p, century) || !two_digits(p + 2, year) || !two_digits(p + 5, month) || !two_digits(p + 8, day)) {
    return std::nullopt;
  }
  year += century * 100;
  if (!is_day(year, month, day)) return std::nullopt;
  return days_from_civil(year, month, day);
}

// yyyy-mm-ddThh:mm:ss[.fraction][Z], which is what nearly all data holds. nullopt: try the other forms.
std::optional<int64_t> parse_iso(std::string_view text) {
  if (text.size() < 19) return std::nullopt;
  const char* p = text.data();
  if ((p[10] != 'T' && p[10] != ' ') || p[13] != ':' || p[16] != ':') return std::nullopt;
  const std::optional<int32_t> days = parse_iso_date(p);
  unsigned hour = 0, minute = 0, second = 0;
  const bool digits = two_digits(p + 11, hour) && two_digits(p + 14, minute) && two_digits(p + 17, second);
  if (!days || !digits || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  int64_t us = (int64_t{hour} * 3600 + minute * 60 + second) * kUsPerSecond;
  size_t at = 19;
  if (at < text.size() && p[at] == '.') {
    int64_t unit = kUsPerSecond;
    for (++at; at < text.size() && is_digit(p[at]); ++at) {
      unit /= 10;
      us += (p[at] - '0') * unit;
    }
  }
  if (at < text.size() && p[at] == 'Z') ++at;
  if (at != text.size()) return std::nullopt;
  return *days * kUsPerDay + us;
}

}  // namespace

std::optional<int32_t> parse_date_days(std::string_view text) {
  text = trim_text(text);
  constexpr size_t kIsoBytes = 10;
  if (text.size() == kIsoBytes) {
    if (const std::optional<int32_t> iso = parse_iso_date(text.data())) return iso;
  }
  size_t at = 0;
  const std::optional<DateText> date = take_date(text, at, kDateYearDigitsMax);
  if (!date) return std::nullopt;
  // Behind a whole date anything may stand, after a space or a T.
  if (at < text.size() && (date->parts < 3 || (text[at] != ' ' && text[at] != 'T'))) return std::nullopt;
  if (!fits_days(*date)) return std::nullopt;
  return days_from_civil(date->year, date->month, date->day);
}

std::optional<int64_t> parse_timestamp_us(std::string_view text, int64_t now_us) {
  if (const std::optional<int64_t> iso = parse_iso(text)) return iso;
  const bool begins_with_t = !text.empty() && text[0] == 'T';
  text = trim_text(text);
  size_t at = 0;
  const size_t colon = text.find_first_not_of("0123456789");
  if (begins_with_t || (colon != std::string_view::npos && colon > 0 && text[colon] == ':')) {
    const std::optional<TimeText> time = take_time(text, begins_with_t ? 1 : 0);
    if (!time) return std::nullopt;
    int64_t local_now_us = now_us;
    if (!time->zone.empty()) {
      // The day is the one that it is now in that zone.
      const std::optional<int64_t> shifted = to_utc(now_us, time->zone);
      if (!shifted) return std::nullopt;
      local_now_us = now_us + (now_us - *shifted);
    }
    const int64_t day = local_now_us / kUsPerDay - (local_now_us % kUsPerDay < 0 ? 1 : 0);
    const std::optional<int64_t> local = join(day, time->us);
    return local && !time->zone.empty() ? to_utc(*local, time->zone) : local;
  }
  const std::optional<DateText> date = take_date(text, at, kTimestampYearDigitsMax);
  if (!date) return std::nullopt;
  const int64_t days = days_from_civil(date->year, date->month, date->day);
  if (at == text.size()) return join(days, 0);
  if (date->parts < 3 || (text[at] != ' ' && text[at] != 'T')) return std::nullopt;
  const std::optional<TimeText> time = take_time(text, at + 1);
  if (!time) return std::nullopt;
  const std::optional<int64_t> local = join(days, time->us);
  return local && !time->zone.empty() ? to_utc(*local, time->zone) : local;
}

}  // namespace millrace
