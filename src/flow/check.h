#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/batch.h"
#include "flow/component.h"
#include "flow/scope.h"
#include "flow/settings.h"

namespace millrace {

// One check, compiled: a property of one column, or a rule of the user's own.
class Check {
 public:
  virtual ~Check() = default;
  // Appends a fault (row and reason; the caller sets the rule) for each of `rows` that does not pass; ascending by row.
  virtual void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const = 0;
  virtual std::string name() const = 0;  // "email email", "adult"
  virtual std::string explain() const = 0;
};

// A ready check that states a property: `email: [email]` makes one Check per column.
struct CheckComponent {
  Component about;
  std::vector<std::unique_ptr<Check>> (*make)(const Settings& settings, Scope& scope,
                                              Diagnostics& diagnostics) = nullptr;
};

}  // namespace millrace
