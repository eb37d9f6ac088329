#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "data/cql/type.h"

// What the CQL language says, as it is written: nothing is looked up, no value has been brought to a column's type.
namespace millrace::cql {

// A byte of the statement, from 0.
using Place = size_t;

struct Name {
  std::string text;  // in lower case, unless it was quoted
  Place at = 0;
};

struct TableName {
  std::optional<Name> keyspace;
  Name table;
};

// A constant. Scalars have their text as append_cql_text() takes it; strings without their quotes.
struct Literal {
  enum class Kind : uint8_t {
    kNull,
    kText,      // 'it''s'; $$it's$$
    kNumber,    // 12, -1.5e3, NaN, Infinity
    kBoolean,   // true
    kUuid,      // 550e8400-e29b-41d4-a716-446655440000
    kBlob,      // 0x0aff
    kDuration,  // 1mo2d
    kList,      // [1, 2]
    kSet,       // {1, 2}; also {} where a map is wanted
    kMap,       // {1: 'a'}: keys and values in turn
    kBind,      // ?, :name (in text)
  };
  Kind kind = Kind::kNull;
  std::string text;
  std::vector<Literal> elements;
  Place at = 0;
};

enum class Operator : uint8_t { kEqual, kIn, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

struct Relation {
  Name column;
  Operator op = Operator::kEqual;
  std::vector<Literal> values;  // one; any number for kIn
};

struct Selector {
  Name column;
  std::optional<Name> alias;
};

struct Ordering {
  Name column;
  bool descending = false;
};

struct Select {
  TableName from;
  bool distinct = false;
  bool count = false;               // count(*) or count(1), alone; `alias` may name it
  std::optional<Name> alias;        // of the count
  std::vector<Selector> selectors;  // empty: * (or count)
  std::vector<Relation> where;
  std::vector<Ordering> order_by;
  std::optional<Literal> limit;  // a number or a bind marker
  bool allow_filtering = false;
};

struct ColumnDefinition {
  Name name;
  CqlType type = CqlKind::kText;
};

// A property behind WITH: a constant, or a map of them.
struct Property {
  Name name;
  Literal value;
};

struct CreateKeyspace {
  Name name;
  bool if_not_exists = false;
  std::vector<Property> properties;
};

struct CreateTable {
  TableName name;
  bool if_not_exists = false;
  std::vector<ColumnDefinition> columns;
  std::vector<Name> partition_key;
  std::vector<Name> clustering_key;
  std::vector<Ordering> clustering_order;
  std::vector<Property> properties;
};

struct AlterTable {
  TableName name;
  std::vector<ColumnDefinition> add;
  std::vector<Name> drop;
  struct Renaming {
    Name from, to;
  };
  std::vector<Renaming> rename;
  std::vector<Property> properties;
};

struct Drop {
  bool keyspace = false;  // DROP KEYSPACE name: `name.table`
  TableName name;
  bool if_exists = false;
};

struct Use {
  Name keyspace;
};

struct Truncate {
  TableName name;
};

// USING TTL 60 AND TIMESTAMP 123
struct Using {
  std::optional<Literal> ttl;
  std::optional<Literal> timestamp;
};

struct Assignment {
  Name column;
  Literal value;
};

struct Insert {
  TableName into;
  std::vector<Assignment> values;
  bool if_not_exists = false;
  Using options;
};

struct Update {
  TableName table;
  Using options;
  std::vector<Assignment> set;
  std::vector<Relation> where;
};

struct Delete {
  TableName from;
  std::vector<Name> columns;  // empty: whole rows
  Using options;
  std::vector<Relation> where;
};

using Statement =
    std::variant<Select, CreateKeyspace, CreateTable, AlterTable, Drop, Use, Truncate, Insert, Update, Delete>;

}  // namespace millrace::cql
