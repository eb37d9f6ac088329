#include "flow/spec/timing.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "data/expr/parse.h"
#include "flow/settings.h"

namespace millrace {
namespace {

constexpr int64_t kSecondUs = 1'000'000;

class TimingReader {
 public:
  TimingReader(const Settings& settings, Diagnostics& diagnostics) : settings_(settings), diagnostics_(diagnostics) {}

  Timing run() {
    zone();
    if (settings_.has("every")) timing_.every_us = whole_seconds("every");
    if (settings_.has("cron")) cron(settings_.node("cron"));
    if (settings_.has("every") && settings_.has("cron")) {
      diagnostics_.error(settings_.node("cron").place, "a flow has either 'every' or 'cron'", "take one of them away");
    }
    timing_.start_us = instant("start");
    timing_.end_us = instant("end");
    if (timing_.start_us && timing_.end_us && *timing_.end_us <= *timing_.start_us) {
      diagnostics_.error(settings_.node("end").place, "'end' is not behind 'start'", "no run would ever be due");
    }
    timing_.catch_up = settings_.flag("catch_up");
    timing_.at_once = settings_.integer("at_once");
    if (settings_.has("timeout")) timing_.timeout_us = settings_.duration_us("timeout");
    if (settings_.has("deadline")) timing_.deadline_us = settings_.duration_us("deadline");
    if (settings_.has("after")) timing_.after = settings_.texts("after");
    if (settings_.has("alert")) alert(settings_.map("alert"));
    if (settings_.has("retry")) retry(settings_.map("retry"));
    needs_instants();
    return std::move(timing_);
  }

 private:
  void zone() {
    const std::string& name = settings_.text("timezone");
    timing_.zone = find_zone(name);
    if (timing_.zone != nullptr) return;
    diagnostics_.error(settings_.node("timezone").place, fmt::format("there is no time zone '{}'", name),
                       "for example Europe/Berlin, America/New_York or UTC");
    timing_.zone = find_zone("UTC");
  }

  int64_t whole_seconds(std::string_view key) {
    const int64_t us = settings_.duration_us(key);
    if (us % kSecondUs != 0) {
      diagnostics_.error(settings_.node(key).place, fmt::format("'{}' is a whole number of seconds", key),
                         fmt::format("for example {}: {}", key, duration_text((us / kSecondUs + 1) * kSecondUs)));
    }
    return us;
  }

  void cron(const Node& node) {
    std::vector<CronMistake> mistakes;
    timing_.cron = Cron::parse(node.text, mistakes);
    for (const CronMistake& one : mistakes) {
      const bool whole = one.begin == 0 && one.end == node.text.size();
      diagnostics_.error(whole ? node.place : node.place_of(one.begin, one.end), one.message, one.hint);
    }
  }

  // In the time zone of the flow, unless the text names one.
  std::optional<int64_t> instant(std::string_view key) {
    if (!settings_.has(key)) return std::nullopt;
    const Node& node = settings_.node(key);
    std::optional<int64_t> us = parse_timestamp_us(node.text);
    if (!us || node.text.find('-') == std::string::npos || *us % kSecondUs != 0) {
      diagnostics_.error(node.place, fmt::format("'{}' is a date or a time of whole seconds, not '{}'", key, node.text),
                         fmt::format("for example {}: 2026-11-21T06:00:00", key));
      return std::nullopt;
    }
    bool zoneless = false;  // a zone may follow
    for (const std::string_view rest : {"Z", ":00Z", "T00:00:00Z"}) {
      zoneless = zoneless || parse_timestamp_us(node.text + std::string(rest));
    }
    if (zoneless) *us = ZoneCursor(*timing_.zone).to_utc(*us);
    return us;
  }

  void alert(const Settings& alert) {
    if (alert.has("command")) timing_.alert.command = alert.texts("command");
    if (alert.has("webhook")) timing_.alert.webhook = alert.text("webhook");
    const std::string& url = timing_.alert.webhook;
    if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://")) {
      diagnostics_.error(alert.node("webhook").place, fmt::format("'{}' is no URL", url),
                         "it begins with http:// or https://");
    }
    if (timing_.alert.command.empty() && url.empty()) {
      diagnostics_.error(alert.place(), "this alert tells nobody", "give it a command or a webhook");
    }
  }

  void retry(const Settings& retry) {
    timing_.retry.attempts = retry.integer("attempts");
    timing_.retry.backoff_us = retry.duration_us("backoff");
    int64_t& max_us = timing_.retry.backoff_max_us;
    max_us = retry.has("backoff_max") ? retry.duration_us("backoff_max") : std::max(max_us, timing_.retry.backoff_us);
    if (max_us < timing_.retry.backoff_us) {
      diagnostics_.error(retry.node("backoff_max").place, "'backoff_max' is below 'backoff'",
                         fmt::format("backoff is {}", retry.text("backoff")));
    }
  }

  // What only makes sense for runs.
  void needs_instants() {
    if (timing_.scheduled()) return;
    for (const std::string_view key : {"start", "end", "timeout", "deadline"}) {
      if (!settings_.has(key)) continue;
      diagnostics_.error(settings_.node(key).place, fmt::format("'{}' is for flows that have runs", key),
                         "give the flow an 'every', a 'cron' or an 'after', or take it away");
    }
  }

  const Settings& settings_;
  Diagnostics& diagnostics_;
  Timing timing_;
};

}  // namespace

std::vector<std::string_view> timing_keys() {
  std::vector<std::string_view> keys;
  for (const FieldDescription& field : kTimingDeclaration.fields) keys.push_back(field.name);
  return keys;
}

Timing read_timing(const Node& flow, Diagnostics& diagnostics) {
  Node given{.kind = Node::Kind::kMap, .place = flow.place};
  for (const FieldDescription& field : kTimingDeclaration.fields) {
    for (const auto& [key, value] : flow.entries) {
      if (key.text == field.name) given.entries.emplace_back(key, value);
    }
  }
  const auto settings = Settings::read(kTimingDeclaration, given, diagnostics);
  return settings ? TimingReader(*settings, diagnostics).run() : Timing{.zone = find_zone("UTC")};
}

}  // namespace millrace
