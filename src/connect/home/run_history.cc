#include "connect/home/run_history.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "data/cql/bytes.h"

namespace millrace {
namespace {

constexpr std::string_view kOpenPrefix = "runs/open/";    // + run id -> the flow's books before it
constexpr std::string_view kPlacePrefix = "runs/place/";  // + flow -> first and planned instant
constexpr std::string_view kFlowPrefix = "runs/flow/";    // + flow -> KnownFlow
constexpr std::string_view kStampKey = "runs/stamp";
constexpr size_t kScanRows = 512;
constexpr int64_t kMsUs = 1'000;

// A column of the table: what a run has there, and back. Empty: null.
struct RunColumn {
  std::string_view name;
  CqlKind type;
  std::optional<std::string> (*bytes)(const ScheduledRun& run);
  void (*take)(ScheduledRun& run, const Column& column, size_t row);
};

std::optional<std::string> number(int64_t value) {
  std::string bytes;
  append_be(value, bytes);
  return bytes;
}
std::optional<std::string> time(int64_t us) { return us == 0 ? std::nullopt : number(us / kMsUs); }

template <int64_t ScheduledRun::*Member>
constexpr RunColumn number_column(std::string_view name) {
  return {name, CqlKind::kBigint, [](const ScheduledRun& run) { return number(run.*Member); },
          [](ScheduledRun& run, const Column& column, size_t row) { run.*Member = column.at<int64_t>(row); }};
}
template <int64_t ScheduledRun::*Member>
constexpr RunColumn time_column(std::string_view name) {
  return {name, CqlKind::kTimestamp, [](const ScheduledRun& run) { return time(run.*Member); },
          [](ScheduledRun& run, const Column& column, size_t row) { run.*Member = column.at<int64_t>(row); }};
}
template <int64_t RunTimes::*Member>
constexpr RunColumn window_column(std::string_view name) {
  return {name, CqlKind::kTimestamp, [](const ScheduledRun& run) { return time(run.window.*Member); },
          [](ScheduledRun& run, const Column& column, size_t row) { run.window.*Member = column.at<int64_t>(row); }};
}
template <uint64_t Ledger::*Member>
constexpr RunColumn count_column(std::string_view name) {
  return {name, CqlKind::kBigint,
          [](const ScheduledRun& run) { return number(static_cast<int64_t>(run.ledger.*Member)); },
          [](ScheduledRun& run, const Column& column, size_t row) {
            run.ledger.*Member = static_cast<uint64_t>(column.at<int64_t>(row));
          }};
}

// The first two are the key.
constexpr std::array kColumns = std::to_array<RunColumn>({
    {"flow", CqlKind::kText, [](const ScheduledRun& run) { return std::optional(run.flow); },
     [](ScheduledRun& run, const Column& column, size_t row) { run.flow = column.string_at(row); }},
    time_column<&ScheduledRun::instant_us>("instant"),
    {"run", CqlKind::kText, [](const ScheduledRun& run) { return std::optional(run.id()); },
     [](ScheduledRun&, const Column&, size_t) {}},
    {"state", CqlKind::kText,
     [](const ScheduledRun& run) { return std::optional(std::string(run_state_name(run.state))); },
     [](ScheduledRun& run, const Column& column, size_t row) {
       run.state = run_state_of_name(column.string_at(row)).value_or(RunState::kFailed);
     }},
    {"cause", CqlKind::kText,
     [](const ScheduledRun& run) { return std::optional(std::string(run_cause_name(run.cause))); },
     [](ScheduledRun& run, const Column& column, size_t row) {
       run.cause = run_cause_of_name(column.string_at(row)).value_or(RunCause::kSchedule);
     }},
    number_column<&ScheduledRun::attempt>("attempt"),
    time_column<&ScheduledRun::started_us>("started"),
    time_column<&ScheduledRun::ended_us>("ended"),
    count_column<&Ledger::read>("read"),
    count_column<&Ledger::made>("made"),
    count_column<&Ledger::written>("written"),
    count_column<&Ledger::filtered>("filtered"),
    count_column<&Ledger::dropped>("dropped"),
    count_column<&Ledger::duplicate>("duplicate"),
    count_column<&Ledger::quarantined>("quarantined"),
    count_column<&Ledger::held>("held"),
    count_column<&Ledger::in_flight>("in_flight"),
    {"error", CqlKind::kText,
     [](const ScheduledRun& run) { return run.error.empty() ? std::nullopt : std::optional(run.error); },
     [](ScheduledRun& run, const Column& column, size_t row) { run.error = column.string_at(row); }},
    window_column<&RunTimes::start_us>("window_start"),
    window_column<&RunTimes::end_us>("window_end"),
    time_column<&ScheduledRun::due_us>("due"),
    number_column<&ScheduledRun::missed>("missed"),
    number_column<&ScheduledRun::failures>("failures"),
    number_column<&ScheduledRun::generation>("generation"),
    {"late", CqlKind::kBoolean,
     [](const ScheduledRun& run) { return std::optional(std::string(1, run.late ? '\1' : '\0')); },
     [](ScheduledRun& run, const Column& column, size_t row) { run.late = column.bool_at(row); }},
    {"began_at", CqlKind::kText,
     [](const ScheduledRun& run) { return run.began_at.empty() ? std::nullopt : std::optional(run.began_at); },
     [](ScheduledRun& run, const Column& column, size_t row) { run.began_at = column.string_at(row); }},
});

TableSpec history_spec() {
  TableSpec spec{.keyspace = std::string(kHistoryKeyspace),
                 .name = std::string(kHistoryTable),
                 .partition_key = {"flow"},
                 .clustering_key = {{.name = "instant", .descending = true}},
                 .ttl_s = kHistoryDays * 24 * 60 * 60};
  for (const RunColumn& column : kColumns) spec.columns.push_back({std::string(column.name), column.type});
  return spec;
}

std::vector<std::string> key_of(std::string_view flow, int64_t instant_us) {
  return {std::string(flow), *number(instant_us / kMsUs)};
}

// Columns that are not in the table (any more) leave what a run has by itself.
ScheduledRun run_of(const Batch& batch, size_t row) {
  ScheduledRun run;
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    if (batch.columns[i].is_null(row)) continue;
    const std::string& name = batch.schema->fields[i].name;
    for (const RunColumn& column : kColumns) {
      if (column.name == name) column.take(run, batch.columns[i], row);
    }
  }
  return run;
}

// Numbers with spaces between them.
template <size_t N>
std::string numbers_text(const std::array<int64_t, N>& numbers) {
  return fmt::format("{}", fmt::join(numbers, " "));
}
template <size_t N>
std::optional<std::array<int64_t, N>> numbers_of(std::string_view text) {
  std::array<int64_t, N> numbers{};
  for (int64_t& one : numbers) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), one);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
  }
  return text.empty() ? std::optional(numbers) : std::nullopt;
}

