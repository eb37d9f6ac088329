#pragma once

#include <optional>
#include <string_view>

#include "data/column.h"

namespace millrace {

// A value that the pipeline file says as a text, read as CAST reads it: one row. nullopt: it is none of that type.
std::optional<Column> constant_of(std::string_view text, const Type& type);

}  // namespace millrace
