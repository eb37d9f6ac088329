#include "flow/spec/timing.h"

#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "flow/settings.h"
#include "flow/spec/keys.h"

namespace millrace {
namespace {

struct CronField {
  std::string_view name;
  int min;
  int max;
};
constexpr std::array kCronFields = std::to_array<CronField>(
    {{"minute", 0, 59}, {"hour", 0, 23}, {"day of the month", 1, 31}, {"month", 1, 12}, {"day of the week", 0, 7}});

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(by, begin), text.size());
    if (by != ' ' || end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool number_within(std::string_view text, int min, int max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= min && value <= max;
}

// One of "*", "*/5", "1-5", "1-5/2", "7".
bool is_cron_part(std::string_view part, const CronField& field) {
  if (const size_t slash = part.find('/'); slash != std::string_view::npos) {
    if (!number_within(part.substr(slash + 1), 1, field.max)) return false;
    part = part.substr(0, slash);
  }
  if (part == "*") return true;
  const size_t dash = part.find('-');
  if (dash == std::string_view::npos) return number_within(part, field.min, field.max);
  return number_within(part.substr(0, dash), field.min, field.max) &&
         number_within(part.substr(dash + 1), field.min, field.max);
}

void check_cron(const Node& node, Diagnostics& diagnostics) {
  const std::string* text = text_of(node, "'cron'", diagnostics);
  if (text == nullptr) return;
  const std::vector<std::string_view> parts = split(*text, ' ');
  if (parts.size() != kCronFields.size()) {
    diagnostics.error(node.place, fmt::format("'cron' has five parts, and this has {}", parts.size()),
                      "minute, hour, day of the month, month, day of the week: \"*/5 * * * *\"");
    return;
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    for (const std::string_view part : split(parts[i], ',')) {
      if (is_cron_part(part, kCronFields[i])) continue;
      const auto begin = static_cast<size_t>(part.data() - text->data());
      diagnostics.error(node.place_of(begin, begin + part.size()),
                        fmt::format("'{}' cannot be the {} of cron", part, kCronFields[i].name),
                        fmt::format("it is *, a number from {} to {}, a range 1-5, or a step */5", kCronFields[i].min,
                                    kCronFields[i].max));
    }
  }
}

void check_duration(const Node* node, std::string_view what, Diagnostics& diagnostics) {
  if (node == nullptr) return;
  const std::string* text = text_of(*node, what, diagnostics);
  if (text == nullptr) return;
  const auto duration = parse_duration_us(*text);
  if (!duration || *duration == 0) {
    diagnostics.error(node->place, fmt::format("{} is a duration, not '{}'", what, *text), "for example 30s, 5m or 1h");
  }
}

}  // namespace

void check_timing(const Node& flow, Diagnostics& diagnostics) {
  const Node* every = flow.find("every");
  const Node* cron = flow.find("cron");
  check_duration(every, "'every'", diagnostics);
  if (cron != nullptr) check_cron(*cron, diagnostics);
  if (every != nullptr && cron != nullptr) {
    diagnostics.error(cron->place, "a flow has either 'every' or 'cron'", "take one of them away");
  }
  for (const std::string_view key : {"raw", "id"}) {
    if (const Node* node = flow.find(key)) text_of(*node, fmt::format("'{}'", key), diagnostics);
  }
  const Node* retry = flow.find("retry");
  if (retry == nullptr || !check_keys(*retry, "retry", {"attempts", "backoff", "backoff_max"}, diagnostics)) return;
  check_duration(retry->find("backoff"), "'backoff'", diagnostics);
  check_duration(retry->find("backoff_max"), "'backoff_max'", diagnostics);
  const Node* attempts = retry->find("attempts");
  if (attempts != nullptr && !number_within(attempts->text, 1, 1000)) {
    diagnostics.error(attempts->place, "'attempts' is a whole number from 1 to 1000", "for example attempts: 5");
  }
}

}  // namespace millrace
