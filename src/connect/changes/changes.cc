#include "connect/changes/changes.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "connect/changes/comparison.h"

namespace millrace {

bool Change::has(Consequence consequence) const {
  return std::any_of(details.begin(), details.end(),
                     [&](const ChangeDetail& detail) { return detail.consequence == consequence; });
}

void add_change(HomeComparison& comparison, Change change) {
  const bool differs = std::any_of(change.details.begin(), change.details.end(),
                                   [](const ChangeDetail& detail) { return detail.sign != ' '; });
  if (change.what == Change::What::kSame && differs) change.what = Change::What::kChanged;
  const bool told = std::any_of(comparison.changes.begin(), comparison.changes.end(),
                                [&](const Change& one) { return one.id() == change.id(); });
  if (!told) comparison.changes.push_back(std::move(change));
}

std::string counted(uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string from_to(std::string_view from, std::string_view to) { return fmt::format("{} -> {}", from, to); }

uint64_t records_in(const TopicDescription& topic) {
  uint64_t records = 0;
  for (const PartitionDescription& partition : topic.partitions) {
    records += static_cast<uint64_t>(partition.high_water_mark - partition.log_start);
  }
  return records;
}

Result<std::vector<Change>> changes_of(Home* home, std::span<const PipelinePlan* const> plans, const Clock& clock) {
  HomeComparison comparison{.home = home, .plans = plans, .now_ms = clock.wall_us() / 1000};
  if (home != nullptr) {
    TRY(known, known_pipelines(*home));
    TRY(checkpoints, home->checkpoints());
    comparison.known = std::move(known);
    comparison.checkpoints = std::move(checkpoints);
  }
  for (const PipelinePlan* plan : plans) TRY_STATUS(compare_flows(comparison, *plan));
  for (const PipelinePlan* plan : plans) TRY_STATUS(compare_topics(comparison, *plan));
  for (const PipelinePlan* plan : plans) TRY_STATUS(compare_tables(comparison, *plan));
  return std::move(comparison.changes);
}

}  // namespace millrace
