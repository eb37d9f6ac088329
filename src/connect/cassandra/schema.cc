#include "connect/cassandra/schema.h"

#include <chrono>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/cql/bytes.h"

namespace millrace {
namespace {

constexpr int kAgreementRounds = 100;  // of kAgreementWait: then it goes on without
constexpr std::chrono::milliseconds kAgreementWait{100};

// Collections within collections are frozen in Cassandra, whatever the file says.
std::string cassandra_type(const CqlType& type, bool nested = false) {
  if (!type.is_collection()) return type.text();
  std::string text;
  if (type.is(CqlKind::kMap)) {
    text = fmt::format("map<{}, {}>", cassandra_type(type.key(), true), cassandra_type(type.element(), true));
  } else {
    text = fmt::format("{}<{}>", type.is(CqlKind::kList) ? "list" : "set", cassandra_type(type.element(), true));
  }
  return nested || type.frozen() ? fmt::format("frozen<{}>", text) : text;
}

// Whether both take the same bytes: frozen or not makes no difference there.
bool same_values(const CqlType& a, const CqlType& b) {
  if (a.kind() != b.kind()) return false;
  if (!a.is_collection()) return true;
  return same_values(a.element(), b.element()) && (!a.is(CqlKind::kMap) || same_values(a.key(), b.key()));
}

// "((a, b), c)"
std::string key_text(const std::vector<std::string>& partition, const std::vector<std::string>& clustering) {
  std::string text = fmt::format("(({})", fmt::join(partition, ", "));
  for (const std::string& column : clustering) text += ", " + column;
  return text + ")";
}

std::string key_of(const TableDef& table) {
  std::vector<std::string> partition;
  std::vector<std::string> clustering;
  for (size_t i = 0; i < table.key_columns(); ++i) {
    (i < table.partition_columns ? partition : clustering).push_back(table.columns[i].name);
  }
  return key_text(partition, clustering);
}

std::string key_of(const ClusterTable& table) {
  const auto of_kind = [&](std::string_view kind) {
    std::map<int, std::string> by_position;
    for (const auto& [name, column] : table.columns) {
      if (column.kind == kind) by_position.emplace(column.position, name);
    }
    std::vector<std::string> names;
    for (auto& [position, name] : by_position) names.push_back(std::move(name));
    return names;
  };
  return key_text(of_kind("partition_key"), of_kind("clustering"));
}

std::string text_of(std::optional<std::string_view> value) { return std::string(value.value_or("")); }

Result<bool> has_keyspace(cql::Session& session, std::string_view keyspace, const cql::Patience& patience) {
  bool there = false;
  TRY_STATUS(session.select(
      fmt::format("SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = '{}'", keyspace),
      {.consistency = cql::Consistency::kOne}, patience, [&](const cql::RowsAnswer& page) -> Status {
        there = there || page.rows > 0;
        return {};
      }));
  return there;
}

Result<ClusterTable> table_of(cql::Session& session, const TableDef& table, const cql::Patience& patience) {
  ClusterTable there;
  TRY_STATUS(session.select(
      fmt::format("SELECT column_name, kind, position, type FROM system_schema.columns WHERE keyspace_name = '{}' AND "
                  "table_name = '{}'",
                  table.keyspace, table.name),
      {.consistency = cql::Consistency::kOne}, patience, [&](const cql::RowsAnswer& page) -> Status {
        cql::RowValues values(page);
        for (size_t row = 0; row < page.rows; ++row) {
          const std::string name = text_of(values.next());
          ClusterTable::Column& column = there.columns[name];
          column.kind = text_of(values.next());
          const auto position = values.next();
          if (position && position->size() == sizeof(int32_t)) column.position = read_be<int32_t>(*position);
          column.type = text_of(values.next());
        }
        return {};
      }));
  return there;
}

// Waits until the nodes agree on what tables there are, as far as one of them knows: what one node has created another
// one may not know for a moment.
Status await_agreement(cql::Session& session, const cql::Patience& patience) {
  for (int round = 0; round < kAgreementRounds && !patience.is_stopping(); ++round) {
    std::set<std::string> versions;
    for (const std::string_view from : {"system.local", "system.peers"}) {
      TRY_STATUS(session.select(fmt::format("SELECT schema_version FROM {}", from),
                                {.consistency = cql::Consistency::kOne}, patience,
                                [&](const cql::RowsAnswer& page) -> Status {
                                  cql::RowValues values(page);
                                  for (size_t row = 0; row < page.rows; ++row) versions.insert(text_of(values.next()));
                                  return {};
                                }));
    }
    if (versions.size() <= 1) return {};
    std::this_thread::sleep_for(kAgreementWait);
  }
  return {};
}

Status create(cql::Session& session, const std::string& statement, const cql::Patience& patience) {
  auto answer = session.query(statement, {}, patience);
  if (!answer.ok()) return answer.error().with_context(statement.substr(0, statement.find('(')));
  return await_agreement(session, patience);
}

Status create_missing(cql::Session& session, const TableDef& table, const SchemaOptions& options,
                      const cql::Patience& patience) {
  TRY(keyspace_is_there, has_keyspace(session, table.keyspace, patience));
  if (!keyspace_is_there) {
    if (!options.create) {
      return Error(ErrorCode::kNotFound,
                   fmt::format("there is no keyspace {}; create it, or say `create: true` and `replication` under the "
                               "system",
                               table.keyspace));
    }
    if (!options.replication.is_said()) {
      return Error(ErrorCode::kNotFound,
                   fmt::format("there is no keyspace {}; say `replication: 3` under the system to have it created, or "
                               "create it",
                               table.keyspace));
    }
    TRY_STATUS(create(session, create_keyspace_cql(table.keyspace, options), patience));
  }
  if (!options.create) {
    return Error(ErrorCode::kNotFound,
                 fmt::format("there is no table {}; create it, or say `create: true` under the system:\n{}",
                             table.full_name(), create_table_cql(table)));
  }
  return create(session, create_table_cql(table), patience);
}

}  // namespace

std::string create_keyspace_cql(std::string_view keyspace, const SchemaOptions& options) {
  std::string factors;
  const auto add = [&](std::string_view name, int factor) { factors += fmt::format(", '{}': {}", name, factor); };
  if (options.replication.everywhere > 0) {
    add(options.datacenter.empty() ? "replication_factor" : options.datacenter, options.replication.everywhere);
  }
  for (const auto& [datacenter, factor] : options.replication.by_datacenter) add(datacenter, factor);
  return fmt::format("CREATE KEYSPACE IF NOT EXISTS \"{}\" WITH replication = {{'class': 'NetworkTopologyStrategy'{}}}",
                     keyspace, factors);
}

std::string create_table_cql(const TableDef& table) {
  std::string columns;
  std::string order;
  bool any_descending = false;
  for (const ColumnDef& column : table.columns) {
    columns += fmt::format("    \"{}\" {},\n", column.name, cassandra_type(column.type));
    if (column.role != ColumnRole::kClustering) continue;
    order += fmt::format("{}\"{}\" {}", order.empty() ? "" : ", ", column.name, column.descending ? "DESC" : "ASC");
    any_descending |= column.descending;
  }
  std::string key;
  for (size_t i = 0; i < table.key_columns(); ++i) {
    key += fmt::format("{}\"{}\"", i == 0 ? "(" : i == table.partition_columns ? "), " : ", ", table.columns[i].name);
  }
  if (table.clustering_columns == 0) key += ")";
  return fmt::format("CREATE TABLE IF NOT EXISTS \"{}\".\"{}\" (\n{}    PRIMARY KEY ({})\n){}", table.keyspace,
                     table.name, columns, key,
                     any_descending ? fmt::format(" WITH CLUSTERING ORDER BY ({})", order) : std::string());
}

std::string table_differences(const TableDef& wanted, const ClusterTable& there) {
  std::vector<std::string> lines;
  if (key_of(wanted) != key_of(there)) {
    lines.push_back(fmt::format("its key is {} there, and {} in the file", key_of(there), key_of(wanted)));
  }
  for (const ColumnDef& column : wanted.columns) {
    const auto found = there.columns.find(column.name);
    if (found == there.columns.end()) {
      lines.push_back(fmt::format("column {} is missing there; ALTER TABLE {} ADD \"{}\" {};", column.name,
                                  wanted.full_name(), column.name, cassandra_type(column.type)));
      continue;
    }
    const auto type = parse_cql_type(found->second.type);
    if (!type.ok() || !same_values(*type, column.type)) {
      lines.push_back(fmt::format("column {} is {} there, and {} in the file", column.name, found->second.type,
                                  column.type.text()));
    } else if (found->second.kind == "static") {
      lines.push_back(fmt::format("column {} is static there, which is for other tools", column.name));
    }
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

Status prepare_table(cql::Session& session, const TableDef& table, const SchemaOptions& options,
                     const cql::Patience& patience) {
  TRY(there, table_of(session, table, patience));
  if (there.columns.empty()) {
    TRY_STATUS(create_missing(session, table, options, patience));
    TRY(created, table_of(session, table, patience));
    there = std::move(created);
  }
  const std::string differences = table_differences(table, there);
  if (differences.empty()) return {};
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("table {} is not as the file has it:\n{}", table.full_name(), differences));
}

}  // namespace millrace
