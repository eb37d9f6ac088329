#pragma once

#include <cstdint>

#include "data/column.h"
#include "data/rows.h"

namespace millrace {

inline constexpr uint32_t kHashSeed = 42;  // Spark's

// Spark's hash() and xxhash64() of the rows of a column, going on from what stands in `hashes`, one per row of the
// column; null leaves it as it is.
void murmur3_column(const Column& column, const Rows& rows, uint32_t* hashes);
void xxhash64_column(const Column& column, const Rows& rows, uint64_t* hashes);

}  // namespace millrace
