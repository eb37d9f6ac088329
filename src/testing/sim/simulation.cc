#include "testing/sim/simulation.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/assert.h"
#include "connect/changes/prepare.h"
#include "connect/list.h"
#include "data/column.h"
#include "flow/run/runner.h"

namespace millrace {
namespace {

constexpr uint64_t kLives = 12;
constexpr const char* kInput = "/in/in.jsonl";

// Every record of a topic, in the order of partitions and offsets.
struct FoundRecord {
  int32_t partition;
  int64_t offset;
  nlohmann::json value;
};

Result<std::vector<FoundRecord>> records_of(TopicStore& topics, const std::string& topic) {
  std::vector<FoundRecord> found;
  TRY(about, topics.describe(topic));
  RecordBatchDecoder decoder;
  for (int32_t partition = 0; partition < static_cast<int32_t>(about.partitions.size()); ++partition) {
    int64_t offset = 0;
    while (true) {
      TRY(fetched, topics.read(topic, partition, offset, 100'000));
      if (fetched.batches.empty()) break;
      for (std::string_view rest = fetched.batches; !rest.empty(); rest.remove_prefix(decoder.header().bytes)) {
        TRY(records, decoder.decode(rest));
        for (const TopicRecord& record : records) {
          found.push_back({partition, record.offset, nlohmann::json::parse(record.value.value_or("null"))});
        }
        offset = decoder.header().end_offset();
      }
    }
  }
  return found;
}

Status add_rows(TableStore& tables, const std::string& name, const std::vector<std::string>& columns, Facts& facts) {
  auto& rows = facts["table t." + name];
  TRY(table, tables.table("t", name));
  std::vector<std::string> there;
  for (const std::string& column : columns) {
    if (table->find(column) != nullptr) there.push_back(column);
  }
  TRY(scan, tables.scan({.table = table, .columns = there}));
  while (true) {
    TRY(batch, scan->next(1000));
    if (batch.rows == 0) return {};
    for (size_t row = 0; row < batch.rows; ++row) {
      std::string line;
      for (size_t i = 0; i < columns.size(); ++i) {
        const bool known = i < batch.columns.size() && !batch.columns[i].is_null(row);
        line += (i == 0 ? "" : "|") + (known ? format_value(batch.columns[i], row) : "null");
      }
      rows.push_back(std::move(line));
    }
  }
}

}  // namespace

HomeSimulation::HomeSimulation(uint64_t seed) : random_(seed), disk_(seed ^ 0xd15c), rocks_disk_(disk_) {
  MILLRACE_ASSERT(disk_.make_directory("/in").ok() && disk_.create(kInput).ok(), "a disk without faults");
  MILLRACE_ASSERT(disk_.sync_directory("/").ok() && disk_.sync_directory("/in").ok(), "a disk without faults");
}

void HomeSimulation::wrong(const std::string& what) {
  if (wrong_.empty()) wrong_ = fmt::format("life {}, call {} of the disk: {}", life_, disk_.calls(), what);
}

bool HomeSimulation::excused() const { return disk_.faults() > faults_before_life_; }

const PipelinePlan& HomeSimulation::plan() {
  auto& plan = plans_[stage_];
  if (plan == nullptr) {
    LoadOutcome loaded = load_pipeline_text(sim_pipeline(stage_), "/in/sim.yaml", full_catalog(), {});
    MILLRACE_ASSERT(loaded.plan != nullptr, render_diagnostics(loaded, false));
    plan = std::move(loaded.plan);
  }
  return *plan;
}

std::string HomeSimulation::run() {
  for (life_ = 1; life_ <= kLives && wrong_.empty(); ++life_) {
    if (stage_ + 1 < kSimStages && random_.below(6) == 0) ++stage_;
    clock_.advance(static_cast<int64_t>(random_.below(20'000'000)));
    disk_.overwrite(kInput, oracle_.grow_input(random_, random_.below(25)));
    arm();
    live(false);
  }
  // Twice, since the first may find what a crash has left.
  for (int i = 0; i < 2 && wrong_.empty(); ++i) live(true);
  if (wrong_.empty() && !oracle_.at_the_end()) wrong("not everything has been read");
  return wrong_;
}

// What goes wrong in the coming life, and when.
void HomeSimulation::arm() {
  const uint64_t within = random_.below(3) == 0 ? 40 : life_calls_ + 10;
  const uint64_t when = disk_.calls() + 1 + random_.below(within);
  switch (random_.below(10)) {
    case 0: return disk_.fail_at(when, EIO);
    case 1: return disk_.fail_at(when, ENOSPC);
    case 2: return disk_.limit_bytes(random_.below(300'000), 1 + random_.below(5));
    case 3:
    case 4:
    case 5: return disk_.end_at(when, FaultyDisk::End::kProcess, [this] { stop_ = true; });
    default: return disk_.end_at(when, FaultyDisk::End::kMachine, [this] { stop_ = true; });
  }
}

void HomeSimulation::live(bool healthy) {
  stop_ = broken_ = false;
  faults_before_life_ = disk_.faults();
  const uint64_t first_call = disk_.calls();
  HomeOptions options{.directory = "/data"};
  options.topics.sync_threads = 0;  // so that the calls come in one order
  options.topics.commits_segment_bytes = 1 << (10 + random_.below(6));
  options.tables.one_at_a_time = true;
  options.tables.flush_bytes = 1 << (9 + random_.below(8));
  options.tables.disk = rocks_disk_.options();
  {
    auto home = Home::open(options, disk_, clock_);
    const std::array<const PipelinePlan*, 1> plans = {&plan()};
    const Status prepared = home.ok() ? prepare_home(**home, plans, clock_) : Status(home.error());
    if (prepared.ok()) {
      if (check(**home)) {
        read_at_stage_ = stage_;
        work(**home, healthy);
        static_cast<void>(check(**home));
      }
    } else if (!excused() || prepared.error().code() == ErrorCode::kCorruption) {
      wrong(prepared.error().message());
    }
  }
  life_calls_ = disk_.calls() - first_call;
  end_life();
}

void HomeSimulation::end_life() {
  disk_.heal();
  if (disk_.ended() || random_.below(3) == 0) {
    disk_.restart();
  } else {
    disk_.kill_process();
  }
}

void HomeSimulation::work(Home& home, bool everything) {
  const PipelinePlan& pipeline = plan();
  if (everything) {
    for (const FlowPlan& flow : pipeline.flows) run_one(home, flow);
    return;
  }
  for (uint64_t runs = 1 + random_.below(5); runs > 0 && !stop_ && !broken_ && wrong_.empty(); --runs) {
    run_one(home, pipeline.flows[random_.below(pipeline.flows.size())]);
    chores(home);
  }
}

void HomeSimulation::run_one(Home& home, const FlowPlan& flow) {
  const RunOptions about{.piece_bytes = 1 + random_.below(1500),
                         .run_id = fmt::format("life-{}", life_),
                         .directory = "/in",
                         .clock = &clock_,
                         .files = &disk_,
                         .stop = &stop_,
                         .topics = &home.topics(),
                         .schemas = &home.schemas(),
                         .commit_bytes = 1 + random_.below(3000),
                         .retry_wait_us = 0};
  auto transaction = home.begin(plan(), flow);
  std::optional<Error> error;
  if (!transaction.ok()) {
    error = transaction.error();
  } else {
    RunOptions options = about;
    options.transaction = transaction->get();
    error = run_flow(flow, options).error;
  }
  if (!error || error->code() == ErrorCode::kCancelled) return;
  broken_ = true;
  if (!excused() || error->code() == ErrorCode::kCorruption)
    wrong(fmt::format("flow {}: {}", flow.name, error->message()));
}

void HomeSimulation::chores(Home& home) {
  clock_.advance(static_cast<int64_t>(random_.below(3'000'000)));
  Status done;
  switch (random_.below(8)) {
    case 0: done = home.topics().enforce_retention(); break;
    case 1: done = home.tables().flush(); break;
    case 2:
      for (const TableRef& table : home.tables().tables()) done = home.tables().compact(table);
      break;
    default: return;
  }
  if (!done.ok() && !excused()) wrong(done.error().message());
}

// What is there must be what follows from where the flows stand. False when it cannot be told: a disk that has ended
// tells nothing that lasts, and one that fails nothing at all.
bool HomeSimulation::check(Home& home) {
  if (broken_ || !wrong_.empty()) return false;
  Facts facts;
  std::map<std::string, Position> positions;
  const Status found = [&]() -> Status {
    for (const FlowPlan& flow : plan().flows) {
      TRY(transaction, home.begin(plan(), flow));
      const Checkpoint& checkpoint = transaction->resumed_from();
      positions[flow.name] = checkpoint.position;
      facts["ledger of " + flow.name] = {checkpoint.ledger.text()};
    }
    return gather(home, facts);
  }();
  if (!found.ok() && !excused()) wrong(found.error().message());
  if (!found.ok() || disk_.ended()) return false;
  for (const auto& [flow, position] : positions) {
    if (const std::string why = oracle_.came_to(flow, position, read_at_stage_); !why.empty()) wrong(why);
  }
  if (const std::string why = first_difference(facts, oracle_.expected()); !why.empty()) wrong(why);
  return wrong_.empty();
}

Status HomeSimulation::gather(Home& home, Facts& facts) {
  const auto add = [&](const std::string& topic, const std::string& place, auto&& text) -> Status {
    facts[place];
    TRY(records, records_of(home.topics(), topic));
    for (const FoundRecord& record : records) facts[place].push_back(text(record));
    return {};
  };
  const auto number = [](const nlohmann::json& json) { return fmt::format("{}", json.at("n").get<int64_t>()); };
  const auto original = [](const FoundRecord& record) { return record.value.at("record").get<std::string>(); };
  const auto all = [&]() -> Status {
    TRY_STATUS(add("events", "topic events", [&](const FoundRecord& record) {
      return fmt::format("events[{}] {} {}", record.partition, record.offset, number(record.value));
    }));
    TRY_STATUS(add("fives", "topic fives", [&](const FoundRecord& record) { return number(record.value); }));
    TRY_STATUS(add("tags", "topic tags", [&](const FoundRecord& record) {
      return fmt::format("{} {}", number(record.value), record.value.at("pos").get<int>());
    }));
    TRY_STATUS(add("once", "topic once", [&](const FoundRecord& record) { return number(record.value); }));
    TRY_STATUS(add("sim.once.quarantine", "quarantine of once",
                   [&](const FoundRecord& record) { return number(nlohmann::json::parse(original(record))); }));
    TRY_STATUS(add("sim.ingest.quarantine", "quarantine of ingest", original));
    TRY_STATUS(add("sim.store.quarantine", "quarantine of store",
                   [&](const FoundRecord& record) { return number(nlohmann::json::parse(original(record))); }));
    TRY_STATUS(add("sim.tags.quarantine", "quarantine of tags", [&](const FoundRecord& record) {
      return fmt::format("{} {}", number(nlohmann::json::parse(original(record))),
                         record.value.at("element").get<int>());
    }));
    TRY_STATUS(add_rows(home.tables(), "each", {"n", "id", "name", "nick"}, facts));
    return add_rows(home.tables(), "last", {"id", "n", "name", "nick"}, facts);
  };
  const Status done = all();
  for (auto& [place, what] : facts) std::sort(what.begin(), what.end());
  return done;
}

}  // namespace millrace
