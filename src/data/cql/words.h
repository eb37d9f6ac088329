#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace millrace {

// CQL's words, in lower case, that name nothing unless they are quoted.
inline constexpr std::string_view kReservedInCql[] = {
    "add",          "allow",  "alter",    "and",    "apply", "asc",     "authorize", "batch",    "begin",    "by",
    "columnfamily", "create", "delete",   "desc",   "drop",  "entries", "from",      "full",     "grant",    "if",
    "in",           "index",  "infinity", "insert", "into",  "is",      "keyspace",  "limit",    "modify",   "nan",
    "norecursive",  "not",    "null",     "of",     "on",    "or",      "order",     "primary",  "rename",   "replace",
    "revoke",       "schema", "select",   "set",    "table", "to",      "token",     "truncate", "unlogged", "update",
    "use",          "using",  "view",     "where",  "with"};

inline bool is_reserved_in_cql(std::string_view word) {
  return std::find(std::begin(kReservedInCql), std::end(kReservedInCql), word) != std::end(kReservedInCql);
}

}  // namespace millrace
