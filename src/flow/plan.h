#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "flow/catalog.h"
#include "flow/connector.h"
#include "flow/declarations.h"
#include "flow/flow_shape.h"
#include "flow/step.h"
#include "flow/timing.h"

namespace millrace {

struct PlannedSink {
  std::unique_ptr<SinkPlan> plan;
  std::optional<Program> where;  // only the records for which it is TRUE
  std::string where_text;
};

// What there is behind a step, for showing: its columns (slot -1: a declared one that nothing has asked for so far),
// and while the source is open all of its columns but the hidden ones.
struct ColumnsBehind {
  std::vector<VisibleColumn> columns;
  bool open = false;
  std::vector<std::string> hidden;
};

// A flow that has passed `check`: everything that can be known before running is known.
struct FlowPlan {
  std::string name;
  Place place;  // of the name
  // What the data directory knows the flow by: its name, unless `id:` says that it was called otherwise before.
  std::string id;
  FlowShape shape;
  std::unique_ptr<SourcePlan> source;
  std::string source_kind;  // "file"
  Slots slots;
  std::vector<std::string> step_names;  // "select", "expect", ...: as in the file
  std::vector<std::unique_ptr<Step>> steps;
  std::vector<ColumnsBehind> behind;  // per step
  std::vector<CheckInfo> checks;
  std::vector<VisibleColumn> output;  // what the sinks get
  std::vector<PlannedSink> sinks;
  std::unique_ptr<SinkPlan> quarantine;
  std::optional<RawTopic> raw;      // where the source's payloads are kept; only with a keeper that commits on the way
  Keeper keeper = Keeper::kItself;  // of all sinks and of quarantine; never kAlong
  std::shared_ptr<System> system;   // kSystem: that one
  std::vector<std::string> reads;   // kSystem: the topics of that system that are its source
  Timing timing;

  bool needs_home() const { return keeper != Keeper::kItself || source->needs_home(); }
};

// One case of `tests:` in the file or beside it.
struct TestCase {
  std::string name;
  std::string flow;
  Place place;
  std::vector<Node> given;                       // records: maps, or texts for bytes as they are
  std::optional<std::vector<Node>> rows;         // expected, in order
  std::optional<std::vector<Node>> quarantined;  // expected: texts contained in rule and reason
  std::optional<int64_t> now_us;
};

struct PipelinePlan {
  std::string name;
  Place name_place;
  std::string file;
  std::string directory;
  Declarations declarations;
  std::map<std::string, std::shared_ptr<System>> systems;  // of the profile, by name
  std::vector<FlowPlan> flows;                             // each behind those that it waits for
  std::vector<TestCase> tests;

  std::string id_of(const FlowPlan& flow) const { return name + "." + flow.id; }  // "users.store"
};

// What the command line may say beside the file.
struct LoadOptions {
  std::string profile;
  std::map<std::string, std::string> params;
  int64_t run_start_us = 0;  // ${run.start}; 0: now
};

struct LoadOutcome {
  std::unique_ptr<PipelinePlan> plan;  // nullptr when there are errors
  Diagnostics diagnostics;
  std::string file;
  std::string text;  // of the file, to underline in
};

// The pipeline file to a checked plan. Never stops at the first mistake. Topics and tables that its flows name and it
// does not declare are looked for in the other pipeline files of its folder.
LoadOutcome load_pipeline(const std::string& file, const Catalog& catalog, const LoadOptions& options);
LoadOutcome load_pipeline_text(std::string text, const std::string& file, const Catalog& catalog,
                               const LoadOptions& options);

// The pipeline files of a folder, by name.
std::vector<std::string> pipeline_files_in(const std::string& folder);
// What no two files that are up together may both say: a pipeline, a topic, a table, a topic's writer. Takes the plans
// of those that are wrong.
void check_together(std::vector<LoadOutcome>& outcomes);

// For people: "users.yaml:12:7: error: ...", the line, the underline, the hint. For machines: a JSON array.
std::string render_diagnostics(const LoadOutcome& outcome, bool color);
std::string render_diagnostics_json(const LoadOutcome& outcome);

// The JSON Schema of the file, from the components' own descriptions.
std::string pipeline_json_schema(const Catalog& catalog);

}  // namespace millrace
