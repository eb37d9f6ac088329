#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/load.h"

namespace millrace {
namespace {

std::string path_text(const SourceColumn& column) { return fmt::format("{}", fmt::join(column.path, ".")); }

std::string limit_text(const std::optional<Limit>& at_most) {
  if (!at_most) return "";
  const std::string most =
      at_most->is_share ? fmt::format("{:g}%", at_most->share * 100) : fmt::format("{}", at_most->count);
  const std::string span = at_most->per_us > 0 ? " per " + duration_text(at_most->per_us) : "";
  return fmt::format(", at most {}{}", most, span);
}

// What a step says of itself; its checks, a line each, with their limits.
std::vector<std::string> step_lines(const FlowPlan& flow, size_t step) {
  std::vector<std::string> lines = flow.steps[step]->explain();
  size_t next = 0;
  for (const CheckInfo& check : flow.checks) {
    if (check.step == static_cast<int>(step) && next < lines.size()) lines[next++] += limit_text(check.at_most);
  }
  return lines;
}

void explain(const FlowPlan& flow) {
  fmt::print("flow {}\n  from {} {}\n", flow.name, flow.source_kind, flow.source->place());
  size_t width = 0;
  for (const SourceColumn& column : flow.slots.source_columns) width = std::max(width, path_text(column).size());
  for (const SourceColumn& column : flow.slots.source_columns) {
    fmt::print("       reads {:<{}}  {}\n", path_text(column), width, column.type.text());
  }
  for (size_t i = 0; i < flow.steps.size(); ++i) {
    fmt::print("  {}. {}\n", i + 1, flow.step_names[i]);
    for (const std::string& line : step_lines(flow, i)) fmt::print("       {}\n", line);
  }
  for (const PlannedSink& sink : flow.sinks) {
    fmt::print("  to {}{}\n", sink.plan->place(), sink.where ? fmt::format(" where {}", sink.where->explain(0)) : "");
  }
  width = 0;
  for (const VisibleColumn& column : flow.output) width = std::max(width, column.name.size());
  for (const VisibleColumn& column : flow.output) {
    fmt::print("       writes {:<{}}  {}\n", column.name, width, column.type.text());
  }
  if (flow.quarantine != nullptr) fmt::print("  quarantine {}\n", flow.quarantine->place());
}

nlohmann::ordered_json explain_json(const FlowPlan& flow) {
  using Json = nlohmann::ordered_json;
  Json reads = Json::array();
  for (const SourceColumn& column : flow.slots.source_columns) {
    reads.push_back({{"column", path_text(column)}, {"type", column.type.text()}});
  }
  Json steps = Json::array();
  for (size_t i = 0; i < flow.steps.size(); ++i) {
    Json checks = Json::array();
    for (const CheckInfo& check : flow.checks) {
      if (check.step == static_cast<int>(i)) checks.push_back({{"name", check.name}, {"severity", check.severity}});
    }
    steps.push_back({{"step", flow.step_names[i]}, {"does", step_lines(flow, i)}, {"checks", std::move(checks)}});
  }
  Json writes = Json::array();
  for (const VisibleColumn& column : flow.output) {
    writes.push_back({{"column", column.name}, {"type", column.type.text()}});
  }
  Json sinks = Json::array();
  for (const PlannedSink& sink : flow.sinks) {
    Json one = {{"place", sink.plan->place()}};
    if (sink.where) one["where"] = sink.where->explain(0);
    sinks.push_back(std::move(one));
  }
  return {{"flow", flow.name},
          {"source", {{"kind", flow.source_kind}, {"place", flow.source->place()}, {"reads", std::move(reads)}}},
          {"steps", std::move(steps)},
          {"writes", std::move(writes)},
          {"sinks", std::move(sinks)},
          {"quarantine", flow.quarantine == nullptr ? "" : flow.quarantine->place()}};
}

std::function<int()> declare(Arguments& arguments) {
  auto load = std::make_shared<LoadArguments>();
  load->declare(arguments);
  return [load] {
    int exit_code = kExitOk;
    const auto plan = load_or_explain(*load, exit_code);
    if (plan == nullptr) return exit_code;
    auto all = nlohmann::ordered_json::array();
    for (const FlowPlan& flow : plan->flows) {
      if (load->json) {
        all.push_back(explain_json(flow));
      } else {
        explain(flow);
      }
    }
    if (load->json) fmt::print("{}\n", all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return static_cast<int>(kExitOk);
  };
}

}  // namespace

const Command kExplainCommand = {
    .name = "explain",
    .summary = "Show the plan of each flow: columns read, expressions after folding, checks, sinks.",
    .example = "millrace explain users.yaml",
    .declare = declare};

}  // namespace millrace
