#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/spelling.h"
#include "flow/declarations.h"
#include "flow/settings.h"

namespace millrace {
namespace {

constexpr std::array kTableFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumnTexts,
     .summary = "The columns and their CQL types: text, int, bigint, double, boolean, decimal, uuid, timestamp, date, "
                "blob, list<text>, ...",
     .example = "{ id: uuid, email: text, dob: timestamp }",
     .required = true},
    {.name = "key",
     .kind = FieldKind::kMap,
     .summary = "What a row is found by: a column, or { partition: [a], cluster: [b desc] }.",
     .example = "id",
     .required = true},
    {.name = "ttl",
     .kind = FieldKind::kDuration,
     .summary = "How long a row lives, from when its record came in; for ever unless said otherwise.",
     .example = "30d",
     .min = 1'000'000},
    {.name = "renamed",
     .kind = FieldKind::kMap,
     .summary = "Columns that had another name, and keep their values: what they are called now, and before.",
     .example = "{ email: e_mail }"},
});

std::vector<Node> one_or_list(const Node& node) { return node.is_list() ? node.items : std::vector<Node>{node}; }

// "ts desc"
ClusteringSpec clustering_of(const Node& node, Diagnostics& diagnostics) {
  const size_t space = node.text.find(' ');
  ClusteringSpec column{.name = node.text.substr(0, space)};
  const std::string order = space == std::string::npos ? "asc" : node.text.substr(space + 1);
  column.descending = order == "desc";
  if (order != "asc" && order != "desc") {
    diagnostics.error(node.place, fmt::format("a column of the key is sorted asc or desc, not '{}'", order),
                      fmt::format("for example {} desc", column.name));
  }
  return column;
}

void read_key(const Node& key, TableSpec& spec, Diagnostics& diagnostics) {
  const Node* partition = &key;
  if (key.is_map()) {
    partition = key.find("partition");
    for (const auto& [name, value] : key.entries) {
      if (name.text == "partition" || name.text == "cluster") continue;
      diagnostics.error(name.place, fmt::format("a key has no '{}'", name.text), "it has: partition, cluster");
    }
    if (const Node* cluster = key.find("cluster")) {
      for (const Node& column : one_or_list(*cluster)) {
        spec.clustering_key.push_back(clustering_of(column, diagnostics));
      }
    }
  }
  if (partition == nullptr) {
    diagnostics.error(key.place, "a key needs a 'partition'",
                      "for example key: { partition: [id], cluster: [at desc] }");
    return;
  }
  for (const Node& column : one_or_list(*partition)) spec.partition_key.push_back(column.text);
}

// { now: before }
std::vector<std::pair<std::string, std::string>> read_renamed(const Node& renamed, const TableSpec& spec,
                                                              Diagnostics& diagnostics) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto is_column = [&](const std::string& name) {
    return std::any_of(spec.columns.begin(), spec.columns.end(),
                       [&](const ColumnSpec& column) { return column.name == name; });
  };
  for (const auto& [now, before] : renamed.entries) {
    if (!is_column(now.text)) {
      diagnostics.error(now.place, fmt::format("there is no column '{}' that had another name", now.text),
                        "'renamed' says of columns what they were called before, for example { email: e_mail }");
    } else if (!before.is_scalar() || is_column(before.text)) {
      diagnostics.error(before.place, fmt::format("column '{}' cannot have been one that is there", now.text),
                        "'renamed' says of columns what they were called before, for example { email: e_mail }");
    } else {
      pairs.emplace_back(now.text, before.text);
    }
  }
  return pairs;
}

