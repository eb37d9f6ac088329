#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "flow/component.h"
#include "flow/connector.h"
#include "flow/declarations.h"
#include "flow/settings.h"
#include "flow/transaction.h"
#include "store/schemas/schema_registry.h"

namespace millrace {

// A flow that commits in a system.
struct SystemFlow {
  std::string name;                // "pipeline.flow"
  std::vector<std::string> reads;  // the topics of the system that are its source; empty: its source is something else
  std::string worker;              // of the workers of the flow, this one: the same when it is started again
};

// Keeps topics instead of the embedded home, and what flows commit there. Thread-safe.
class TopicSystem {
 public:
  virtual ~TopicSystem() = default;
  // Topics of one format and the same columns. `latest`: where a flow begins that has no position yet.
  virtual std::unique_ptr<SourcePlan> topic_source(const std::vector<TopicDeclaration>& topics, bool latest,
                                                   SourceSchema schema) = 0;
  // `key`: the column that has the records' keys. Keeper::kSystem.
  virtual std::unique_ptr<SinkPlan> topic_sink(const TopicDeclaration& topic, std::optional<std::string> key) = 0;
  // Makes the topics that are not there, and says what is wrong with those that are. In front of each run of a flow of
  // their pipeline: what has been found right once is not asked for again.
  virtual Status prepare(const std::vector<TopicDeclaration>& topics) = 0;
  // For a run of the flow.
  virtual Result<std::unique_ptr<Transaction>> begin(const SystemFlow& flow, const Clock& clock) = 0;
  // How far such a flow has got, all its workers together; the empty checkpoint when it has never run. Changes nothing.
  virtual Result<Checkpoint> checkpoint(const std::string& flow, const std::vector<std::string>& reads) = 0;
};

// Keeps tables instead of the embedded home. Thread-safe.
class TableSystem {
 public:
  virtual ~TableSystem() = default;
  // The columns fit the table, as its declaration has it. Keeper::kAlong.
  virtual std::unique_ptr<SinkPlan> table_sink(const TableDeclaration& table) = 0;
  // Makes the tables that are not there, as far as it may, and says what is wrong with those that are. As of topics.
  virtual Status prepare(const std::vector<TableDeclaration>& tables) = 0;
  // The rows that a SELECT of CQL gives, batch after batch, with the names that the statement gives the columns. `take`
  // is called once at least, also without rows; its error ends the query.
  virtual Status select(const std::string& statement, const std::function<Status(const Batch& rows)>& take) = 0;
};

// An outside system, as a profile names it: `cass: { cassandra: { hosts: [...] } }`. It connects when something is
// asked of it, not before. Thread-safe.
class System {
 public:
  virtual ~System() = default;
  // What it can be bound to; nullptr: not to that.
  virtual TopicSystem* topics() { return nullptr; }
  virtual TableSystem* tables() { return nullptr; }
  virtual SchemaRegistry* schemas() { return nullptr; }
  // Whether it answers, for `doctor`: what it is, in a sentence. Returns within some seconds.
  virtual Result<std::string> reach() = 0;
};

struct SystemComponent {
  Component about;
  // `name`: what the profile calls it, for messages. nullptr after telling what is wrong.
  std::shared_ptr<System> (*make)(const std::string& name, const Settings& settings,
                                  Diagnostics& diagnostics) = nullptr;
};

}  // namespace millrace
