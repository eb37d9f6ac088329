#include "flow/run/case_runner.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/spelling.h"
#include "data/builder.h"
#include "data/formats/json_writer.h"
#include "flow/given_source.h"
#include "flow/run/runner.h"

namespace millrace {

// What one case gives and what came of it; all of it is one batch, run on one thread.
struct CaseRunner::Caught {
  std::vector<Node> given;
  std::vector<VisibleColumn> columns;
  std::vector<std::pair<Batch, std::vector<uint32_t>>> rows;  // per sink: which rows it took
  std::vector<std::string> quarantined;                       // "rule: reason", several joined by "; "
};

class CaseRunner::CatchingSink final : public Sink {
 public:
  CatchingSink(Caught& caught, bool quarantine) : caught_(caught), quarantine_(quarantine) {}

  std::unique_ptr<EncodedRows> encode(const Batch& batch, const Rows& rows) const override {
    if (!quarantine_) {
      caught_.rows.emplace_back(batch, rows.to_vector());
      return nullptr;
    }
    const auto is_faults = [](const Column& column) { return column.type.is(TypeKind::kArray); };
    const Column& faults = *std::find_if(batch.columns.begin(), batch.columns.end(), is_faults);
    rows.for_each([&](size_t row) {
      std::string text;
      const Column::Range range = faults.range_at(row);
      for (size_t at = range.begin; at < range.end; ++at) {
        const Column& fault = faults.children[0];
        text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", format_value(fault.children[0], at),
                            format_value(fault.children[1], at));
      }
      caught_.quarantined.push_back(std::move(text));
    });
    return nullptr;
  }
  Status append(std::unique_ptr<EncodedRows>, size_t) override { return {}; }
  Status commit() override { return {}; }
  bool abandon() override { return true; }

 private:
  Caught& caught_;
  bool quarantine_;
};

class CaseRunner::GivenSourcePlan final : public SourcePlan {
 public:
  GivenSourcePlan(std::unique_ptr<SourcePlan> real, std::shared_ptr<Caught> caught)
      : real_(std::move(real)), caught_(std::move(caught)) {}
  SourceSchema schema() const override { return real_->schema(); }
  std::string place() const override { return "given"; }
  Result<std::unique_ptr<Source>> open(const Slots& slots, const RunContext& run) const override {
    return real_->open_given(caught_->given, slots, run);
  }

 private:
  std::unique_ptr<SourcePlan> real_;
  std::shared_ptr<Caught> caught_;
};

class CaseRunner::CatchingSinkPlan final : public SinkPlan {
 public:
  CatchingSinkPlan(std::shared_ptr<Caught> caught, bool quarantine)
      : caught_(std::move(caught)), quarantine_(quarantine) {}
  std::string place() const override { return "memory"; }
  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>&, const RunContext&) const override {
    return std::unique_ptr<Sink>(std::make_unique<CatchingSink>(*caught_, quarantine_));
  }

 private:
  std::shared_ptr<Caught> caught_;
  bool quarantine_;
};

namespace {

// A row that came through, wherever it went.
struct GotRow {
  const Batch* batch;
  uint32_t row;
};

class Comparison {
 public:
  explicit Comparison(const std::vector<VisibleColumn>& columns) : columns_(columns) {}

  void rows(const std::vector<Node>& expected, const std::vector<GotRow>& got) {
    align(
        expected.size(), got.size(), [&](size_t e, size_t g) { return same(expected[e], got[g]); },
        [&](size_t e, size_t g) { changed(expected[e], got[g], g); },
        [&](size_t e) { lines.push_back(fmt::format("- row {}: {}", e + 1, given_record_bytes(expected[e]))); },
        [&](size_t g) { lines.push_back(fmt::format("+ row {}: {}", g + 1, whole(got[g]))); });
  }

  void quarantined(const std::vector<Node>& expected, const std::vector<std::string>& got) {
    align(
        expected.size(), got.size(),
        [&](size_t e, size_t g) { return got[g].find(expected[e].text) != std::string::npos; },
        [&](size_t e, size_t g) {
          lines.push_back(fmt::format("- quarantined {}", expected[e].text));
          lines.push_back(fmt::format("+ quarantined {}", got[g]));
        },
        [&](size_t e) { lines.push_back(fmt::format("- quarantined {}", expected[e].text)); },
        [&](size_t g) { lines.push_back(fmt::format("+ quarantined {}", got[g])); });
  }

  std::vector<std::string> lines;

 private:
  const VisibleColumn* find(std::string_view name) const {
    const auto found =
        std::find_if(columns_.begin(), columns_.end(), [&](const auto& one) { return one.name == name; });
    return found == columns_.end() ? nullptr : &*found;
  }

  const Column& column_of(const VisibleColumn& column, const GotRow& got) const {
    return got.batch->columns[static_cast<size_t>(column.slot)];
  }

  bool same(const Node& expected, const GotRow& got) const {
    return std::all_of(expected.entries.begin(), expected.entries.end(), [&](const NodeEntry& entry) {
      const VisibleColumn* column = find(entry.first.text);
      return column != nullptr && matches(entry.second, column_of(*column, got), got.row);
    });
  }

