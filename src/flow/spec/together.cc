// What no two pipeline files that are up together may both say.
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "flow/plan.h"

namespace millrace {
namespace {

class Together {
 public:
  explicit Together(std::vector<LoadOutcome>& outcomes) : outcomes_(outcomes) {}

  void run() {
    for (LoadOutcome& outcome : outcomes_) {
      if (outcome.plan == nullptr) continue;
      const PipelinePlan& plan = *outcome.plan;
      only_one(outcome, plan.name_place, fmt::format("is pipeline '{}'", plan.name),
               "give each a name of its own: `pipeline: ...`");
      for (const TopicDeclaration& topic : plan.declarations.topics()) {
        if (!topic.file.empty() || topic.place.line == 0) continue;
        only_one(outcome, topic.place, fmt::format("declares topic '{}'", topic.name),
                 "keep one of them: the other files of the folder may use it");
      }
      for (const TableDeclaration& table : plan.declarations.tables()) {
        if (!table.file.empty()) continue;
        only_one(outcome, table.place, fmt::format("declares table '{}'", table.definition->full_name()),
                 "keep one of them: the other files of the folder may use it");
      }
      for (const FlowPlan& flow : plan.flows) {
        for (const PlannedSink& sink : flow.sinks) {
          if (sink.plan->topic().empty()) continue;
          only_one(outcome, flow.place, "writes " + sink.plan->place(), "give each a topic of its own");
        }
      }
    }
    for (LoadOutcome& outcome : outcomes_) {
      if (!outcome.diagnostics.ok()) outcome.plan.reset();
    }
  }

 private:
  void only_one(LoadOutcome& outcome, Place place, const std::string& says, std::string hint) {
    const auto [first, is_new] = first_.emplace(says, outcome.file);
    if (is_new || first->second == outcome.file) return;
    outcome.diagnostics.error(place, fmt::format("{} {} too", first->second, says), std::move(hint));
  }

  std::vector<LoadOutcome>& outcomes_;
  std::map<std::string, std::string> first_;  // what is said, and the file that says it first
};

}  // namespace

void check_together(std::vector<LoadOutcome>& outcomes) { Together(outcomes).run(); }

}  // namespace millrace
