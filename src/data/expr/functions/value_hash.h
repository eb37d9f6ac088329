#pragma once

#include <cstdint>
#include <string_view>

#include "data/column.h"

namespace millrace {

inline constexpr uint32_t kHashSeed = 42;  // Spark's

// Spark's hash() and xxhash64() of one value, going on from `seed`; null leaves the seed as it is.
uint32_t murmur3_value(const Column& column, size_t row, uint32_t seed);
uint64_t xxhash64_value(const Column& column, size_t row, uint64_t seed);

}  // namespace millrace
