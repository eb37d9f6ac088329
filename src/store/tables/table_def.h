#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "data/cql/type.h"

namespace millrace {

inline constexpr size_t kTableNameBytesMax = 48;    // keyspaces and tables, as in Cassandra
inline constexpr size_t kColumnNameBytesMax = 255;  // columns
inline constexpr size_t kTableColumnsMax = 1'000;
inline constexpr size_t kKeyColumnsMax = 32;
inline constexpr uint32_t kTtlSecondsMax = 630'720'000;  // twenty years, as in Cassandra

struct ColumnSpec {
  std::string name;
  CqlType type;
};

struct ClusteringSpec {
  std::string name;
  bool descending = false;
};

// What a table is to be; names of the key are columns.
struct TableSpec {
  std::string keyspace;
  std::string name;
  std::vector<ColumnSpec> columns;
  std::vector<std::string> partition_key;
  std::vector<ClusteringSpec> clustering_key;
  uint32_t ttl_s = 0;  // of rows written without one of their own; 0 keeps them
};

enum class ColumnRole : uint8_t { kRegular = 0, kPartition = 1, kClustering = 2 };

struct ColumnDef {
  // Stands for the column in rows on disk. Given once, never to another column: dropping and adding a column of the
  // same name gives another id, and renaming one keeps it. From 1; key columns have one too.
  uint32_t id = 0;
  std::string name;
  CqlType type;
  ColumnRole role = ColumnRole::kRegular;
  bool descending = false;  // clustering columns only
};

// A table as it is known now. Immutable: alter gives another one, of the next version, and both may be used for reading
// and writing until the table is dropped.
struct TableDef {
  uint32_t id = 0;       // never given twice
  uint32_t version = 1;  // goes up with every alter
  std::string keyspace;
  std::string name;
  // Partition key, then clustering key, each in the order of the key, then the others in the order they were added.
  std::vector<ColumnDef> columns;
  size_t partition_columns = 0;
  size_t clustering_columns = 0;
  uint32_t next_column_id = 1;
  uint32_t ttl_s = 0;

  size_t key_columns() const { return partition_columns + clustering_columns; }
  const ColumnDef* find(std::string_view column) const;  // exactly as written; nullptr when there is none
  // The index in `columns`; the error proposes the nearest name.
  Result<size_t> index_of(std::string_view column) const;
  std::string full_name() const { return keyspace + "." + name; }
  // The columns as the batches of a read have them.
  Schema schema() const;
  // As CREATE TABLE writes it, on several lines.
  std::string cql() const;
};
using TableRef = std::shared_ptr<const TableDef>;

// Letters of a to z, digits and '_', beginning with a letter, within `bytes_max`. The error names `what` ("keyspace"),
// shows the name and proposes one that would do.
Status check_name(std::string_view what, std::string_view name, size_t bytes_max);

// The definition of a new table, or why there cannot be such a one: names, types that cannot be keys, columns named
// twice, keys that are no columns (with the nearest name).
Result<TableDef> define_table(const TableSpec& spec, uint32_t id);

// One change of ALTER TABLE.
struct AddColumn {
  std::string name;
  CqlType type;
};
struct DropColumn {
  std::string name;
};
struct RenameColumn {
  std::string from, to;
};
struct ChangeTtl {
  uint32_t ttl_s = 0;  // of rows that are written from then on
};
using TableChange = std::variant<AddColumn, DropColumn, RenameColumn, ChangeTtl>;
Result<TableDef> altered(const TableDef& table, const AddColumn& change);
Result<TableDef> altered(const TableDef& table, const DropColumn& change);
Result<TableDef> altered(const TableDef& table, const RenameColumn& change);
Result<TableDef> altered(const TableDef& table, const ChangeTtl& change);

// To and from what is on disk (docs/internals/tables.md).
std::string encode_table(const TableDef& table);
Result<TableDef> decode_table(std::string_view bytes);

}  // namespace millrace
