#include "data/expr/time/zone.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "data/expr/time/calendar.h"
#include "data/expr/time/tzif.h"

namespace millrace {
namespace {

constexpr std::string_view kDatabase = "/usr/share/zoneinfo/";
constexpr size_t kIdBytesMax = 64;
constexpr int32_t kOffsetSecondsMax = 18 * 3600;
constexpr int64_t kCycleUs = kDaysPer400Years * kUsPerDay;

// Java's ZoneId.SHORT_IDS, which Spark allows.
constexpr auto kShortIds = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"ACT", "Australia/Darwin"},
    {"AET", "Australia/Sydney"},
    {"AGT", "America/Argentina/Buenos_Aires"},
    {"ART", "Africa/Cairo"},
    {"AST", "America/Anchorage"},
    {"BET", "America/Sao_Paulo"},
    {"BST", "Asia/Dhaka"},
    {"CAT", "Africa/Harare"},
    {"CNT", "America/St_Johns"},
    {"CST", "America/Chicago"},
    {"CTT", "Asia/Shanghai"},
    {"EAT", "Africa/Addis_Ababa"},
    {"ECT", "Europe/Paris"},
    {"EST", "-05:00"},
    {"HST", "-10:00"},
    {"IET", "America/Indiana/Indianapolis"},
    {"IST", "Asia/Kolkata"},
    {"JST", "Asia/Tokyo"},
    {"MIT", "Pacific/Apia"},
    {"MST", "-07:00"},
    {"NET", "Asia/Yerevan"},
    {"NST", "Pacific/Auckland"},
    {"PLT", "Asia/Karachi"},
    {"PNT", "America/Phoenix"},
    {"PRT", "America/Puerto_Rico"},
    {"PST", "America/Los_Angeles"},
    {"SST", "Pacific/Guadalcanal"},
    {"VST", "Asia/Ho_Chi_Minh"},
});

// Files of the database that are not zones of their own.
constexpr auto kNotZones = std::to_array<std::string_view>(
    {"Factory", "GMT+0", "GMT-0", "ROC", "localtime", "posixrules", "leapseconds", "tzdata.zi"});

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Spark still takes +h:mm and +hh:m, which Java does not.
std::string pad_offset(std::string_view text) {
  std::string padded(text);
  for (size_t i = 0; i + 2 < padded.size(); ++i) {
    if ((padded[i] == '+' || padded[i] == '-') && is_digit(padded[i + 1]) && padded[i + 2] == ':') {
      padded.insert(i + 1, "0");
      break;
    }
  }
  const size_t n = padded.size();
  if (n >= 5 && (padded[n - 5] == '+' || padded[n - 5] == '-') && is_digit(padded[n - 4]) && is_digit(padded[n - 3]) &&
      padded[n - 2] == ':' && is_digit(padded[n - 1])) {
    padded.insert(n - 1, "0");
  }
  return padded;
}

bool is_region_id(std::string_view id) {
  if (id.size() < 2 || id.size() > kIdBytesMax || id.find("..") != std::string_view::npos) return false;
  if (id.starts_with("posix/") || id.starts_with("right/")) return false;
  if (std::find(kNotZones.begin(), kNotZones.end(), id) != kNotZones.end()) return false;
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  return is_letter(id[0]) && std::all_of(id.begin(), id.end(), [&](char c) {
           return is_letter(c) || is_digit(c) || c == '/' || c == '_' || c == '-' || c == '+' || c == '.';
         });
}

std::shared_ptr<const Zone> read_region(const std::string& id) {
  if (!is_region_id(id)) return nullptr;
  const std::string path = std::string(kDatabase) + id;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return nullptr;
  std::ifstream file(path, std::ios::binary);
  if (!file) return nullptr;
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::optional<Zone> zone = parse_tzif(id, bytes);
  return zone ? std::make_shared<const Zone>(*std::move(zone)) : nullptr;
}

}  // namespace

