#include "flow/run/preview.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "flow/steps/evaluate.h"

namespace millrace {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;

bool same_name(const VisibleColumn& a, const VisibleColumn& b) { return a.name == b.name; }

// What there is to show behind a step; -1 is reading.
std::vector<VisibleColumn> columns_behind(const FlowPlan& plan, int step) {
  std::vector<VisibleColumn> out;
  const auto source_columns = [&](const std::vector<std::string>& hidden) {
    for (const SourceColumn& column : plan.slots.source_columns) {
      if (std::find(hidden.begin(), hidden.end(), column.path[0]) != hidden.end()) continue;
      out.push_back({plan.slots.schema.fields[static_cast<size_t>(column.slot)].name, column.type, column.slot});
    }
  };
  if (step < 0) {
    source_columns({});
    for (const MetaColumn& meta : plan.slots.meta_columns) {
      const Field& field = plan.slots.schema.fields[static_cast<size_t>(meta.slot)];
      out.push_back({field.name, field.type, meta.slot});
    }
    return out;
  }
  const ColumnsBehind& behind = plan.behind[static_cast<size_t>(step)];
  if (behind.open) source_columns(behind.hidden);
  for (VisibleColumn column : behind.columns) {
    if (column.slot < 0) continue;  // when something asks for it later, the source's columns have it
    const auto there = std::find_if(out.begin(), out.end(), [&](const auto& one) { return same_name(one, column); });
    if (there != out.end()) {
      *there = column;
    } else {
      out.push_back(std::move(column));
    }
  }
  return out;
}

// Takes records through the steps and writes down what each did.
class Recorder {
 public:
  explicit Recorder(const FlowPlan& plan) : plan_(plan), sums_(plan.checks.size()) {
    out_.flow = plan.name;
    for (int step = -1; step <= static_cast<int>(plan.steps.size()); ++step) add_step(step);
    for (const auto& step : plan.steps) {
      const auto* ordered = dynamic_cast<const OrderedStep*>(step.get());
      memories_.emplace_back();
      if (ordered == nullptr) continue;
      auto memory = ordered->start(nullptr);
      MILLRACE_ASSERT(memory.ok(), "memory without a state");
      memories_.back() = std::move(*memory);
    }
  }

  // The batch as it was read, cut down to what is wanted.
  void piece(Batch batch, Passage passage) {
    ++piece_;
    note(-1, batch, batch, batch.alive_rows().to_vector(), passage, "");
    for (const RecordFault& fault : passage.faults) {
      PreviewRecord& record = left(-1, place_of(batch, fault.record), {fault.record, fault.element}, "quarantined");
      record.faults.push_back(fmt::format("{}: {}", fault.rule, fault.reason));
    }
    travel(0, std::move(batch), passage);
    for (size_t i = 0; i < sums_.size(); ++i) {
      sums_[i].checked += passage.checks[i].checked;
      sums_[i].failed += passage.checks[i].failed;
    }
  }

  Preview finish() {
    for (size_t s = 0; s < out_.steps.size(); ++s) {
      for (auto& [key, record] : records_[s]) out_.steps[s].records.push_back(std::move(record));
      for (size_t i = 0; i < plan_.checks.size(); ++i) {
        if (plan_.checks[i].step + 1 != static_cast<int>(s)) continue;
        out_.steps[s].checks.push_back(plan_.checks[i]);
        out_.steps[s].check_counts.push_back(sums_[i]);
      }
    }
    return std::move(out_);
  }

 private:
  struct Key {
    size_t piece;
    size_t record;
    size_t element;
    auto operator<=>(const Key&) const = default;
  };

