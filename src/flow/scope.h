#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "data/expr/expr.h"
#include "flow/diagnostic.h"
#include "flow/node.h"

namespace millrace {

// A column of the source that some step reads: filled by the reader, skipped otherwise.
struct SourceColumn {
  std::vector<std::string> path;  // {"location", "city"}
  Type type;
  int slot;
};

// A field of _meta that some step reads.
enum class MetaField { kIngestedAt, kRunId, kSource, kFile, kLine, kOffset, kTopic, kPartition, kKey, kTimestamp };
struct MetaColumn {
  MetaField field;
  int slot;
};

// The columns that a flow's batches have. Every column, read or computed, has a slot of its own that never changes, so
// that dropping and renaming cost nothing at run time, and a step never moves what another computed.
struct Slots {
  Schema schema;  // by slot: batch.columns[slot]
  std::vector<SourceColumn> source_columns;
  std::vector<MetaColumn> meta_columns;

  int add(std::string name, Type type);
};

// What a source says of its columns.
struct SourceSchema {
  struct Declared {
    std::vector<std::string> path;
    Type type;
  };
  std::vector<Declared> declared;
  bool open = true;  // undeclared paths may be read; they are strings holding the scalar's text
  // Of a source of several partitions: the column by whose value records are spread over them; "": by none. nullopt:
  // there are none, or nobody knows.
  std::optional<std::string> spread_by;
};

struct VisibleColumn {
  std::string name;
  Type type;
  int slot;  // -1 only inside of Scope
};

// By name, case ignored; nullptr: there is none.
const VisibleColumn* find_column(const std::vector<VisibleColumn>& columns, std::string_view name);

// What names mean at one point of a flow. Steps read it, then change it to what it is behind them.
class Scope final : public NameResolver {
 public:
  Scope(Slots& slots, SourceSchema source);

  // Columns by name: first what is visible, then (while open) the source's paths, then _meta.
  std::optional<Found> resolve(const std::vector<std::string>& path) override;
  std::vector<std::string> names() const override;

  // Asking for columns makes the source read them.
  const std::vector<VisibleColumn>& columns();
  const VisibleColumn* find(std::string_view name);
  bool open() const { return open_; }
  const SourceSchema& source() const { return source_; }
  // As it stands, without asking for anything: slot -1 where nothing has been asked for.
  const std::vector<VisibleColumn>& visible() const { return visible_; }
  const std::vector<std::string>& hidden() const { return hidden_; }
  // A step is wrong, so nobody knows which columns there are behind it: from here on every unknown name passes as a
  // text, so that what is wrong by itself is still found and nothing else is complained of.
  void lose_track() { lost_ = true; }
  bool lost() const { return lost_; }
  Slots& slots() { return *slots_; }

  // Changes behind a step.
  void close(std::vector<VisibleColumn> columns);                 // select: only these from here on
  int add_or_replace(const std::string& name, const Type& type);  // explode: a new slot
  void put(VisibleColumn column);                                 // with: adds it, or replaces the column of that name
  bool drop(std::string_view name);
  bool rename(std::string_view from, std::string to);
  // Why a column that was there is there no more: "it was dropped in step 3". For hints.
  void note_gone(std::string_view name, std::string why);
  const std::string* why_gone(std::string_view name) const;
  // Paths read from an open source so far in this flow that were not declared: for "did you mean" warnings.
  const std::vector<std::string>& undeclared_paths() const { return undeclared_; }
  std::vector<std::string> declared_paths() const;

 private:
  std::optional<Found> resolve_source(const std::vector<std::string>& path);
  std::optional<Found> resolve_meta(const std::vector<std::string>& path);
  VisibleColumn* look_up(std::string_view name);
  int source_slot(const std::vector<std::string>& path, const Type& type);

  Slots* slots_;
  SourceSchema source_;
  bool open_;
  bool lost_ = false;
  std::vector<VisibleColumn> visible_;       // slot -1: a declared column that nothing has asked for yet
  std::vector<std::string> hidden_;          // source paths dropped or renamed away
  std::map<std::string, std::string> gone_;  // by name in lower case
  std::vector<std::string> undeclared_;
};

// Compiles what a step has in the file; errors are placed in the file. nullopt when there were any.
std::optional<Program> compile_expression(const Node& text, Scope& scope, Diagnostics& diagnostics,
                                          std::string name = "");
std::optional<Program> compile_select_list(const Node& text, Scope& scope, Diagnostics& diagnostics);
// A boolean expression; another type is an error.
std::optional<Program> compile_condition(const Node& text, Scope& scope, Diagnostics& diagnostics);

}  // namespace millrace
