#pragma once

#include <memory>
#include <string>
#include <vector>

#include "flow/plan.h"

namespace millrace {

// How a case of `tests:` came out.
struct CaseOutcome {
  std::vector<std::string> differences;  // lines, aligned: "- expected", "+ got"; empty: passed
  double seconds = 0;
  bool passed() const { return differences.empty(); }
};

// Runs cases through a flow's real steps: given records instead of the source, sinks and quarantine caught in memory.
// Takes over the plan's source and sinks for as long as the plan lives. One thread at a time.
class CaseRunner {
 public:
  explicit CaseRunner(FlowPlan& plan);
  ~CaseRunner();

  CaseOutcome run(const TestCase& test);

 private:
  struct Caught;
  class CatchingSink;
  class GivenSourcePlan;
  class CatchingSinkPlan;

  FlowPlan& plan_;
  std::shared_ptr<Caught> caught_;
};

// Whether a value is what a case says: scalars are read as CAST reads them, lists and maps go member by member; of a
// map for a struct only the members that it names are compared.
bool matches(const Node& expected, const Column& column, size_t row);

}  // namespace millrace
