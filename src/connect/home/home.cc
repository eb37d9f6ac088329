#include "connect/home/home.h"

#include <random>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "connect/home/table_transaction.h"
#include "connect/home/topic_transaction.h"
#include "flow/system.h"

namespace millrace {
namespace {

constexpr std::string_view kWorkerKey = "worker";

std::string paused_key(std::string_view flow) { return fmt::format("paused/{}", flow); }

// What of a pipeline is bound to a system is there.
Status prepare(const PipelinePlan& pipeline, const std::shared_ptr<System>& system) {
  if (TopicSystem* const topics = system->topics()) {
    std::vector<TopicDeclaration> bound = pipeline.declarations.topics();
    std::erase_if(bound, [&](const TopicDeclaration& topic) { return topic.system != system; });
    if (!bound.empty()) TRY_STATUS(topics->prepare(bound));
  }
  if (TableSystem* const tables = system->tables()) {
    std::vector<TableDeclaration> bound = pipeline.declarations.tables();
    std::erase_if(bound, [&](const TableDeclaration& table) { return table.system != system; });
    if (!bound.empty()) TRY_STATUS(tables->prepare(bound));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Home>> Home::open(const HomeOptions& options, FileSystem& files, const Clock& clock) {
  TRY_STATUS(files.make_directory(options.directory));
  TRY_STATUS(files.sync_directory(directory_of(options.directory)));
  // First the topics: theirs is the lock on the directory.
  TopicStoreOptions topic_options = options.topics;
  topic_options.directory = join_path(options.directory, "topics");
  topic_options.durability = options.durability;
  TRY(topics, TopicStore::open(topic_options, files, clock));
  TableStoreOptions table_options = options.tables;
  table_options.directory = join_path(options.directory, "tables");
  table_options.clock = &clock;
  TRY(tables, TableStore::open(std::move(table_options)));
  TRY(schemas, SchemaStore::open(*topics, clock));
  return std::unique_ptr<Home>(
      new Home(options.directory, clock, std::move(topics), std::move(tables), std::move(schemas)));
}

Result<std::unique_ptr<Transaction>> Home::begin(const PipelinePlan& pipeline, const FlowPlan& flow) {
  for (const auto& [name, system] : pipeline.systems) {
    if (auto status = prepare(pipeline, system); !status.ok()) {
      return status.error().with_context(fmt::format("system {}", name));
    }
  }
  if (flow.keeper == Keeper::kSystem) {
    TRY(worker, this->worker());
    return flow.system->topics()->begin({.name = pipeline.id_of(flow), .reads = flow.reads, .worker = worker}, clock_);
  }
  const bool topics_alone = std::none_of(flow.sinks.begin(), flow.sinks.end(), [](const PlannedSink& sink) {
    return sink.plan->keeper() == Keeper::kTables;
  });
  return begin(pipeline.id_of(flow), flow.keeper, topics_alone ? RowDurability::kLogged : RowDurability::kReplayed);
}

Result<std::unique_ptr<Transaction>> Home::begin(const std::string& flow, Keeper keeper, RowDurability durability) {
  MILLRACE_ASSERT(keeper != Keeper::kItself, flow);
  if (keeper == Keeper::kTables) {
    TRY(transaction, TableTransaction::begin(*topics_, *tables_, flow, durability));
    return std::unique_ptr<Transaction>(std::move(transaction));
  }
  TRY(transaction, TopicTransaction::begin(*topics_, *tables_, flow));
  return std::unique_ptr<Transaction>(std::move(transaction));
}

Result<Checkpoint> Home::checkpoint(std::string_view pipeline, const FlowPlan& flow) const {
  const std::string name = fmt::format("{}.{}", pipeline, flow.id);
  if (flow.keeper == Keeper::kSystem) return flow.system->topics()->checkpoint(name, flow.reads);
  // Where another keeper had it, it stays until the flow runs again.
  const auto note = topics_->note(checkpoint_key(name));
  TRY(state, tables_->state(checkpoint_key(name)));
  const bool in_tables = flow.keeper == Keeper::kTables ? state.has_value() : !note.has_value();
  return checkpoint_of(name, in_tables ? state : note);
}

Result<std::map<std::string, std::string>> Home::checkpoints() const {
  const std::string prefix = checkpoint_key("");
  std::map<std::string, std::string> found;
  for (auto& [key, bytes] : topics_->notes(prefix)) found[key.substr(prefix.size())] = std::move(bytes);
  TableStore::EntryRange range{.prefix = prefix};
  while (true) {
    TRY(entries, tables_->states(range));
    if (entries.empty()) return found;
    range.after = entries.back().key;
    for (TableStore::Entry& entry : entries) found[entry.key.substr(prefix.size())] = std::move(entry.bytes);
  }
}

Result<std::string> Home::worker() {
  if (auto known = topics_->note(kWorkerKey)) return *std::move(known);
  std::random_device random;
  std::string made = fmt::format("{:08x}{:08x}", random(), random());
  Commit commit;
  commit.note(std::string(kWorkerKey), made);
  if (const auto receipt = topics_->submit(commit); !receipt.ok()) return receipt.error();
  TRY_STATUS(topics_->sync());
  return made;
}

bool Home::is_paused(std::string_view flow) const { return topics_->note(paused_key(flow)).has_value(); }

Status Home::set_paused(std::string_view flow, bool paused) {
  Commit commit;
  if (paused) {
    commit.note(paused_key(flow), "");
  } else {
    commit.remove_note(paused_key(flow));
  }
  const auto receipt = topics_->submit(commit);
  return receipt.ok() ? topics_->sync() : receipt.error();
}

Status Home::forget_checkpoint(std::string_view flow) {
  RowBatch state;
  state.remove_state(checkpoint_key(flow));
  const auto written = tables_->write(state);
  if (!written.ok()) return written.error();
  TRY_STATUS(tables_->flush());
  Commit note;
  note.remove_note(checkpoint_key(flow));
  const auto receipt = topics_->submit(note);
  return receipt.ok() ? topics_->sync() : receipt.error();
}

std::string default_home_directory(const PipelinePlan& plan) { return join_path(plan.directory, kHomeDirectory); }

}  // namespace millrace
