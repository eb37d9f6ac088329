#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/formats/record_writer.h"

namespace millrace {

// Rows as records of avro_schema_of() their columns. Immutable: called from many threads at once.
class AvroWriter {
 public:
  explicit AvroWriter(std::vector<WriteColumn> columns) : columns_(std::move(columns)) {}

  // The records of rows, one behind the other, `prefix` before each; and where each ends.
  struct Written {
    Buffer bytes;
    std::vector<size_t> ends;
  };
  Written write(const Batch& batch, const Rows& rows, std::string_view prefix) const;
  // No record of the batch is longer than this when it is written; most are far shorter. Looks at sizes alone.
  size_t record_bytes_at_most(const Batch& batch) const;

 private:
  std::vector<WriteColumn> columns_;
};

}  // namespace millrace
