#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "flow/plan.h"
#include "flow/spec/flow_order.h"
#include "flow/spec/flow_plan.h"
#include "flow/spec/keys.h"
#include "flow/spec/profile.h"
#include "flow/spec/substitute.h"
#include "flow/spec/test_cases.h"
#include "flow/spec/yaml.h"

namespace millrace {
namespace {

constexpr std::string_view kFormatVersion = "1";

std::string stem_of(std::string_view file) {
  const size_t slash = file.rfind('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  return std::string(file.substr(0, file.find('.')));
}

class Loader {
 public:
  Loader(LoadOutcome& outcome, const Catalog& catalog, const LoadOptions& options)
      : outcome_(outcome), diagnostics_(outcome.diagnostics), catalog_(catalog), options_(options) {}

  void run() {
    plan_.file = outcome_.file;
    plan_.directory = directory_of(outcome_.file);
    std::optional<Node> root = read_yaml(outcome_.text, diagnostics_);
    if (!root || !check_keys(*root, "the pipeline file",
                             {"millrace", "pipeline", "params", "topics", "tables", "flows", "profiles", "tests"},
                             diagnostics_)) {
      return;
    }
    head(*root);
    apply_profile(*root, options_.profile, diagnostics_);
    const int64_t now = options_.run_start_us != 0 ? options_.run_start_us : SystemClock().wall_us();
    Substitution substitution(options_.params, now, plan_.directory);
    substitution.declare(root->find("params"), diagnostics_);
    for (auto& [key, value] : root->entries) {
      if (key.text == "flows" || key.text == "topics" || key.text == "tables") substitution.apply(value, diagnostics_);
    }
    substitution.warn_of_unused(diagnostics_);
    flows(*root);
    if (diagnostics_.ok()) outcome_.plan = std::make_unique<PipelinePlan>(std::move(plan_));
  }

 private:
  void head(const Node& root) {
    const Node* version = root.find("millrace");
    if (version == nullptr) {
      diagnostics_.error({1, 1, 1}, "the file does not say its version", "begin it with `millrace: 1`");
    } else if (version->text != kFormatVersion) {
      diagnostics_.error(version->place, fmt::format("this build reads files of version {}", kFormatVersion),
                         "write `millrace: 1`");
    }
    plan_.name = stem_of(plan_.file);
    if (const Node* name = root.find("pipeline")) {
      if (const std::string* text = text_of(*name, "'pipeline'", diagnostics_)) plan_.name = *text;
    }
  }

  void flows(const Node& root) {
    const Node* flows = root.find("flows");
    if (flows == nullptr || !flows->is_map() || flows->entries.empty()) {
      diagnostics_.error(flows == nullptr ? Place{1, 1, 1} : flows->place, "the file has no flows",
                         "for example flows: { users: { from: ..., steps: [...], to: ... } }");
      return;
    }
    plan_.declarations.set_pipeline(plan_.name);
    if (const Node* topics = root.find("topics")) plan_.declarations.read_topics(*topics, diagnostics_);
    if (const Node* tables = root.find("tables")) plan_.declarations.read_tables(*tables, diagnostics_);
    for (const NodeEntry* flow : order_flows(*flows, diagnostics_)) {
      auto planned = plan_flow(flow->first, flow->second, catalog_, plan_.declarations, diagnostics_);
      if (planned) plan_.flows.push_back(std::move(*planned));
    }
    outputs(*flows);
    afters(*flows);
    if (const Node* tests = root.find("tests")) plan_.tests = read_test_cases(*tests, *flows, diagnostics_);
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