std::optional<TableSpec> read_spec(std::string_view pipeline, const Node& name, const Node& node,
                                   std::vector<std::pair<std::string, std::string>>& renamed,
                                   Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.errors();
  const auto settings = Settings::read(kTableDeclaration, node, diagnostics);
  if (!settings) return std::nullopt;
  const size_t dot = name.text.find('.');
  TableSpec spec;
  spec.keyspace = dot == std::string::npos ? std::string(pipeline) : name.text.substr(0, dot);
  spec.name = dot == std::string::npos ? name.text : name.text.substr(dot + 1);
  for (const auto& [column, type_text] : settings->node("columns").entries) {
    auto type = parse_cql_type(type_text.text);
    if (!type.ok()) {
      diagnostics.error(type_text.place, type.error().message());
      continue;
    }
    spec.columns.push_back({column.text, std::move(*type)});
  }
  read_key(settings->node("key"), spec, diagnostics);
  if (settings->has("renamed")) renamed = read_renamed(settings->node("renamed"), spec, diagnostics);
  if (settings->has("ttl")) spec.ttl_s = static_cast<uint32_t>(settings->duration_us("ttl") / 1'000'000);
  return diagnostics.errors() == errors_before ? std::optional(std::move(spec)) : std::nullopt;
}

}  // namespace

const Component kTableDeclaration = {
    .kind = ComponentKind::kTable,
    .name = "table",
    .summary = "A keyed set of rows that flows write to, under `tables:`, as keyspace.table.",
    .details =
        "Without a keyspace it is in that of the pipeline's name. Flows of the other files of the folder may write it, "
        "by its full name.",
    .shorthand = "",
    .fields = kTableFields,
    .example = "spark_streams.created_users: { columns: { id: uuid, email: text }, key: id }"};

void Declarations::read_tables(const Node& tables, Diagnostics& diagnostics) {
  if (!tables.is_map()) {
    diagnostics.error(tables.place, "'tables' is a map of names to what they are",
                      fmt::format("for example tables: {{ {} }}", kTableDeclaration.example));
    return;
  }
  for (const auto& [name, node] : tables.entries) {
    TableDeclaration table{.name = name.text, .place = name.place, .file = file_};
    table.system = bindings_.of_table(name.text);
    if (auto spec = read_spec(pipeline_, name, node, table.renamed, diagnostics)) {
      auto definition = define_table(*spec, 0);
      if (definition.ok()) {
        table.spec = std::move(*spec);
        table.definition = std::make_shared<const TableDef>(std::move(*definition));
      } else {
        diagnostics.error(name.place, definition.error().message());
      }
    }
    if (!file_.empty()) {
      if (table.definition == nullptr) continue;
      table.name = table.definition->full_name();  // what it is called outside of its pipeline
      if (TableDeclaration* there = find_table(table.name)) {
        if (!there->file.empty()) there->also_in.push_back(file_);
        continue;  // that of the file itself comes first
      }
    }
    tables_.push_back(std::move(table));
  }
}

TableDeclaration* Declarations::find_table(std::string_view name) {
  const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const TableDeclaration& one) {
    return one.name == name || (one.definition != nullptr && one.definition->full_name() == name);
  });
  return found == tables_.end() ? nullptr : &*found;
}

const TableDeclaration* Declarations::table(std::string_view name, Place place, Diagnostics& diagnostics) {
  if (TableDeclaration* found = find_table(name)) {
    found->used = found->used || file_.empty();
    if (found->also_in.empty()) return found;
    diagnostics.error(place,
                      fmt::format("table '{}' is declared in {} and in {}", name, found->file, found->also_in[0]),
                      "keep one of them");
    return nullptr;
  }
  std::vector<std::string_view> names;
  for (const TableDeclaration& one : tables_) names.push_back(one.name);
  const auto near = nearest_spelling(name, names);
  diagnostics.error(
      place, fmt::format("there is no table '{}'", name),
      where_else(near ? fmt::format("did you mean '{}'?", *near)
                 : names.empty()
                     ? fmt::format("declare it: tables: {{ {}: {{ columns: {{ id: text }}, key: id }} }}", name)
                     : fmt::format("declare it under `tables:`, beside {}", fmt::join(names, ", "))));
  return nullptr;
}

}  // namespace millrace
