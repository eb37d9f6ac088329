#include "connect/home/table_states.h"

#include <utility>

namespace millrace {
namespace {

constexpr size_t kEntriesAtOnce = 10'000;

}  // namespace

class TableStates::State final : public StepState {
 public:
  State(TableStore& tables, std::string prefix, uint64_t generation, std::shared_ptr<const Changes> changes)
      : tables_(tables), prefix_(std::move(prefix)), generation_(generation), changes_(std::move(changes)) {}

  Result<std::optional<std::string>> get(std::string_view key) const override {
    return tables_.state(prefix_ + std::string(key));
  }
  Result<std::vector<Entry>> next_entries(std::string_view after) const override {
    TRY(found, tables_.states({.prefix = prefix_,
                               .after = after.empty() ? "" : prefix_ + std::string(after),
                               .entries_max = kEntriesAtOnce}));
    std::vector<Entry> entries;
    for (TableStore::Entry& entry : found) {
      entries.push_back({entry.key.substr(prefix_.size()), std::move(entry.bytes)});
    }
    return entries;
  }
  uint64_t committed() const override { return changes_->committed; }
  uint64_t generation() const override { return generation_; }

 private:
  TableStore& tables_;
  const std::string prefix_;
  const uint64_t generation_;
  const std::shared_ptr<const Changes> changes_;
};

// No name holds a zero byte.
std::string step_states_prefix(std::string_view flow, std::string_view step) {
  std::string prefix = "step/";
  prefix.append(flow).append(1, '\0');
  if (!step.empty()) prefix.append(step).append(1, '\0');
  return prefix;
}

std::unique_ptr<StepState> TableStates::open(const std::string& step) {
  auto& changes = changes_[step];
  if (changes == nullptr) changes = std::make_shared<Changes>();
  return std::make_unique<State>(tables_, step_states_prefix(flow_, step), generation_, changes);
}

void TableStates::put(const std::string& step, const StateChanges& changes) {
  const std::string before = step_states_prefix(flow_, step);
  std::string key;
  std::string end;
  for (size_t i = 0; i < changes.size(); ++i) {
    const StateChanges::Change change = changes.at(i);
    key.assign(before).append(change.key);
    if (change.kind == StateChanges::Kind::kPut) {
      rows_.put_state(key, change.value);
    } else {
      end.assign(before).append(change.value);
      rows_.remove_state_range(key, end);
    }
  }
  changes_.at(step)->put += changes.size();
}

void TableStates::begin_commit() {
  for (const auto& [step, changes] : changes_) changes->begun = changes->put;
}

void TableStates::committed() {
  for (const auto& [step, changes] : changes_) changes->committed = changes->begun;
}

}  // namespace millrace
