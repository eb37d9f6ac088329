#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "flow/plan.h"
#include "flow/spec/flow_order.h"
#include "flow/spec/flow_plan.h"
#include "flow/spec/read_file.h"
#include "flow/spec/test_cases.h"
#include "flow/spec/yaml.h"

namespace millrace {
namespace {

class Loader {
 public:
  Loader(LoadOutcome& outcome, const Catalog& catalog, const LoadOptions& options)
      : outcome_(outcome), diagnostics_(outcome.diagnostics), catalog_(catalog), options_(options) {}

  void run() {
    plan_.file = outcome_.file;
    plan_.directory = directory_of(outcome_.file);
    auto read = read_pipeline_file(outcome_.text, outcome_.file, options_, diagnostics_);
    if (!read) return;
    plan_.name = read->pipeline;
    plan_.name_place = read->name_place;
    bindings_[""].read(read->profile, catalog_.systems, diagnostics_);
    plan_.systems = bindings_[""].systems();
    flows(read->root);
    if (diagnostics_.ok()) outcome_.plan = std::make_unique<PipelinePlan>(std::move(plan_));
  }

 private:
  void flows(const Node& root) {
    const Node* flows = root.find("flows");
    if (flows == nullptr || !flows->is_map() || flows->entries.empty()) {
      diagnostics_.error(flows == nullptr ? Place{1, 1, 1} : flows->place, "the file has no flows",
                         "for example flows: { users: { from: ..., steps: [...], to: ... } }");
      return;
    }
    Declarations& declarations = plan_.declarations;
    turn_to(plan_.name, "");
    read_declarations(root, diagnostics_);
    Neighbours neighbours;
    if (needs_neighbours(*flows, declarations)) {
      neighbours = read_neighbours(plan_.file, plan_.name, options_);
      meet(neighbours);
    }
    for (const FlowToPlan& one : order_flows(*flows, neighbours.files, declarations, diagnostics_)) {
      if (one.neighbour != nullptr) {
        plan_neighbour(one);
        continue;
      }
      auto planned = plan_flow(one.flow->first, one.flow->second, catalog_, declarations, diagnostics_);
      if (planned) plan_.flows.push_back(std::move(*planned));
    }
    declarations.forget_unused();
    ids(*flows);
    outputs(*flows);
    afters(*flows);
    if (const Node* tests = root.find("tests")) plan_.tests = read_test_cases(*tests, *flows, diagnostics_);
  }

  void read_declarations(const Node& root, Diagnostics& diagnostics) {
    if (const Node* topics = root.find("topics")) plan_.declarations.read_topics(*topics, diagnostics);
    if (const Node* tables = root.find("tables")) plan_.declarations.read_tables(*tables, diagnostics);
  }

  // `file`: of the folder; "": the one that is loaded.
  void turn_to(const std::string& pipeline, const std::string& file) {
    plan_.declarations.turn_to(pipeline, file, bindings_[file]);
  }

  void meet(const Neighbours& neighbours) {
    for (const Neighbour& neighbour : neighbours.files) {
      Diagnostics apart;
      bindings_[neighbour.file].read(neighbour.read.profile, catalog_.systems, apart);
      turn_to(neighbour.read.pipeline, neighbour.file);
      read_declarations(neighbour.read.root, apart);
    }
    for (const std::string& file : neighbours.unreadable) plan_.declarations.note_unreadable(file);
    turn_to(plan_.name, "");
  }

  // For the columns of what it writes.
  void plan_neighbour(const FlowToPlan& one) {
    Diagnostics apart;
    std::set<std::string> told = topics_written(one.flow->second);
    std::erase_if(told, [&](const std::string& topic) {
      const TopicDeclaration* declared = std::as_const(plan_.declarations).find(topic);
      return declared == nullptr || declared->columns;
    });
    turn_to(one.neighbour->read.pipeline, one.neighbour->file);
    if (!plan_flow(one.flow->first, one.flow->second, catalog_, plan_.declarations, apart)) {
      const std::string flow = fmt::format("flow '{}' of {}", one.flow->first.text, one.neighbour->file);
      for (const std::string& topic : told) plan_.declarations.break_topic(topic, flow);
    }
    turn_to(plan_.name, "");
  }

  // The data directory must be able to tell the flows from each other.
  void ids(const Node& flows) {
    std::map<std::string, std::string> flow_of_id;
    for (const FlowPlan& flow : plan_.flows) {
      const auto [other, is_new] = flow_of_id.emplace(flow.id, flow.name);
      if (is_new) continue;
      const Node* id = flows.find(flow.name)->find("id");
      if (id == nullptr) id = flows.find(other->second)->find("id");
      diagnostics_.error(
          id->place, fmt::format("the flows '{}' and '{}' are both known as '{}'", other->second, flow.name, flow.id),
          "'id' is what a flow was called before, and no other one may be called so");
    }
  }

  // No two sinks may write the same place, and none what is read.
  void outputs(const Node& flows) {
    std::set<std::string> written;
    for (const FlowPlan& flow : plan_.flows) {
      const auto& entry = *std::find_if(flows.entries.begin(), flows.entries.end(),
                                        [&](const auto& one) { return one.first.text == flow.name; });
      const Node* to = entry.second.find("to");
      const Place place = to != nullptr ? to->place : entry.first.place;
      const auto check = [&](const SinkPlan& sink) {
        if (sink.place().empty()) return;
        if (!written.insert(sink.place()).second) {
          diagnostics_.error(place, fmt::format("two sinks write {}", sink.place()), "give each a place of its own");
        } else if (!sink.is_stdout() && sink.place() == flow.source->place()) {
          diagnostics_.error(place,
                             fmt::format("flow '{}' would write over what it reads: {}", flow.name, sink.place()),
                             "write to another file");
        }
      };
      for (const PlannedSink& sink : flow.sinks) check(*sink.plan);
      if (flow.quarantine != nullptr) check(*flow.quarantine);
    }
  }

  // A flow that never ends cannot be waited for.
  void afters(const Node& flows) {
    for (const FlowPlan& flow : plan_.flows) {
      for (const std::string& name : flow.timing.after) {
        const auto other =
            std::find_if(plan_.flows.begin(), plan_.flows.end(), [&](const FlowPlan& one) { return one.name == name; });
        if (other == plan_.flows.end() || other->timing.scheduled() || !other->source->can_follow()) continue;
        diagnostics_.error(flows.find(flow.name)->find("after")->place,
                           fmt::format("flow '{}' has no runs that could be waited for: it never ends", name),
                           "give it an 'every' or a 'cron', or take it out of 'after'");
      }
    }
  }

  LoadOutcome& outcome_;
  Diagnostics& diagnostics_;
  const Catalog& catalog_;
  const LoadOptions& options_;
  std::map<std::string, Bindings> bindings_;  // by file: that of the pipeline is ""
  PipelinePlan plan_;
};

}  // namespace

LoadOutcome load_pipeline_text(std::string text, const std::string& file, const Catalog& catalog,
                               const LoadOptions& options) {
  LoadOutcome outcome;
  outcome.file = file;
  outcome.text = std::move(text);
  Loader(outcome, catalog, options).run();
  return outcome;
}

LoadOutcome load_pipeline(const std::string& file, const Catalog& catalog, const LoadOptions& options) {
  const auto files = real_file_system();
  auto text = read_file(*files, file, kYamlBytesMax);
  if (text.ok()) return load_pipeline_text(std::move(*text), file, catalog, options);
  LoadOutcome outcome;
  outcome.file = file;
  outcome.diagnostics.error({}, text.error().message());
  return outcome;
}

}  // namespace millrace
