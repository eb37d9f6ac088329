#include "cli/progress_bar.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include <unistd.h>

#include <fmt/format.h>

#include "cli/report.h"
#include "cli/table.h"

namespace millrace {
namespace {

constexpr auto kRefresh = std::chrono::milliseconds(150);
constexpr size_t kBarWidth = 24;

std::string line(const std::string& name, const RunProgress::Snapshot& now, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(now.ledger.read) / seconds : 0;
  if (!now.waiting.empty()) return fmt::format("{}  waiting: {}", name, now.waiting);
  std::string out = name + "  ";
  if (now.bytes_total > 0) {
    const double done = std::min(1.0, static_cast<double>(now.bytes_read) / static_cast<double>(now.bytes_total));
    const auto full = static_cast<size_t>(done * kBarWidth);
    out += '[' + std::string(full, '#') + std::string(kBarWidth - full, '.') + fmt::format("] {:3.0f}%  ", done * 100);
    if (done > 0.02) out += fmt::format("{:.0f} s left  ", seconds / done - seconds);
  }
  return out + fmt::format("{} records/s  {}", with_commas(static_cast<uint64_t>(rate)), now.ledger.text());
}

}  // namespace

ProgressBar::ProgressBar(std::string name, const RunProgress& progress, const Clock& clock, bool shown)
    : name_(std::move(name)), progress_(progress), clock_(clock), begin_us_(clock.monotonic_us()) {
  if (shown) thread_ = std::jthread([this](std::stop_token stop) { follow(stop); });
}

ProgressBar::~ProgressBar() = default;

void ProgressBar::follow(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, stop, kRefresh, [&] { return stop.stop_requested(); })) {
    const double seconds = static_cast<double>(clock_.monotonic_us() - begin_us_) / 1e6;
    // A line that is wider than the terminal would stay behind when the next one is drawn.
    fmt::print(stderr, "\r\x1b[K{}",
               fit(line(name_, progress_.snapshot(), seconds), terminal_width(STDERR_FILENO) - 1));
    std::fflush(stderr);
  }
  fmt::print(stderr, "\r\x1b[K");
}

}  // namespace millrace
