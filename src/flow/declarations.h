#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/type.h"
#include "flow/bindings.h"
#include "flow/component.h"
#include "flow/diagnostic.h"
#include "flow/node.h"
#include "flow/payload.h"
#include "store/tables/table_def.h"
#include "store/topics/topic.h"

namespace millrace {

class AvroSchema;

enum class ValueFormat { kJson, kText, kAvro };
std::string_view value_format_name(ValueFormat value);    // "json": as the file says it
ValueFormat value_format_of_name(std::string_view name);  // which must be one

// A topic as the file declares it.
struct TopicDeclaration {
  std::string name;
  Place place;
  TopicConfig config;
  ValueFormat value = ValueFormat::kJson;
  // What its records have: as declared, or as the flow that writes it makes them; nullopt: nobody says.
  std::optional<std::vector<Field>> columns;
  // The file of the folder that declares it, where it is not this one; and those that declare it too.
  std::string file;
  std::vector<std::string> also_in;
  // What of another file writes it and is wrong, so that nobody knows its columns: "flow 'ingest' of users.yaml".
  std::string broken;
  bool used = false;  // of another file: by a flow of this one
  // The column that the flows of this file write as the key; "": none, or not one and the same. nullopt: no flow writes
  // it.
  std::optional<std::string> key;
  std::shared_ptr<System> system;  // that has it; nullptr: the embedded home
  // Avro: what its records are called, which system has their schemas (nullptr: the embedded home), and the schema that
  // the columns are by, where it is not made from them.
  std::string record;
  std::shared_ptr<System> schemas;
  std::shared_ptr<const AvroSchema> schema;
};

// Whether these columns can be those of the topic's records as they are written; tells why not.
bool check_value_columns(const TopicDeclaration& topic, const std::vector<Field>& columns, Place place,
                         Diagnostics& diagnostics);

// A table as the file declares it.
struct TableDeclaration {
  std::string name;  // as the file says it: "keyspace.table", or "table" of the pipeline's own keyspace
  Place place;
  TableSpec spec;
  // Columns that had another name: what they are called now, and were before.
  std::vector<std::pair<std::string, std::string>> renamed;
  // As of a topic.
  std::string file;
  std::vector<std::string> also_in;
  bool used = false;
  TableRef definition;             // nullptr: it is wrong, and that has been told
  std::shared_ptr<System> system;  // as of a topic
};

// What the file says beside its flows, and, while it is read, what the other files of its folder say. Flows that write
// are planned before those that read, and leave here what they write.
class Declarations {
 public:
  // Whose flows are planned and whose declarations are read from here on; `file`: another one of the folder, or "".
  void turn_to(std::string pipeline, std::string file, Bindings bindings) {
    pipeline_ = std::move(pipeline);
    file_ = std::move(file);
    bindings_ = std::move(bindings);
  }
  const Bindings& bindings() const { return bindings_; }
  // Of the map under `topics:`; what is wrong goes to the diagnostics. First of the file itself, then of others.
  void read_topics(const Node& topics, Diagnostics& diagnostics);

  // nullptr after telling, with what there is.
  TopicDeclaration* topic(std::string_view name, Place place, Diagnostics& diagnostics);
  // Of the map under `tables:`.
  void read_tables(const Node& tables, Diagnostics& diagnostics);
  const TableDeclaration* table(std::string_view name, Place place, Diagnostics& diagnostics);
  const std::vector<TableDeclaration>& tables() const { return tables_; }

  // The topic of a flow's records with faults, kept for ever; gives its name. Also when the file declares it itself.
  // It is where the flow commits: `system`, nullptr: the embedded home; nullopt: where it is bound to.
  std::string add_quarantine(std::string_view flow, std::optional<std::shared_ptr<System>> system);
  // The topic for the payloads of a flow, from its key `raw`; nullopt after telling what is wrong.
  std::optional<RawTopic> add_raw(const Node& raw, Diagnostics& diagnostics);
  const std::vector<TopicDeclaration>& topics() const { return topics_; }
  const TopicDeclaration* find(std::string_view topic) const;
  TableDeclaration* find_table(std::string_view name);

  // A flow of another file is wrong, and nobody knows what it writes.
  void break_topic(std::string_view name, std::string writer);
  // Other files of the folder that could not be read, for hints.
  void note_unreadable(std::string file) { unreadable_.push_back(std::move(file)); }
  // Of what other files declare only what this one uses stays.
  void forget_unused();

 private:
  TopicDeclaration* find(std::string_view name);
  std::string where_else(std::string otherwise) const;

  std::string pipeline_;
  std::string file_;
  Bindings bindings_;
  std::vector<std::string> unreadable_;
  std::vector<TopicDeclaration> topics_;  // in the order of the file
  std::vector<TableDeclaration> tables_;
};

extern const Component kTopicDeclaration;
extern const Component kTableDeclaration;

// What a file may say beside sources, steps, checks and sinks, in the order of the reference: topics, tables, times.
std::span<const Component* const> all_declarations();

}  // namespace millrace
