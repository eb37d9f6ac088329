#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/batch.h"
#include "flow/passage.h"
#include "flow/scope.h"
#include "flow/transaction.h"

namespace millrace {

// Rows that have come through all steps, and which sinks take which.
struct Finished {
  Batch batch;
  std::vector<std::vector<uint32_t>> rows;  // per sink
};

// A batch on its way; or none, only an errand to have committed what went before, or the end of the source by a
// failure.
struct Journey {
  uint64_t number = 0;
  bool errand = false;
  std::optional<Error> failure;
  size_t bytes_read = 0;
  std::string part;  // of the source, and how far it is read when this batch is through
  PartPosition behind;
  uint64_t ticket = 0;  // of the piece
  bool commit = false;  // of the piece: at once
  std::vector<Payload> payloads;
  Passage passage;
  std::shared_ptr<const Origin> origin;
  std::vector<Finished> finished;
};

// One batch with the rows of all parts, in the order of their records; only the columns that sinks get. No part: empty.
Finished merge_finished(std::vector<Finished> parts, const std::vector<VisibleColumn>& output);

}  // namespace millrace