Zone::Zone(std::string id, int64_t first_offset_us, const std::vector<Transition>& transitions,
           std::optional<int64_t> cyclic_from)
    : id_(std::move(id)), cyclic_from_us_(cyclic_from) {
  utc_starts_us_.push_back(INT64_MIN);
  local_starts_us_.push_back(INT64_MIN);
  offsets_us_.push_back(first_offset_us);
  for (const Transition& transition : transitions) {
    // In a gap and in an overlap alike the offset before the transition counts, up to the later of the two local times.
    int64_t local = 0;
    if (__builtin_add_overflow(transition.us, std::max(offsets_us_.back(), transition.offset_us), &local)) continue;
    utc_starts_us_.push_back(transition.us);
    local_starts_us_.push_back(std::max(local, local_starts_us_.back()));
    offsets_us_.push_back(transition.offset_us);
  }
}

Zone::Span Zone::find(const std::vector<int64_t>& starts_us, int64_t us) const {
  int64_t shift = 0;
  int64_t limit = INT64_MAX;
  if (cyclic_from_us_ && us >= *cyclic_from_us_) {
    shift = (us - *cyclic_from_us_) / kCycleUs * kCycleUs;
    if (__builtin_add_overflow(*cyclic_from_us_ + shift, kCycleUs, &limit)) limit = INT64_MAX;
    us -= shift;
  }
  const auto next = std::upper_bound(starts_us.begin() + 1, starts_us.end(), us);
  const auto index = static_cast<size_t>(next - starts_us.begin()) - 1;
  Span span{starts_us[index], INT64_MAX, offsets_us_[index]};
  if (next != starts_us.end() && __builtin_add_overflow(*next, shift, &span.end_us)) span.end_us = INT64_MAX;
  // In the first cycle's repetitions what lies before the cycle belongs to other years.
  if (shift != 0) span.begin_us = std::max(span.begin_us, *cyclic_from_us_) + shift;
  span.end_us = std::min(span.end_us, limit);
  return span;
}

std::optional<int32_t> parse_zone_offset(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const std::string_view body = text.substr(1);
  std::array<int32_t, 3> parts{};
  size_t count = 0;
  if (body.size() == 1) {
    if (!is_digit(body[0])) return std::nullopt;
    parts[0] = body[0] - '0';
  } else {
    const bool colons = body.size() > 2 && body[2] == ':';
    for (size_t at = 0; at < body.size(); at += 2) {
      if (at > 0 && colons && body[at++] != ':') return std::nullopt;
      if (count == parts.size() || at + 2 > body.size() || !is_digit(body[at]) || !is_digit(body[at + 1])) {
        return std::nullopt;
      }
      parts[count++] = (body[at] - '0') * 10 + (body[at + 1] - '0');
    }
  }
  if (parts[1] > 59 || parts[2] > 59) return std::nullopt;
  const int32_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (seconds > kOffsetSecondsMax) return std::nullopt;
  return text[0] == '-' ? -seconds : seconds;
}

std::shared_ptr<const Zone> find_zone(std::string_view text) {
  if (text.empty() || text.size() > kIdBytesMax) return nullptr;
  std::string id = pad_offset(text);
  for (const auto& [short_id, meaning] : kShortIds) {
    if (id == short_id) id = meaning;
  }
  const auto fixed = [&](std::string_view offset) -> std::shared_ptr<const Zone> {
    const std::optional<int32_t> seconds = parse_zone_offset(offset);
    if (!seconds) return nullptr;
    return std::make_shared<const Zone>(std::string(text), *seconds * kUsPerSecond);
  };
  if (id.size() == 1 || id[0] == '+' || id[0] == '-') return fixed(id);
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (!id.starts_with(prefix)) continue;
    const std::string_view rest = std::string_view(id).substr(prefix.size());
    if (rest.empty()) return fixed("Z");
    if (rest[0] == '+' || rest[0] == '-') return fixed(rest);
    break;
  }
  return read_region(id);
}

const Zone* ZoneFinder::find(std::string_view text) {
  if (last_ < known_.size() && known_[last_].text == text) return known_[last_].zone.get();
  for (last_ = 0; last_ < known_.size(); ++last_) {
    if (known_[last_].text == text) return known_[last_].zone.get();
  }
  if (known_.size() == kRememberedMax) known_.clear();
  last_ = known_.size();
  known_.push_back({std::string(text), find_zone(text)});
  return known_.back().zone.get();
}

}  // namespace millrace
