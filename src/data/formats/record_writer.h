#pragma once

#include <string>
#include <vector>

#include "data/batch.h"

namespace millrace {

// A column as it goes out: under which name, and where it is in the batch.
struct WriteColumn {
  std::string name;
  Type type;
  size_t index;
};

// Bytes out of columns. Immutable: called from many threads at once.
class RecordWriter {
 public:
  virtual ~RecordWriter() = default;
  virtual Buffer write(const Batch& batch, const Rows& rows) const = 0;
  // What stands once at the beginning of a file; may be empty.
  virtual std::string header() const { return {}; }
};

}  // namespace millrace
