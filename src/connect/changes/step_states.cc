#include "connect/changes/step_states.h"

#include "connect/home/table_states.h"

namespace millrace {
namespace {

// The first key behind all that begin with a prefix that ends in a zero byte.
std::string behind(std::string prefix) {
  prefix.back() = '\1';
  return prefix;
}

}  // namespace

Result<std::vector<std::string>> remembered_steps(const TableStore& tables, std::string_view flow) {
  std::vector<std::string> steps;
  TableStore::EntryRange range{.prefix = step_states_prefix(flow), .entries_max = 1};
  while (true) {
    TRY(entries, tables.states(range));
    if (entries.empty()) return steps;
    const std::string_view key = std::string_view(entries[0].key).substr(range.prefix.size());
    steps.emplace_back(key.substr(0, key.find('\0')));
    range.after = behind(step_states_prefix(flow, steps.back()));
  }
}

Status forget_step(TableStore& tables, std::string_view flow, std::string_view step) {
  const std::string prefix = step_states_prefix(flow, step);
  RowBatch gone;
  gone.remove_state_range(prefix, behind(prefix));
  const auto written = tables.write(gone);
  return written.ok() ? tables.flush() : written.error();
}

}  // namespace millrace
