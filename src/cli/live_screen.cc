#include "cli/live_screen.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "cli/load.h"
#include "cli/report.h"
#include "cli/table.h"

namespace millrace {
namespace {

constexpr double kKept = 0.7;  // of the rate before, so that figures can be read

std::string time_text(int64_t us) {
  const int64_t seconds = std::max<int64_t>(0, us) / 1'000'000;
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

}  // namespace

LiveScreen::LiveScreen(About about, const Clock& clock)
    : about_(std::move(about)), clock_(clock), begin_us_(clock.monotonic_us()) {}

std::string LiveScreen::rate_of(const FlowStatus& flow, int64_t now_us) {
  Seen& seen = seen_[flow.name()];
  const double seconds = static_cast<double>(now_us - seen.at_us) / 1e6;
  if (seen.at_us != 0 && seconds > 0) {
    const uint64_t more = flow.ledger.read - std::min(flow.ledger.read, seen.read);
    seen.per_s = kKept * seen.per_s + (1 - kKept) * static_cast<double>(more) / seconds;
  }
  seen.read = flow.ledger.read;
  seen.at_us = now_us;
  return with_commas(static_cast<uint64_t>(std::llround(seen.per_s)));
}

void LiveScreen::draw(const std::vector<FlowStatus>& flows) {
  const int64_t now_us = clock_.monotonic_us();
  const int64_t wall_us = clock_.wall_us();
  const size_t width = terminal_width();
  std::string out = fmt::format("millrace  up {}, data in {}{}\n", time_text(now_us - begin_us_), about_.data,
                                about_.url.empty() ? "" : ", " + about_.url);
  Table table({"flow", "state", "records/s", "read", "written", "duplicate", "quarantined", "behind"});
  std::string remarks;
  for (const FlowStatus& flow : flows) {
    int64_t behind = 0;
    for (const PartitionLag& lag : flow.lag) behind += lag.records();
    std::string state(flow_state_name(flow.state));
    if (flow.next_run_us) state += fmt::format(", next in {}", time_text(*flow.next_run_us - wall_us));
    table.add({flow.name(), state, rate_of(flow, now_us), with_commas(flow.ledger.read),
               with_commas(flow.ledger.written), with_commas(flow.ledger.duplicate),
               with_commas(flow.ledger.quarantined), with_commas(static_cast<uint64_t>(behind))});
    if (!flow.why.empty()) remarks += fit(fmt::format("{}: {}", flow.name(), flow.why), width) + "\n";
    for (size_t i = 0; i < flow.checks.size(); ++i) {
      if (flow.checks[i].failed == 0) continue;
      remarks +=
          fit(fmt::format("{}: {} failed {}", flow.name(), flow.check_names[i], with_commas(flow.checks[i].failed)),
              width) +
          "\n";
    }
  }
  out += table.render(width) + remarks;
  if (!about_.try_next.empty()) out += "\nin another terminal:\n";
  for (const std::string& line : about_.try_next) out += fit("  " + line, width) + "\n";
  out += "Ctrl-C stops, and the next start goes on there\n";
  const std::string back = lines_ > 0 ? fmt::format("\x1b[{}A\x1b[J", lines_) : "";
  lines_ = static_cast<size_t>(std::count(out.begin(), out.end(), '\n'));
  fmt::print("{}{}", back, out);
  std::fflush(stdout);
}

}  // namespace millrace
