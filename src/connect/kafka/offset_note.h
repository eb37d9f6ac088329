#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "flow/transaction.h"

namespace millrace {

// What a flow keeps with the offset that it commits for a partition, as the offset's metadata: so it is atomic with the
// offset, and goes with the partition when another worker gets it.
struct OffsetNote {
  int64_t stamp_us = 0;  // the last one that was given to a record of the partition
  // One partition of each worker's has the worker's books: a checkpoint without a position. All books of a flow's
  // partitions together are the flow's.
  std::optional<Checkpoint> books;

  std::string to_text() const;
  // An empty text, as other programs leave it, is an empty note.
  static Result<OffsetNote> from_text(std::string_view text);
};

// Books of several partitions as one: counts are added up. Those of an older generation are over.
void add_books(Checkpoint& sum, const Checkpoint& books);

}  // namespace millrace
