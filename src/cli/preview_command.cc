#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/home.h"
#include "cli/load.h"
#include "cli/table.h"
#include "flow/run/preview.h"

namespace millrace {
namespace {

constexpr int64_t kRecordsMax = 10'000;

struct PreviewArguments {
  LoadArguments load;
  HomeArguments home;
  std::string flow;
  int64_t records = 5;
};

std::string_view mark_text(PreviewColumn::Mark mark) {
  switch (mark) {
    case PreviewColumn::Mark::kSame: return "";
    case PreviewColumn::Mark::kAdded: return "+ ";
    case PreviewColumn::Mark::kChanged: return "~ ";
  }
  MILLRACE_UNREACHABLE("mark");
}

bool is_gone(const PreviewRecord& record) { return !record.outcome.empty(); }

std::string cell(const PreviewRecord& record, size_t column) {
  if (column >= record.values.size()) return "";
  const std::string& before = column < record.before.size() ? record.before[column] : std::string();
  const std::string& value = record.values[column];
  return before.empty() || before == value ? value : fmt::format("{} → {}", before, value);
}

// Whether the step is to be seen in the column's values: it is new, or has others than before.
bool is_news(const PreviewStep& step, size_t column) {
  if (step.columns[column].mark != PreviewColumn::Mark::kChanged) {
    return step.columns[column].mark == PreviewColumn::Mark::kAdded;
  }
  return std::any_of(step.records.begin(), step.records.end(), [&](const PreviewRecord& record) {
    return column < record.before.size() && column < record.values.size() &&
           record.before[column] != record.values[column];
  });
}

// The records that go on; behind a step only with the columns that it made or changed.
void print_records(const PreviewStep& step, bool all_columns, size_t width) {
  std::vector<size_t> columns;
  std::vector<std::string> titles = {"record"};
  for (size_t i = 0; i < step.columns.size(); ++i) {
    if (!all_columns && !is_news(step, i)) continue;
    columns.push_back(i);
    titles.push_back(fmt::format("{}{}", mark_text(step.columns[i].mark), step.columns[i].name));
  }
  Table table(titles);
  size_t on = 0;
  for (const PreviewRecord& record : step.records) {
    if (is_gone(record)) continue;
    std::vector<std::string> cells = {record.place};
    for (const size_t column : columns) cells.push_back(cell(record, column));
    table.add(std::move(cells));
    ++on;
  }
  if (on > 0 && !columns.empty()) {
    fmt::print("{}", table.render(width, "   "));
  } else if (on > 0) {
    fmt::print("   {} record{} go{} on{}\n", on, on == 1 ? "" : "s", on == 1 ? "es" : "",
               step.gone.empty() ? ", the columns as before" : "");
  }
}

void print_step(const PreviewStep& step, size_t number, size_t steps, size_t width) {
  const bool numbered = number > 0 && number + 1 < steps;
  fmt::print("\n{}{}\n", numbered ? fmt::format("{}. ", number) : "", step.name);
  print_records(step, number == 0, width);
  for (const PreviewRecord& record : step.records) {
    if (!is_gone(record)) continue;
    fmt::print("   {}  {}\n", record.place, record.outcome);
    for (const std::string& fault : record.faults) fmt::print("      {}\n", fit(fault, width - 6));
  }
  for (size_t i = 0; i < step.checks.size(); ++i) {
    const CheckCounts& counts = step.check_counts[i];
    fmt::print("   {} {}: {} of {} passed{}\n", counts.failed == 0 ? "ok  " : "FAIL", step.checks[i].name,
               counts.checked - counts.failed, counts.checked,
               counts.failed == 0 ? "" : fmt::format(", else {}", step.checks[i].severity));
  }
  if (!step.gone.empty()) fmt::print("   {}\n", fit(fmt::format("gone: {}", fmt::join(step.gone, ", ")), width - 3));
}

void print(const Preview& preview, size_t width) {
  fmt::print("flow {}\n", preview.flow);
  for (size_t s = 0; s < preview.steps.size(); ++s) {
    const PreviewStep& step = preview.steps[s];
    // Behind the last step stands what the sinks get; it is only of interest when no sink takes some of it.
    if (s + 1 == preview.steps.size() && std::none_of(step.records.begin(), step.records.end(), is_gone)) continue;
    print_step(step, s, preview.steps.size(), width);
  }
}

nlohmann::ordered_json json_of(const Preview& preview) {
  using Json = nlohmann::ordered_json;
  Json steps = Json::array();
  for (const PreviewStep& step : preview.steps) {
    Json columns = Json::array();
    for (const PreviewColumn& column : step.columns) {
      columns.push_back({{"name", column.name},
                         {"type", column.type.text()},
                         {"added", column.mark == PreviewColumn::Mark::kAdded},
                         {"changed", column.mark == PreviewColumn::Mark::kChanged}});
    }
    Json records = Json::array();
    for (const PreviewRecord& record : step.records) {
      records.push_back({{"place", record.place},
                         {"values", record.values},
                         {"outcome", is_gone(record) ? record.outcome : "goes on"},
                         {"faults", record.faults}});
    }
    Json checks = Json::array();
    for (size_t i = 0; i < step.checks.size(); ++i) {
      checks.push_back({{"name", step.checks[i].name},
                        {"severity", step.checks[i].severity},
                        {"checked", step.check_counts[i].checked},
                        {"failed", step.check_counts[i].failed}});
    }
    steps.push_back({{"step", step.name},
                     {"columns", std::move(columns)},
                     {"gone", step.gone},
                     {"records", std::move(records)},
                     {"checks", std::move(checks)}});
  }
  return {{"flow", preview.flow}, {"steps", std::move(steps)}};
}

int preview_flows(const PreviewArguments& arguments) {
  if (arguments.records < 1 || arguments.records > kRecordsMax) {
    fmt::print(stderr, "millrace: --records takes a number from 1 to {}\n", kRecordsMax);
    return kExitUsage;
  }
  int exit_code = kExitOk;
  const auto plan = load_or_explain(arguments.load, exit_code);
  if (plan == nullptr) return exit_code;
  const SystemClock clock;
  const auto files = real_file_system();
  RunOptions options{.run_id = "preview", .directory = plan->directory, .clock = &clock, .files = files.get()};
  std::unique_ptr<Home> home;
  auto all = nlohmann::ordered_json::array();
  bool found = false;
  for (const FlowPlan& flow : plan->flows) {
    if (!arguments.flow.empty() && flow.name != arguments.flow) continue;
    found = true;
    if (flow.source->needs_home() && home == nullptr) {
      HomeArguments there = arguments.home;
      there.file = arguments.load.file;
      auto opened = open_existing_home(there, *files, clock);
      if (!opened.ok()) {
        fmt::print(stderr, "millrace: flow {}: {}\n", flow.name, opened.error().message());
        return kExitFailed;
      }
      home = std::move(*opened);
      options.topics = &home->topics();
      options.schemas = &home->schemas();
    }
    const auto preview = preview_flow(flow, options, static_cast<size_t>(arguments.records));
    if (!preview.ok()) {
      fmt::print(stderr, "millrace: flow {}: {}\n", flow.name, preview.error().message());
      return kExitFailed;
    }
    if (arguments.load.json) {
      all.push_back(json_of(*preview));
    } else {
      print(*preview, terminal_width());
    }
  }
  if (!found) {
    fmt::print(stderr, "millrace: {} has no flow '{}'\n", arguments.load.file, arguments.flow);
    return kExitUsage;
  }
  if (arguments.load.json) {
    fmt::print("{}\n", all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  }
  return kExitOk;
}

std::function<int()> declare(Arguments& arguments) {
  auto preview = std::make_shared<PreviewArguments>();
  preview->load.declare(arguments);
  preview->home.declare(arguments);
  arguments.option("--flow", preview->flow, "show only this flow");
  arguments.option("-n,--records", preview->records, "how many records to take through the steps; 5 if not said");
  return [preview] { return preview_flows(*preview); };
}

}  // namespace

const Command kPreviewCommand = {
    .name = "preview",
    .summary = "Show the first records in front of and behind every step; nothing is written.",
    .example = "millrace preview users.yaml --records 3",
    .declare = declare};

}  // namespace millrace
