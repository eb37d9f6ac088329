#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/batch.h"
#include "flow/component.h"
#include "flow/scope.h"
#include "flow/settings.h"
#include "flow/step.h"

namespace millrace {

class OrderedCheck;

// One check, compiled: a property of one column, or a rule of the user's own.
class Check {
 public:
  virtual ~Check() = default;
  // Appends a fault (row and reason; the caller sets the rule) for each of `rows` that does not pass; ascending by row.
  virtual void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const = 0;
  virtual std::string name() const = 0;  // "email email", "adult"
  virtual std::string explain() const = 0;
  virtual const OrderedCheck* ordered() const { return nullptr; }  // itself, when its answer depends on records before
};

// A check that remembers records from batch to batch; its step takes batches in the order of the source.
class OrderedCheck : public Check {
 public:
  virtual std::unique_ptr<StepMemory> start() const = 0;
  // `good`: per row of the batch, whether it has passed all checks before; only such rows are remembered.
  virtual void run_in_turn(const Batch& batch, const Rows& rows, const std::vector<bool>& good, StepMemory& memory,
                           std::vector<Fault>& faults) const = 0;
  const OrderedCheck* ordered() const final { return this; }
  void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const final;  // a bug when called
};

// A ready check that states a property: `email: [email]` makes one Check per column.
struct CheckComponent {
  Component about;
  std::vector<std::unique_ptr<Check>> (*make)(const Settings& settings, Scope& scope,
                                              Diagnostics& diagnostics) = nullptr;
};

}  // namespace millrace
