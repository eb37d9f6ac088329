#include "flow/run/journey.h"

#include <algorithm>
#include <utility>

#include "data/builder.h"

namespace millrace {

Finished merge_finished(std::vector<Finished> parts, const std::vector<VisibleColumn>& output) {
  if (parts.empty()) return {};
  if (parts.size() == 1) return std::move(parts[0]);
  struct RowAt {
    size_t record;
    uint32_t part, row;
  };
  std::vector<RowAt> places;
  for (uint32_t p = 0; p < parts.size(); ++p) {
    parts[p].batch.alive_rows().for_each([&](size_t row) {
      places.push_back({parts[p].batch.record_of(row), p, static_cast<uint32_t>(row)});
    });
  }
  std::stable_sort(places.begin(), places.end(), [](const RowAt& a, const RowAt& b) { return a.record < b.record; });
  Finished merged;
  merged.batch.origin = parts[0].batch.origin;
  merged.batch.rows = places.size();
  merged.batch.columns.resize(parts[0].batch.columns.size());
  for (const VisibleColumn& column : output) {
    const auto slot = static_cast<size_t>(column.slot);
    ColumnBuilder builder(column.type);
    for (const RowAt& place : places) builder.append_from(parts[place.part].batch.columns[slot], place.row);
    merged.batch.columns[slot] = builder.finish();
  }
  for (size_t sink = 0; sink < parts[0].rows.size(); ++sink) {
    std::vector<uint32_t> rows;
    for (uint32_t at = 0; at < places.size(); ++at) {
      const auto& of = parts[places[at].part].rows[sink];
      if (std::binary_search(of.begin(), of.end(), places[at].row)) rows.push_back(at);
    }
    merged.rows.push_back(std::move(rows));
  }
  return merged;
}

}  // namespace millrace