  void add_step(int step) {
    const bool last = step == static_cast<int>(plan_.steps.size());
    std::vector<VisibleColumn> columns = last ? plan_.output : columns_behind(plan_, step);
    PreviewStep& made = out_.steps.emplace_back();
    made.name = step < 0 ? "read" : last ? "to" : plan_.step_names[static_cast<size_t>(step)];
    const std::vector<VisibleColumn> none;
    const std::vector<VisibleColumn>& before = columns_.empty() ? none : columns_.back();
    for (const VisibleColumn& column : columns) {
      auto mark = PreviewColumn::Mark::kSame;
      const auto there =
          std::find_if(before.begin(), before.end(), [&](const auto& one) { return same_name(one, column); });
      if (step >= 0 && there == before.end()) mark = PreviewColumn::Mark::kAdded;
      if (there != before.end() && there->slot != column.slot) mark = PreviewColumn::Mark::kChanged;
      made.columns.push_back({column.name, column.type, mark});
    }
    for (const VisibleColumn& column : before) {
      if (column.name.starts_with("_meta.")) continue;  // it can be asked for anywhere
      if (std::none_of(columns.begin(), columns.end(), [&](const auto& one) { return same_name(one, column); })) {
        made.gone.push_back(column.name);
      }
    }
    columns_.push_back(std::move(columns));
    records_.emplace_back();
  }

  static std::string place_of(const Batch& batch, size_t record) {
    return fmt::format("{}:{}", batch.origin->source, batch.origin->line[record]);
  }

  // Which of the rows of its record a row is, as Passage counts them.
  static Key key_of(size_t piece, const Batch& batch, size_t row) {
    const size_t record = batch.record_of(row);
    size_t element = 0;
    while (element < row && batch.record_of(row - element - 1) == record) ++element;
    return {piece, record, element};
  }

  static std::string value(const Batch& batch, const VisibleColumn& column, size_t row) {
    const Column& values = batch.columns[static_cast<size_t>(column.slot)];
    return values.rows == batch.rows ? format_value(values, row) : std::string();
  }

  PreviewRecord& left(int step, std::string place, std::pair<size_t, size_t> record_element, std::string outcome) {
    PreviewRecord& record =
        records_[static_cast<size_t>(step) + 1][{piece_, record_element.first, record_element.second}];
    record.place = std::move(place);
    record.outcome = std::move(outcome);
    return record;
  }

  // Rows behind a step (outcome empty), or those that left in it.
  void note(int step, const Batch& before, const Batch& behind, const std::vector<uint32_t>& rows,
            const Passage& passage, const std::string& outcome) {
    const auto at = static_cast<size_t>(step) + 1;
    const std::vector<VisibleColumn> none;
    const std::vector<VisibleColumn>& old = at == 0 ? none : columns_[at - 1];
    for (const uint32_t row : rows) {
      const Key key = key_of(piece_, behind, row);
      PreviewRecord record{.place = place_of(behind, key.record), .outcome = outcome};
      for (const VisibleColumn& column : columns_[at]) {
        record.values.push_back(value(behind, column, row));
        const auto there =
            std::find_if(old.begin(), old.end(), [&](const auto& one) { return same_name(one, column); });
        const bool changed = there != old.end() && there->slot != column.slot && before.rows == behind.rows;
        record.before.push_back(changed ? value(before, *there, row) : "");
      }
      if (!outcome.empty()) {
        for (const RecordFault& fault : passage.faults) {
          if (fault.step != step || fault.record != key.record || fault.element != key.element) continue;
          record.faults.push_back(fmt::format("{}: {}", fault.rule, fault.reason));
          record.outcome = "quarantined";
        }
      }
      records_[at][key] = std::move(record);
    }
  }

  // Steps from one on; the rows that came through all of them are in finished_.
  void travel(size_t from, Batch batch, Passage& passage) {
    for (size_t i = from; i < plan_.steps.size(); ++i) {
      const Batch before = batch;
      const Ledger counted = passage.ledger;
      const auto* ordered = dynamic_cast<const OrderedStep*>(plan_.steps[i].get());
      std::vector<bool> went_on(batch.rows, false);
      const RestOfFlow rest = [&](Batch part) {
        const std::vector<uint32_t> rows = part.alive_rows().to_vector();
        for (const uint32_t row : rows) went_on[row] = true;
        note(static_cast<int>(i), part, part, rows, passage, "");
        return through(i + 1, std::move(part), passage);
      };
      if (ordered == nullptr) {
        plan_.steps[i]->process(batch, passage);
      } else {
        ordered->process_in_turn(batch, passage, *memories_[i], rest);
      }
      note_left(static_cast<int>(i), before, batch, went_on, counted, passage);
      if (ordered != nullptr && ordered->runs_rest()) return;
      note(static_cast<int>(i), before, batch, batch.alive_rows().to_vector(), passage, "");
    }
    finish(std::move(batch), passage);
  }

