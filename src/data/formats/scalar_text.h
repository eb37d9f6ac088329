#pragma once

#include <cstddef>

#include "data/column.h"

namespace millrace {

// More than any value that is not text takes: a timestamp, a decimal of 38 digits, a double.
inline constexpr size_t kScalarBytesMax = 64;

// Numbers, booleans, dates and timestamps: what put_scalar_text() can write.
bool is_scalar(const Type& type);

// Writes a value that is not null as files have it, timestamps as ISO 8601 in UTC; gives the end. Needs neither
// escaping nor more room than kScalarBytesMax.
char* put_scalar_text(char* to, const Column& column, size_t row);

}  // namespace millrace
