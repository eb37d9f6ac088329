#pragma once

// Chance that a replay repeats: drawn from the seed of the run, the record, and the place in the program.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/random.h"
#include "data/expr/function.h"

namespace millrace {

// Which record of the source a row is of, and which of the rows that came of it (explode, elements of a lambda).
inline std::pair<uint64_t, uint64_t> place_of(const EvalContext& context, size_t row) {
  if (context.record_of_row == nullptr) return {context.first_record + row, 0};
  const uint32_t record = context.record_of_row[row];
  if (context.sibling_of_row != nullptr) return {context.first_record + record, context.sibling_of_row[row]};
  uint64_t sibling = 0;
  while (row > 0 && context.record_of_row[row - 1] == record) {
    --row;
    ++sibling;
  }
  return {context.first_record + record, sibling};
}

// A stream of random numbers of the row's own.
inline Random row_random(const Call& call, size_t row) {
  const auto [record, sibling] = place_of(call.context(), row);
  uint64_t seed = call.context().seed;
  for (const uint64_t part : {record, sibling, uint64_t{call.site()}}) seed = Random(seed ^ part).next();
  return Random(seed);
}

}  // namespace millrace
