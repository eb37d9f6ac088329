#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/cql/syntax.h"

// The CQL language. Taken: SELECT (columns, *, count(*), DISTINCT; WHERE with =, IN, <, <=, >, >= joined by AND; ORDER
// BY; LIMIT; ALLOW FILTERING), CREATE KEYSPACE and TABLE, ALTER TABLE, DROP, USE, TRUNCATE, INSERT, UPDATE, DELETE,
// USING TTL and TIMESTAMP. Not taken, and said so: functions, GROUP BY, token(), OR, batches, indexes, views, user
// types, roles.
namespace millrace::cql {

// Longer statements are refused.
inline constexpr size_t kStatementBytesMax = size_t{1} << 20;
// Collections within collections deeper than this are refused.
inline constexpr int kLiteralDepthMax = 8;
// More names, values, relations or elements in one list are refused.
inline constexpr size_t kListMax = 10'000;

// One statement, perhaps with ';' behind it. The error says what was expected where, shows the line with the place
// marked, and proposes the word that was probably meant.
Result<Statement> parse(std::string_view text);

// The statement's line with the place marked below, as errors show it; for the rooms above, who find more mistakes.
std::string mark(std::string_view text, Place at);

}  // namespace millrace::cql
