#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/cql/order.h"
#include "store/tables/table_def.h"

// Keys of rows: the ordered form (data/cql/order.h) of the partition key's columns, then of the clustering key's, the
// descending ones turned. There is no token in front: rows are in the order of their key, within a table.
namespace millrace {

inline constexpr size_t kRowKeyBytesMax = 65'535;

// The first columns of a table's key, each in CQL's bytes, as the beginning of row keys; all of them make a whole key.
// The values must be valid for their types. The error: an empty partition key, a number or a key that is too large.
Result<std::string> encode_key(const TableDef& table, std::span<const std::string> values);

// Appends one more column to a key. False when its value is too large to be ordered.
inline bool append_key_column(const ColumnDef& column, std::string_view value, std::string& key) {
  return append_ordered(column.type, CqlOrder{column.descending}, value, key);
}

// The values of a whole key, in the order of the key. An error (kCorruption) when the bytes are no key of this table.
Result<std::vector<std::string>> decode_key(const TableDef& table, std::string_view key);

// The first key behind all keys that begin with `prefix`; empty when there is none.
std::string key_after_prefix(std::string_view prefix);

}  // namespace millrace
