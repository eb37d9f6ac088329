#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Only ever grows. Any thread; no lock.
class Counter {
 public:
  void add(uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_ = 0;
};

// How values, in seconds, are spread over fixed bounds. Any thread; no lock.
class Histogram {
 public:
  // From a tenth of a millisecond to a minute and a half, each twice the one before.
  static constexpr size_t kBounds = 20;
  static constexpr double kFirstBound = 0.0001;

  void observe_us(int64_t us, uint64_t times = 1);

  struct Snapshot {
    std::array<uint64_t, kBounds + 1> counts{};  // at most each bound, not cumulated; the last: above all of them
    double sum = 0;
  };
  Snapshot snapshot() const;
  static double bound(size_t i) { return kFirstBound * static_cast<double>(uint64_t{1} << i); }

 private:
  std::array<std::atomic<uint64_t>, kBounds + 1> counts_{};
  std::atomic<uint64_t> sum_us_ = 0;
};

struct MetricLabel {
  std::string_view name;
  std::string value;
};
using MetricLabels = std::vector<MetricLabel>;

enum class MetricKind { kCounter, kGauge, kHistogram };

// Figures as Prometheus reads them (text format 0.0.4): a family, then its samples, then the next family. One thread.
class MetricsText {
 public:
  void family(std::string_view name, MetricKind kind, std::string_view help);
  // Of the last family.
  void sample(const MetricLabels& labels, double value);
  void sample(const MetricLabels& labels, uint64_t value);
  void sample(const MetricLabels& labels, const Histogram::Snapshot& histogram);

  const std::string& text() const { return text_; }

 private:
  void line(std::string_view suffix, const MetricLabels& labels, std::string_view le, std::string_view value);

  std::string text_;
  std::string name_;
};

// Counters and histograms by name and labels, made when they are first asked for, and there for good: what is counted
// keeps the reference, so that counting itself needs no lock. Thread-safe.
class Metrics {
 public:
  // `name` and `help` of one family are always the same texts, and its kind too.
  Counter& counter(std::string_view name, std::string_view help, const MetricLabels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, const MetricLabels& labels = {});

  void write(MetricsText& text) const;

 private:
  struct Family {
    MetricKind kind;
    std::string help;
    std::map<std::string, size_t> known;  // the labels' text -> its place below
    std::deque<MetricLabels> labels;
    std::deque<Counter> counters;  // or
    std::deque<Histogram> histograms;
  };
  Family& family(std::string_view name, MetricKind kind, std::string_view help);
  static size_t place(Family& family, const MetricLabels& labels);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;  // guarded by mutex_
};

}  // namespace millrace
