#pragma once

#include <string>

#include "data/column.h"

namespace millrace {

// A value as Spark's to_json writes it: null fields of structs are left out, null elements and map values stay. The
// type holds no interval.
void write_json_value(const Column& column, size_t row, std::string& out);

}  // namespace millrace