  // Only the columns that differ.
  void changed(const Node& expected, const GotRow& got, size_t number) {
    lines.push_back(fmt::format("  row {}", number + 1));
    size_t width = 0;
    for (const auto& [name, value] : expected.entries) width = std::max(width, name.text.size());
    for (const auto& [name, value] : expected.entries) {
      const VisibleColumn* column = find(name.text);
      if (column == nullptr) {
        std::vector<std::string> names;
        for (const VisibleColumn& one : columns_) names.push_back(one.name);
        const auto near = nearest_spelling(name.text, names);
        lines.push_back(fmt::format("- {:<{}}  {}", name.text, width, given_record_bytes(value)));
        lines.push_back(fmt::format("+ {:<{}}  there is no such column{}", "", width,
                                    near ? fmt::format("; did you mean '{}'?", *near) : ""));
        continue;
      }
      const Column& values = column_of(*column, got);
      if (matches(value, values, got.row)) continue;
      lines.push_back(fmt::format("- {:<{}}  {}", name.text, width, given_record_bytes(value)));
      const std::string text = values.type.is_nested() ? json_value(values, got.row) : format_value(values, got.row);
      lines.push_back(fmt::format("+ {:<{}}  {}", "", width, values.is_null(got.row) ? "null" : text));
    }
  }

  std::string whole(const GotRow& got) const {
    std::string out;
    for (const VisibleColumn& column : columns_) {
      out +=
          fmt::format("{}\"{}\":{}", out.empty() ? "{" : ",", column.name, json_value(column_of(column, got), got.row));
    }
    return out + "}";
  }

  // The longest common part stays; between its rows, those on both sides are told as changed, the others as missing or
  // as too many.
  template <typename Same, typename Changed, typename Missing, typename Extra>
  static void align(size_t expected, size_t got, Same same, Changed changed, Missing missing, Extra extra) {
    std::vector<std::vector<uint32_t>> longest(expected + 1, std::vector<uint32_t>(got + 1, 0));
    std::vector<std::vector<bool>> equal(expected, std::vector<bool>(got));
    for (size_t e = expected; e-- > 0;) {
      for (size_t g = got; g-- > 0;) {
        equal[e][g] = same(e, g);
        longest[e][g] = std::max(longest[e + 1][g], longest[e][g + 1]);
        if (equal[e][g]) longest[e][g] = std::max(longest[e][g], longest[e + 1][g + 1] + 1);
      }
    }
    size_t e = 0;
    size_t g = 0;
    while (e < expected || g < got) {
      size_t e_end = e;
      size_t g_end = g;
      while (e_end < expected && g_end < got &&
             !(equal[e_end][g_end] && longest[e_end][g_end] == longest[e_end + 1][g_end + 1] + 1)) {
        if (longest[e_end + 1][g_end] >= longest[e_end][g_end + 1]) {
          ++e_end;
        } else {
          ++g_end;
        }
      }
      if (e_end == expected || g_end == got) {
        e_end = expected;
        g_end = got;
      }
      for (; e < e_end && g < g_end; ++e, ++g) changed(e, g);
      for (; e < e_end; ++e) missing(e);
      for (; g < g_end; ++g) extra(g);
      if (e < expected && g < got) {
        ++e;
        ++g;
      }
    }
  }

  const std::vector<VisibleColumn>& columns_;
};

}  // namespace

CaseRunner::CaseRunner(FlowPlan& plan) : plan_(plan), caught_(std::make_shared<Caught>()) {
  plan_.source = std::make_unique<GivenSourcePlan>(std::move(plan_.source), caught_);
  for (PlannedSink& sink : plan_.sinks) sink.plan = std::make_unique<CatchingSinkPlan>(caught_, false);
  plan_.quarantine = std::make_unique<CatchingSinkPlan>(caught_, true);
  for (CheckInfo& check : plan_.checks) check.at_most.reset();  // shares of a run mean nothing for a few records
}

CaseRunner::~CaseRunner() = default;

CaseOutcome CaseRunner::run(const TestCase& test) {
  *caught_ = {};
  caught_->given = test.given;
  const ManualClock clock(test.now_us ? *test.now_us : SystemClock().wall_us());
  const SystemClock watch;
  const auto files = real_file_system();
  const int64_t begin_us = watch.monotonic_us();
  const FlowReport report = run_flow(plan_, {.run_id = "test", .clock = &clock, .files = files.get()});

  Comparison comparison(plan_.output);
  const double seconds = static_cast<double>(watch.monotonic_us() - begin_us) / 1e6;
  // What got as far as the sinks means nothing then: a run that fails publishes none of it.
  if (report.error) {
    return {.differences = {fmt::format("+ the run failed: {}", report.error->message())}, .seconds = seconds};
  }
  std::map<uint32_t, GotRow> in_order;
  for (const auto& [batch, rows] : caught_->rows) {
    for (const uint32_t row : rows) in_order.try_emplace(row, GotRow{&batch, row});
  }
  std::vector<GotRow> got;
  for (const auto& [row, one] : in_order) got.push_back(one);
  if (test.rows) comparison.rows(*test.rows, got);
  if (test.quarantined) {
    comparison.quarantined(*test.quarantined, caught_->quarantined);
  } else if (!comparison.lines.empty()) {
    for (const std::string& why : caught_->quarantined) comparison.lines.push_back("  quarantined " + why);
  }
  return {.differences = std::move(comparison.lines), .seconds = seconds};
}

}  // namespace millrace
