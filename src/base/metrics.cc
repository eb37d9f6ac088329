#include "base/metrics.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/assert.h"

namespace millrace {
namespace {

std::string_view kind_name(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter: return "counter";
    case MetricKind::kGauge: return "gauge";
    case MetricKind::kHistogram: return "histogram";
  }
  MILLRACE_UNREACHABLE("all kinds are above");
}

void append_escaped(std::string& to, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\' || (quotes && c == '"')) to += '\\';
    if (c == '\n') {
      to += "\\n";
    } else {
      to += c;
    }
  }
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

// '{a="1",b="2"}', or nothing.
std::string labels_text(const MetricLabels& labels, std::string_view le = {}) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view value) {
    text += text.empty() ? '{' : ',';
    text += name;
    text += "=\"";
    append_escaped(text, value, true);
    text += '"';
  };
  for (const MetricLabel& label : labels) add(label.name, label.value);
  if (!le.empty()) add("le", le);
  if (!text.empty()) text += '}';
  return text;
}

}  // namespace

void Histogram::observe_us(int64_t us, uint64_t times) {
  const auto at_least_0 = static_cast<uint64_t>(std::max<int64_t>(us, 0));
  size_t i = 0;
  for (uint64_t bound_us = 100; i < kBounds && at_least_0 > bound_us; bound_us *= 2) ++i;
  counts_[i].fetch_add(times, std::memory_order_relaxed);
  sum_us_.fetch_add(at_least_0 * times, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot snapshot;
  for (size_t i = 0; i <= kBounds; ++i) snapshot.counts[i] = counts_[i].load(std::memory_order_relaxed);
  snapshot.sum = static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1e6;
  return snapshot;
}

void MetricsText::family(std::string_view name, MetricKind kind, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} ", name);
  append_escaped(text_, help, false);
  text_ += fmt::format("\n# TYPE {} {}\n", name, kind_name(kind));
}

void MetricsText::line(std::string_view suffix, const MetricLabels& labels, std::string_view le,
                       std::string_view value) {
  text_ += fmt::format("{}{}{} {}\n", name_, suffix, labels_text(labels, le), value);
}

void MetricsText::sample(const MetricLabels& labels, double value) { line("", labels, "", number_text(value)); }
void MetricsText::sample(const MetricLabels& labels, uint64_t value) { line("", labels, "", fmt::format("{}", value)); }

void MetricsText::sample(const MetricLabels& labels, const Histogram::Snapshot& histogram) {
  uint64_t so_far = 0;
  for (size_t i = 0; i < Histogram::kBounds; ++i) {
    so_far += histogram.counts[i];
    line("_bucket", labels, number_text(Histogram::bound(i)), fmt::format("{}", so_far));
  }
  so_far += histogram.counts[Histogram::kBounds];
  line("_bucket", labels, "+Inf", fmt::format("{}", so_far));
  line("_sum", labels, "", number_text(histogram.sum));
  line("_count", labels, "", fmt::format("{}", so_far));
}

Metrics::Family& Metrics::family(std::string_view name, MetricKind kind, std::string_view help) {
  const auto known = families_.find(name);
  if (known == families_.end()) {
    Family& made = families_[std::string(name)];
    made.kind = kind;
    made.help = help;
    return made;
  }
  MILLRACE_ASSERT(known->second.kind == kind && known->second.help == help, "a family has one kind and one help");
  return known->second;
}

size_t Metrics::place(Family& family, const MetricLabels& labels) {
  const auto [known, is_new] = family.known.emplace(labels_text(labels), family.labels.size());
  if (is_new) family.labels.push_back(labels);
  return known->second;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, const MetricLabels& labels) {
  const std::lock_guard lock(mutex_);
  Family& of = family(name, MetricKind::kCounter, help);
  const size_t at = place(of, labels);
  if (at == of.counters.size()) of.counters.emplace_back();
  return of.counters[at];
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const MetricLabels& labels) {
  const std::lock_guard lock(mutex_);
  Family& of = family(name, MetricKind::kHistogram, help);
  const size_t at = place(of, labels);
  if (at == of.histograms.size()) of.histograms.emplace_back();
  return of.histograms[at];
}

void Metrics::write(MetricsText& text) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, family] : families_) {
    text.family(name, family.kind, family.help);
    for (size_t i = 0; i < family.labels.size(); ++i) {
      if (family.kind == MetricKind::kCounter) {
        text.sample(family.labels[i], family.counters[i].value());
      } else {
        text.sample(family.labels[i], family.histograms[i].snapshot());
      }
    }
  }
}

}  // namespace millrace
