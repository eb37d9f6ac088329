#include "flow/cron.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "data/civil.h"

namespace millrace {
namespace {

constexpr int64_t kMinutesPerHour = 60;
constexpr int64_t kMinutesPerDay = 1440;
// Eight years lie between two 29ths of February around 1900 and 2100, and nothing is rarer.
constexpr int64_t kSearchDays = 366 * 9;

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct FieldRules {
  std::string_view name;
  int min;
  int max;
  std::span<const std::string_view> names = {};  // the first one is `min`
};
constexpr std::array kFields = std::to_array<FieldRules>({{"minute", 0, 59},
                                                          {"hour", 0, 23},
                                                          {"day of the month", 1, 31},
                                                          {"month", 1, 12, kMonths},
                                                          {"day of the week", 0, 7, kWeekdays}});

std::optional<int> number_within(std::string_view text, int min, int max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min || value > max) return std::nullopt;
  return value;
}

std::optional<int> value_of(std::string_view text, const FieldRules& field) {
  for (size_t i = 0; i < field.names.size(); ++i) {
    const bool same = std::equal(text.begin(), text.end(), field.names[i].begin(), field.names[i].end(),
                                 [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
    if (same) return field.min + static_cast<int>(i);
  }
  return number_within(text, field.min, field.max);
}

// One of "*", "*/5", "1-5", "1-5/2", "7", "mon-fri"; 7/2 is from 7 on.
struct Stretch {
  int from, to, step;
};
std::optional<Stretch> stretch_of(std::string_view part, const FieldRules& field) {
  Stretch stretch{field.min, field.max, 1};
  const size_t slash = part.find('/');
  if (slash != std::string_view::npos) {
    const auto step = number_within(part.substr(slash + 1), 1, field.max);
    if (!step) return std::nullopt;
    stretch.step = *step;
    part = part.substr(0, slash);
  }
  if (part == "*") return stretch;
  const size_t dash = part.find('-');
  const auto from = value_of(part.substr(0, dash), field);
  if (!from) return std::nullopt;
  stretch.from = *from;
  if (dash == std::string_view::npos) {
    if (slash == std::string_view::npos) stretch.to = *from;
    return stretch;
  }
  auto to = value_of(part.substr(dash + 1), field);
  if (to == 0 && field.max == 7) to = 7;  // fri-sun
  if (!to || *to < *from) return std::nullopt;
  stretch.to = *to;
  return stretch;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(by, begin), text.size());
    if (by != ' ' || end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

class CronParser {
 public:
  CronParser(std::string_view text, std::vector<CronMistake>& mistakes) : text_(text), mistakes_(mistakes) {}

  std::optional<Cron> run() {
    const std::vector<std::string_view> fields = split(text_, ' ');
    if (fields.size() != kFields.size()) {
      mistakes_.push_back({0, text_.size(), fmt::format("'cron' has five parts, and this has {}", fields.size()),
                           "minute, hour, day of the month, month, day of the week: \"*/5 * * * *\""});
      return std::nullopt;
    }
    const size_t mistakes_before = mistakes_.size();
    Cron cron;
    cron.text_ = text_;
    read(fields[0], 0, [&](int value) { cron.minutes_.set(static_cast<size_t>(value)); });
    read(fields[1], 1, [&](int value) { cron.hours_.set(static_cast<size_t>(value)); });
    read(fields[2], 2, [&](int value) { cron.days_.set(static_cast<size_t>(value)); });
    read(fields[3], 3, [&](int value) { cron.months_.set(static_cast<size_t>(value)); });
    read(fields[4], 4, [&](int value) { cron.weekdays_.set(static_cast<size_t>(value % 7)); });
    if (mistakes_.size() != mistakes_before) return std::nullopt;
    cron.every_hour_ = fields[1] == "*";
    cron.star_day_ = fields[2].starts_with('*');
    cron.star_weekday_ = fields[4].starts_with('*');
    if (!cron.next_minute(0)) {
      mistakes_.push_back(
          {0, text_.size(), fmt::format("'{}' never comes", text_), "no month that it names has such a day"});
      return std::nullopt;
    }
    return cron;
  }

 private:
  template <typename Set>
  void read(std::string_view field, size_t number, Set&& set) {
    const FieldRules& rules = kFields[number];
    for (const std::string_view part : split(field, ',')) {
      if (const auto stretch = stretch_of(part, rules)) {
        for (int value = stretch->from; value <= stretch->to; value += stretch->step) set(value);
        continue;
      }
      const auto begin = static_cast<size_t>(part.data() - text_.data());
      mistakes_.push_back(
          {begin, begin + part.size(), fmt::format("'{}' cannot be the {} of cron", part, rules.name),
           fmt::format("it is *, a number from {} to {}{}, a range 1-5, or a step */5", rules.min, rules.max,
                       rules.names.empty() ? "" : fmt::format(", a name ({})", rules.names[1]))});
    }
  }

  std::string_view text_;
  std::vector<CronMistake>& mistakes_;
};

std::optional<Cron> Cron::parse(std::string_view text, std::vector<CronMistake>& mistakes) {
  return CronParser(text, mistakes).run();
}

bool Cron::fits_day(int64_t days) const {
  const Civil date = civil_from_days(days);
  if (!months_[date.month]) return false;
  const auto weekday = static_cast<size_t>(((days + 4) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
  if (star_day_ || star_weekday_) return days_[date.day] && weekdays_[weekday];
  return days_[date.day] || weekdays_[weekday];
}

std::optional<int64_t> Cron::next_on_day(int64_t minute_of_day) const {
  for (auto hour = static_cast<size_t>(minute_of_day / kMinutesPerHour); hour < hours_.size(); ++hour) {
    if (!hours_[hour]) continue;
    const int64_t begin = static_cast<int64_t>(hour) * kMinutesPerHour;
    for (auto minute = static_cast<size_t>(std::max<int64_t>(0, minute_of_day - begin)); minute < minutes_.size();
         ++minute) {
      if (minutes_[minute]) return begin + static_cast<int64_t>(minute);
    }
  }
  return std::nullopt;
}

std::optional<int64_t> Cron::next_minute(int64_t local_minute) const {
  const int64_t first_day = (local_minute >= 0 ? local_minute : local_minute - kMinutesPerDay + 1) / kMinutesPerDay;
  for (int64_t day = first_day; day < first_day + kSearchDays; ++day) {
    if (!fits_day(day)) continue;
    const auto found = next_on_day(day == first_day ? local_minute - day * kMinutesPerDay : 0);
    if (found) return day * kMinutesPerDay + *found;
  }
  return std::nullopt;
}

}  // namespace millrace
