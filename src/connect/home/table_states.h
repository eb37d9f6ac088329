#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "flow/step_state.h"
#include "store/tables/table_store.h"

namespace millrace {

// Under what the steps of a flow keep theirs among the states of the table store; without a step: all of them.
std::string step_states_prefix(std::string_view flow, std::string_view step = "");

// What the steps of one flow remember, among the states of the table store, written with the flow's rows.
class TableStates final : public StateKeeper {
 public:
  // Changes are put into `rows`.
  TableStates(TableStore& tables, RowBatch& rows, std::string flow, uint64_t generation)
      : tables_(tables), rows_(rows), flow_(std::move(flow)), generation_(generation) {}

  std::unique_ptr<StepState> open(const std::string& step) override;
  void put(const std::string& step, const StateChanges& changes) override;
  // What has been put until now is written next; once committed() says so, it is.
  void begin_commit();
  void committed();

 private:
  class State;
  struct Changes {
    uint64_t put = 0;
    uint64_t begun = 0;
    std::atomic<uint64_t> committed = 0;
  };

  TableStore& tables_;
  RowBatch& rows_;
  const std::string flow_;
  const uint64_t generation_;
  std::map<std::string, std::shared_ptr<Changes>> changes_;  // by step
};

}  // namespace millrace