constexpr std::array<uint64_t Ledger::*, 9> kCounts = {&Ledger::read,        &Ledger::made,    &Ledger::written,
                                                       &Ledger::filtered,    &Ledger::dropped, &Ledger::duplicate,
                                                       &Ledger::quarantined, &Ledger::held,    &Ledger::in_flight};

std::string books_text(const std::optional<Ledger>& books) {
  if (!books) return "";
  std::array<int64_t, kCounts.size()> numbers{};
  for (size_t i = 0; i < kCounts.size(); ++i) numbers[i] = static_cast<int64_t>((*books).*kCounts[i]);
  return numbers_text(numbers);
}

std::optional<Ledger> books_of(std::string_view text) {
  const auto numbers = numbers_of<kCounts.size()>(text);
  if (!numbers) return std::nullopt;
  Ledger books;
  for (size_t i = 0; i < kCounts.size(); ++i) books.*kCounts[i] = static_cast<uint64_t>((*numbers)[i]);
  return books;
}

// Beside the table, all of a prefix.
Result<std::vector<TableStore::Entry>> all_states(const TableStore& tables, std::string_view prefix) {
  std::vector<TableStore::Entry> all;
  TableStore::EntryRange range{.prefix = std::string(prefix)};
  while (true) {
    TRY(some, tables.states(range));
    if (some.empty()) return all;
    range.after = some.back().key;
    for (TableStore::Entry& one : some) all.push_back(std::move(one));
  }
}

}  // namespace