  std::vector<bool> through(size_t from, Batch part, Passage& passage) {
    std::vector<bool> out(part.rows, false);
    const size_t finished_before = finished_.size();
    travel(from, std::move(part), passage);
    for (size_t f = finished_before; f < finished_.size(); ++f) {
      finished_[f].alive_rows().for_each([&](size_t row) { out[finished_[f].entry_of(row)] = true; });
    }
    return out;
  }

  void note_left(int step, const Batch& before, const Batch& behind, const std::vector<bool>& went_on,
                 const Ledger& counted, const Passage& passage) {
    std::vector<bool> stays(before.rows, false);
    if (before.rows == behind.rows && before.origin_record == behind.origin_record) {
      behind.alive_rows().for_each([&](size_t row) { stays[row] = true; });
    } else {
      std::map<size_t, bool> records;
      behind.alive_rows().for_each([&](size_t row) { records[behind.record_of(row)] = true; });
      for (size_t row = 0; row < before.rows; ++row) stays[row] = records.contains(before.record_of(row));
    }
    std::vector<uint32_t> gone;
    before.alive_rows().for_each([&](size_t row) {
      if (!stays[row] && !went_on[row]) gone.push_back(static_cast<uint32_t>(row));
    });
    const Ledger& now = passage.ledger;
    const std::string outcome = now.dropped > counted.dropped       ? "dropped"
                                : now.duplicate > counted.duplicate ? "duplicate"
                                                                    : "filtered";
    note(step, before, before.rows == behind.rows ? behind : before, gone, passage, outcome);
  }

  // The sinks' conditions: what none takes is filtered.
  void finish(Batch batch, Passage& passage) {
    const int step = static_cast<int>(plan_.steps.size());
    const Batch before = batch;
    std::vector<bool> taken(batch.rows, false);
    std::vector<std::optional<Column>> conditions;
    for (const PlannedSink& sink : plan_.sinks) {
      conditions.emplace_back();
      if (sink.where) conditions.back() = evaluate_step(*sink.where, "to", step, batch, passage)[0];
    }
    for (const auto& condition : conditions) {
      const std::vector<bool> rows = condition ? true_rows(*condition, batch) : std::vector<bool>(batch.rows, true);
      for (size_t row = 0; row < batch.rows; ++row) taken[row] = taken[row] || rows[row];
    }
    const Ledger counted = passage.ledger;
    passage.filter(batch, taken);
    note_left(step, before, batch, std::vector<bool>(batch.rows, false), counted, passage);
    note(step, before, batch, batch.alive_rows().to_vector(), passage, "");
    finished_.push_back(std::move(batch));
  }

  const FlowPlan& plan_;
  Preview out_;
  std::vector<std::vector<VisibleColumn>> columns_;    // as out_.steps
  std::vector<std::map<Key, PreviewRecord>> records_;  // as out_.steps
  std::vector<std::unique_ptr<StepMemory>> memories_;  // per step
  std::vector<Batch> finished_;
  std::vector<CheckCounts> sums_;
  size_t piece_ = 0;
};

}  // namespace

Result<Preview> preview_flow(const FlowPlan& plan, const RunOptions& options, size_t records) {
  const RunContext context{.flow = plan.name,
                           .run_id = options.run_id,
                           .directory = options.directory,
                           .clock = options.clock,
                           .files = options.files,
                           .piece_bytes = kPieceBytes,
                           .topics = options.topics,
                           .schemas = options.schemas};
  TRY(source, plan.source->open(plan.slots, context));
  Recorder recorder(plan);
  size_t seen = 0;
  while (seen < records) {
    TRY(piece, source->next());
    if (!piece) break;
    Passage passage(plan.steps.size(), plan.checks.size());
    Batch batch = source->decode(std::move(*piece), passage);
    const size_t wanted = std::min(records - seen, batch.rows);
    std::vector<bool> keep(batch.rows, true);
    std::fill(keep.begin() + static_cast<std::ptrdiff_t>(wanted), keep.end(), false);
    batch.keep(keep);
    std::erase_if(passage.faults, [&](const RecordFault& fault) { return fault.record >= wanted; });
    seen += wanted;
    recorder.piece(std::move(batch), std::move(passage));
  }
  return recorder.finish();
}

}  // namespace millrace
