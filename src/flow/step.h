#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/batch.h"
#include "flow/component.h"
#include "flow/passage.h"
#include "flow/scope.h"
#include "flow/settings.h"
#include "flow/step_state.h"

namespace millrace {

// What a step remembers from batch to batch during one run (dedupe, unique). Only touched while it is the batch's turn.
class StepMemory {
 public:
  virtual ~StepMemory() = default;
};

// Runs the steps behind this one over a part of the batch's rows; gives back, per row of the part, whether at least one
// row made of it came through to the sinks.
using RestOfFlow = std::function<std::vector<bool>(Batch part)>;

// One step of a flow, compiled. Immutable: called from many workers at once; whatever changes is in Passage or
// StepMemory.
class Step {
 public:
  virtual ~Step() = default;

  virtual void process(Batch& batch, Passage& passage) const = 0;
  // How `explain` shows it, a line each: expressions after folding, columns.
  virtual std::vector<std::string> explain() const = 0;
};

// A step whose answer depends on the records before: batches pass it one at a time, in the order of the source,
// whatever the number of workers.
class OrderedStep : public Step {
 public:
  // `state` is what the flow keeps of the step from run to run, and outlives the memory; nullptr: nothing. The error:
  // it cannot be read.
  virtual Result<std::unique_ptr<StepMemory>> start(StepState* state) const = 0;
  // By which the flow keeps it; empty: the step remembers within a run alone. Changes go to Passage::state by this
  // name.
  virtual std::string state_name() const { return ""; }
  virtual void process_in_turn(Batch& batch, Passage& passage, StepMemory& memory, const RestOfFlow& rest) const = 0;
  // True when process_in_turn calls `rest` itself (and leaves no rows alive); the turn then lasts until it returns.
  virtual bool runs_rest() const = 0;
  void process(Batch& batch, Passage& passage) const final;  // a bug when called
};

// A check as the flow counts it.
struct CheckInfo {
  std::string name;      // "email email", or the user's own
  std::string severity;  // warn, drop, quarantine, stop
  std::optional<Limit> at_most;
  int step = 0;
};

// What a step is made of, and what making it tells the flow.
struct StepBinding {
  Scope& scope;  // in front of the step; the step leaves it as it is behind
  Diagnostics& diagnostics;
  int index = 0;                   // of the step in the flow
  std::vector<CheckInfo>& checks;  // an expect step adds its own: index in here = index in Passage::checks
};

struct StepComponent {
  Component about;
  // nullptr: diagnostics say why.
  std::unique_ptr<Step> (*make)(const Settings& settings, StepBinding& binding) = nullptr;
};

}  // namespace millrace