Result<std::unique_ptr<RunHistory>> RunHistory::open(TableStore& tables, const Clock& clock) {
  auto table = tables.table(kHistoryKeyspace, kHistoryTable);
  if (!table.ok()) {
    const auto keyspaces = tables.keyspaces();
    if (std::find(keyspaces.begin(), keyspaces.end(), kHistoryKeyspace) == keyspaces.end()) {
      TRY_STATUS(tables.create_keyspace(kHistoryKeyspace));
    }
    table = tables.create_table(history_spec());
    if (!table.ok()) return table.error();
  }
  for (const RunColumn& column : kColumns) {  // an earlier version did not have all of them
    if ((*table)->find(column.name) != nullptr) continue;
    table = tables.alter_table(kHistoryKeyspace, kHistoryTable, AddColumn{std::string(column.name), column.type});
    if (!table.ok()) return table.error();
  }
  std::unique_ptr<RunHistory> history(new RunHistory(tables, clock, *table));
  TRY(stamp, tables.state(kStampKey));
  const auto last = numbers_of<1>(stamp.value_or(""));
  if (last) history->last_stamp_ = (*last)[0];
  return history;
}

Status RunHistory::write(std::span<const ScheduledRun> runs,
                         std::span<const std::pair<std::string, SchedulePlace>> places) {
  if (runs.empty() && places.empty()) return {};
  const std::lock_guard lock(write_mutex_);
  RowBatch batch;
  const int64_t stamp = std::max(last_stamp_ + 1, clock_.wall_us());
  for (const ScheduledRun& run : runs) {
    std::vector<RowBatch::CellWrite> cells;
    for (const RunColumn& column : kColumns) {
      TRY(index, table_->index_of(column.name));
      if (index >= table_->key_columns()) cells.push_back({index, column.bytes(run)});
    }
    const std::vector<std::string> key = key_of(run.flow, run.instant_us);
    TRY_STATUS(batch.put_row(*table_, {.key = key, .cells = cells, .stamp = stamp}));
    const std::string open = fmt::format("{}{}", kOpenPrefix, run.id());
    if (has_ended(run.state)) {
      batch.remove_state(open);
    } else {
      batch.put_state(open, books_text(run.books_before));
    }
  }
  for (const auto& [flow, place] : places) {
    batch.put_state(fmt::format("{}{}", kPlacePrefix, flow),
                    numbers_text(std::array{place.first_us, place.planned_us}));
  }
  batch.put_state(kStampKey, numbers_text(std::array{stamp}));
  const auto written = tables_.write(batch, RowDurability::kLogged);
  if (!written.ok()) return written.error().with_context("the history of runs");
  last_stamp_ = stamp;
  return {};
}

std::optional<ScheduledRun> RunHistory::find(std::string_view flow, int64_t instant_us) const {
  auto run = read(flow, instant_us);
  MILLRACE_ASSERT(run.ok(), "the history of runs cannot be read");
  return *std::move(run);
}

Result<std::optional<ScheduledRun>> RunHistory::read(std::string_view flow, int64_t instant_us) const {
  const std::vector<std::string> key = key_of(flow, instant_us);
  TRY(batch, tables_.get(table_, key));
  if (batch.rows == 0) return std::optional<ScheduledRun>();
  return std::optional(run_of(batch, 0));
}

Result<std::vector<std::string>> RunHistory::flows() const {
  std::vector<std::string> flows;
  TRY(scan, tables_.scan({.table = table_, .columns = {"flow"}}));
  while (true) {
    TRY(batch, scan->next(kScanRows));
    if (batch.rows == 0) break;
    for (size_t row = 0; row < batch.rows; ++row) {
      const std::string_view flow = batch.columns[0].string_at(row);
      if (flows.empty() || flows.back() != flow) flows.emplace_back(flow);
    }
  }
  return flows;
}

