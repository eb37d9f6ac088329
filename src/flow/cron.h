#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct CronMistake {
  size_t begin = 0, end = 0;  // bytes of the text
  std::string message;
  std::string hint;
};

// The five fields of cron: minute, hour, day of the month, month, day of the week. Each is a list of `*`, a number, a
// range `1-5`, any of them with a step `*/5`; months and days of the week may be named (jan, MON), 0 and 7 are Sunday.
// As Vixie's cron has it, a day has to fit one of the two fields of days when both say something, and both when one of
// them begins with `*`. Immutable; knows nothing of time zones.
class Cron {
 public:
  // All that is wrong is told; nullopt then.
  static std::optional<Cron> parse(std::string_view text, std::vector<CronMistake>& mistakes);

  // The first minute that fits, at or after this one; both counted on the local clock since 1970. nullopt: none comes.
  std::optional<int64_t> next_minute(int64_t local_minute) const;
  // It means every hour: `*` stands for the hour.
  bool every_hour() const { return every_hour_; }
  const std::string& text() const { return text_; }

 private:
  friend class CronParser;
  bool fits_day(int64_t days) const;
  std::optional<int64_t> next_on_day(int64_t minute_of_day) const;

  std::string text_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool every_hour_ = false;
  bool star_day_ = false, star_weekday_ = false;
};

}  // namespace millrace
