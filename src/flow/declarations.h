#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"
#include "flow/component.h"
#include "flow/diagnostic.h"
#include "flow/node.h"
#include "store/tables/table_def.h"
#include "store/topics/topic.h"

namespace millrace {

enum class ValueFormat { kJson, kText };

// A topic as the file declares it.
struct TopicDeclaration {
  std::string name;
  Place place;
  TopicConfig config;
  ValueFormat value = ValueFormat::kJson;
  // What its records have: as declared, or as the flow that writes it makes them; nullopt: nobody says.
  std::optional<std::vector<Field>> columns;
  // The column that the flows of this file write as the key; "": none, or not one and the same. nullopt: no flow writes
  // it.
  std::optional<std::string> key;
};

// A table as the file declares it.
struct TableDeclaration {
  std::string name;  // "keyspace.table"
  TableSpec spec;
  TableRef definition;  // nullptr: it is wrong, and that has been told
};

// What the file says beside its flows. Flows that write are planned before those that read, and leave here what they
// write.
class Declarations {
 public:
  void set_pipeline(std::string name) { pipeline_ = std::move(name); }
  // Of the map under `topics:`; what is wrong goes to the diagnostics.
  void read_topics(const Node& topics, Diagnostics& diagnostics);

  // nullptr after telling, with what there is.
  TopicDeclaration* topic(std::string_view name, Place place, Diagnostics& diagnostics);
  // Of the map under `tables:`.
  void read_tables(const Node& tables, Diagnostics& diagnostics);
  const TableDeclaration* table(std::string_view name, Place place, Diagnostics& diagnostics) const;
  const std::vector<TableDeclaration>& tables() const { return tables_; }

  // The topic of a flow's records with faults, kept for ever; gives its name. Also when the file declares it itself.
  std::string add_quarantine(std::string_view flow);
  const std::vector<TopicDeclaration>& topics() const { return topics_; }

 private:
  TopicDeclaration* find(std::string_view name);

  std::string pipeline_;
  std::vector<TopicDeclaration> topics_;  // in the order of the file
  std::vector<TableDeclaration> tables_;
};

extern const Component kTopicDeclaration;
extern const Component kTableDeclaration;

// What a file may say beside sources, steps, checks and sinks, in the order of the reference: topics, tables, times.
std::span<const Component* const> all_declarations();

}  // namespace millrace
