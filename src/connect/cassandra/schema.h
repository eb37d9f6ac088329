#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "store/tables/table_def.h"
#include "wire/cql/session.h"

namespace millrace {

// How often a new keyspace keeps each row: everywhere alike, or by datacentre. Neither: nobody has said.
struct KeyspaceReplication {
  int everywhere = 0;
  std::map<std::string, int> by_datacenter;
  bool is_said() const { return everywhere > 0 || !by_datacenter.empty(); }
};

struct SchemaOptions {
  bool create = true;  // keyspaces and tables that are missing
  KeyspaceReplication replication;
  std::string datacenter;  // of `everywhere`; empty: all of them
};

// CREATE KEYSPACE and CREATE TABLE as Cassandra takes them.
std::string create_keyspace_cql(std::string_view keyspace, const SchemaOptions& options);
std::string create_table_cql(const TableDef& table);

// A table as the cluster has it.
struct ClusterTable {
  struct Column {
    std::string type;  // as the cluster spells it
    std::string kind;  // "partition_key", "clustering", "regular", "static"
    int position = -1;
  };
  std::map<std::string, Column> columns;
};
// What of `wanted` the table lacks, a line each, with the statement that would mend it where there is one; empty: rows
// can be written.
std::string table_differences(const TableDef& wanted, const ClusterTable& there);

// Makes sure that rows of the table can be written: creates what is missing where that is allowed, and checks the
// columns of what is there. kNotFound, kInvalidArgument: what is missing or differs, and what to do.
Status prepare_table(cql::Session& session, const TableDef& table, const SchemaOptions& options,
                     const cql::Patience& patience);

}  // namespace millrace