Result<std::vector<ScheduledRun>> RunHistory::list(const RunQuery& query) const {
  std::vector<ScheduledRun> runs;
  TRY(names, flows());
  for (const std::string& flow : names) {
    if (!query.flow.empty() && flow != query.flow && !flow.ends_with("." + query.flow)) continue;
    ScanRequest request{.table = table_, .where = {{.column = "flow", .values = {flow}}}};
    if (query.from_us) {
      request.where.push_back({"instant", KeyComparison::kGreaterOrEqual, {*number(*query.from_us / kMsUs)}});
    }
    if (query.to_us) request.where.push_back({"instant", KeyComparison::kLessOrEqual, {*number(*query.to_us / kMsUs)}});
    TRY(scan, tables_.scan(request));
    size_t taken = 0;
    while (query.limit == 0 || taken < query.limit) {
      TRY(batch, scan->next(kScanRows));
      if (batch.rows == 0) break;
      for (size_t row = 0; row < batch.rows && (query.limit == 0 || taken < query.limit); ++row) {
        ScheduledRun run = run_of(batch, row);
        if (query.state && run.state != *query.state) continue;
        runs.push_back(std::move(run));
        ++taken;
      }
    }
  }
  std::stable_sort(runs.begin(), runs.end(),
                   [](const ScheduledRun& a, const ScheduledRun& b) { return a.instant_us > b.instant_us; });
  if (query.limit != 0 && runs.size() > query.limit) runs.resize(query.limit);
  return runs;
}

Result<std::vector<ScheduledRun>> RunHistory::open_runs() const {
  TRY(runs, all_open());
  std::erase_if(runs, [](const ScheduledRun& run) { return run.cause == RunCause::kReplay; });
  return runs;
}

Result<std::vector<ScheduledRun>> RunHistory::open_replays(std::string_view flow) const {
  TRY(runs, all_open());
  std::erase_if(runs, [&](const ScheduledRun& run) { return run.cause != RunCause::kReplay || run.flow != flow; });
  return runs;
}

Result<std::vector<ScheduledRun>> RunHistory::all_open() const {
  std::vector<ScheduledRun> runs;
  TRY(entries, all_states(tables_, kOpenPrefix));
  for (const TableStore::Entry& entry : entries) {
    const auto name = parse_run_id(std::string_view(entry.key).substr(kOpenPrefix.size()));
    if (!name) return Error(ErrorCode::kCorruption, fmt::format("'{}' is no open run", entry.key));
    TRY(run, read(name->flow, name->instant_us));
    if (!run) continue;
    run->books_before = books_of(entry.bytes);
    runs.push_back(*std::move(run));
  }
  return runs;
}

Result<std::map<std::string, SchedulePlace>> RunHistory::places() const {
  std::map<std::string, SchedulePlace> places;
  TRY(entries, all_states(tables_, kPlacePrefix));
  for (const TableStore::Entry& entry : entries) {
    const auto numbers = numbers_of<2>(entry.bytes);
    if (!numbers) return Error(ErrorCode::kCorruption, fmt::format("'{}' is no place in a schedule", entry.key));
    places[entry.key.substr(kPlacePrefix.size())] = {.first_us = (*numbers)[0], .planned_us = (*numbers)[1]};
  }
  return places;
}

Status RunHistory::keep_flow(std::string_view name, const KnownFlow& flow) {
  const std::string key = fmt::format("{}{}", kFlowPrefix, name);
  const std::string text = flow.to_text();
  TRY(known, tables_.state(key));
  if (known == text) return {};
  RowBatch batch;
  batch.put_state(key, text);
  const auto written = tables_.write(batch, RowDurability::kLogged);
  return written.ok() ? Status() : written.error();
}

Result<std::map<std::string, KnownFlow>> RunHistory::known_flows() const {
  std::map<std::string, KnownFlow> flows;
  TRY(entries, all_states(tables_, kFlowPrefix));
  for (const TableStore::Entry& entry : entries) {
    TRY(flow, KnownFlow::of_text(entry.bytes));
    flows[entry.key.substr(kFlowPrefix.size())] = std::move(flow);
  }
  return flows;
}

Result<bool> RunHistory::knows_flow(const TableStore& tables, std::string_view flow) {
  TRY(known, tables.state(fmt::format("{}{}", kFlowPrefix, flow)));
  return known.has_value();
}

Status RunHistory::forget_flow(TableStore& tables, std::string_view flow) {
  RowBatch batch;
  TRY(open, all_states(tables, fmt::format("{}{}@", kOpenPrefix, flow)));
  for (const TableStore::Entry& run : open) batch.remove_state(run.key);
  batch.remove_state(fmt::format("{}{}", kPlacePrefix, flow));
  batch.remove_state(fmt::format("{}{}", kFlowPrefix, flow));
  const auto written = tables.write(batch, RowDurability::kLogged);
  return written.ok() ? Status() : written.error();
}

}  // namespace millrace
