#include "flow/run/threshold.h"

#include <fmt/format.h>

namespace millrace {

Thresholds::Thresholds(const std::vector<CheckInfo>& checks) {
  for (size_t i = 0; i < checks.size(); ++i) {
    if (checks[i].at_most) watched_.push_back({i, checks[i].name, *checks[i].at_most, {}, 0});
  }
}

std::optional<Error> Thresholds::judge(const Watched& watched, bool at_end) {
  const CheckCounts& counts = watched.counts;
  if (!watched.limit.is_share) {
    if (counts.failed <= watched.limit.count) return std::nullopt;
    return Error(ErrorCode::kFailed, fmt::format("check '{}' failed {} times, at most {} are allowed", watched.name,
                                                 counts.failed, watched.limit.count));
  }
  if (!at_end || counts.checked == 0) return std::nullopt;
  const double share = static_cast<double>(counts.failed) / static_cast<double>(counts.checked);
  if (share <= watched.limit.share) return std::nullopt;
  return Error(ErrorCode::kFailed,
               fmt::format("check '{}' failed for {:.2f}% of the records ({} of {}), at most {:g}% are allowed",
                           watched.name, share * 100, counts.failed, counts.checked, watched.limit.share * 100));
}

std::optional<Error> Thresholds::add(const std::vector<CheckCounts>& counts, int64_t ingested_at_us) {
  for (Watched& watched : watched_) {
    if (watched.limit.per_us > 0 && ingested_at_us - watched.span_begin_us >= watched.limit.per_us) {
      if (auto error = judge(watched, true)) return error;
      watched.counts = {};
      watched.span_begin_us = ingested_at_us;
    }
    watched.counts.checked += counts[watched.check].checked;
    watched.counts.failed += counts[watched.check].failed;
    if (auto error = judge(watched, false)) return error;
  }
  return std::nullopt;
}

std::optional<Error> Thresholds::finish() const {
  for (const Watched& watched : watched_) {
    if (auto error = judge(watched, true)) return error;
  }
  return std::nullopt;
}

}  // namespace millrace
