#pragma once

#include <cstdint>
#include <vector>

#include "data/batch.h"

namespace millrace {

// The rows of `./x bench expr`, in batches of kBatchRows: the same seed gives the same rows. Every column has nulls.
inline constexpr size_t kBatchRows = 4096;
std::vector<Batch> make_rows(size_t records, uint64_t seed);

}  // namespace millrace
