#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "flow/plan.h"
#include "flow/transaction.h"
#include "store/schemas/schema_store.h"
#include "store/tables/table_store.h"
#include "store/topics/topic_store.h"

namespace millrace {

struct HomeOptions {
  std::string directory;  // made when it is not there
  Durability durability = Durability::kCommit;
  // The rest of what its stores can be told; directories, durability and clock are the home's.
  TopicStoreOptions topics;
  TableStoreOptions tables;
};

// The embedded home: the topics, tables and schemas of a data directory, and how far each flow has got in them. One
// process has it open at a time. Thread-safe; transactions must be gone before it.
class Home {
 public:
  // Recovers what is there. kAlreadyExists: another process has it.
  static Result<std::unique_ptr<Home>> open(const HomeOptions& options, FileSystem& files, const Clock& clock);

  // For a run of a flow whose sinks are topics or tables, of the home or of a system.
  Result<std::unique_ptr<Transaction>> begin(const PipelinePlan& pipeline, const FlowPlan& flow);
  // By name: "pipeline.flow".
  Result<std::unique_ptr<Transaction>> begin(const std::string& flow, Keeper keeper,
                                             RowDurability durability = RowDurability::kReplayed);
  // How far such a flow has got; the empty checkpoint when it has never run.
  Result<Checkpoint> checkpoint(std::string_view pipeline, const FlowPlan& flow) const;

  // Of all flows ("pipeline.flow") that have ever committed, as bytes of Checkpoint.
  Result<std::map<std::string, std::string>> checkpoints() const;

  // As if the flow ("pipeline.flow") had never run; durable when it returns.
  Status forget_checkpoint(std::string_view flow);

  // What this home is called among the workers of a flow that commits in an outside system. Stays once it was asked
  // for.
  Result<std::string> worker();

  // Whether a flow ("pipeline.flow") stays where it is until it is resumed; outlives the process.
  bool is_paused(std::string_view flow) const;
  Status set_paused(std::string_view flow, bool paused);

  TopicStore& topics() { return *topics_; }
  TableStore& tables() { return *tables_; }
  SchemaStore& schemas() { return *schemas_; }
  const std::string& directory() const { return directory_; }

 private:
  Home(std::string directory, const Clock& clock, std::unique_ptr<TopicStore> topics,
       std::unique_ptr<TableStore> tables, std::unique_ptr<SchemaStore> schemas)
      : directory_(std::move(directory)),
        clock_(clock),
        topics_(std::move(topics)),
        tables_(std::move(tables)),
        schemas_(std::move(schemas)) {}

  std::string directory_;
  const Clock& clock_;
  std::unique_ptr<TopicStore> topics_;
  std::unique_ptr<TableStore> tables_;
  std::unique_ptr<SchemaStore> schemas_;
};

inline constexpr std::string_view kHomeDirectory = ".millrace";

// Where a pipeline keeps its data unless told otherwise: beside its file, so that pipelines of a folder share topics.
std::string default_home_directory(const PipelinePlan& plan);

}  // namespace millrace
