#pragma once

#include <string>
#include <string_view>

#include "data/expr/functions/json_tree.h"
#include "data/type.h"

namespace millrace {

// The schema of from_json: a type ("array<int>") or the columns of a struct ("a INT, `b c` ARRAY<STRING> NOT NULL").
Result<Type> parse_json_schema(std::string_view text);

// The least type that a JSON value fits, as Spark infers it: whole numbers are bigint, null and what has no type in
// common is string; the fields of objects are in the order of their names.
Type infer_json_type(const JsonTree& tree, uint32_t index);

// "STRUCT<a: BIGINT, `b c`: ARRAY<STRING>>"
std::string schema_text(const Type& type);

}  // namespace millrace
