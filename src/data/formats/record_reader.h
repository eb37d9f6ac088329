#pragma once

#include <string>
#include <vector>

#include "data/batch.h"

namespace millrace {

// A column to be read from records: a path of keys (JSON) or one name (CSV).
struct ReadColumn {
  std::vector<std::string> path;
  Type type;
};

// One column per ReadColumn, one row per record of the origin. Records that cannot be read are null in every column and
// have a fault (ascending by row); rule "read".
struct ReadOutcome {
  std::vector<Column> columns;
  std::vector<Fault> faults;
};

// Columns out of the bytes of records. Keeps what it learned of their shape from call to call; belongs to one thread.
class RecordReader {
 public:
  virtual ~RecordReader() = default;
  virtual ReadOutcome read(const Origin& origin) = 0;
};

}  // namespace millrace
