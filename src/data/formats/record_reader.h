#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
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
  std::optional<Error> stopped = std::nullopt;  // what reading needs is away: none of this counts
};

// Columns out of the bytes of records. Keeps what it learned of their shape from call to call; belongs to one thread.
class RecordReader {
 public:
  virtual ~RecordReader() = default;
  virtual ReadOutcome read(const Origin& origin) = 0;
};

// Values that were gathered as text, cast to `type` as a column, as Spark's CAST does: one way to read a number,
// however it comes. What cannot be cast is a fault that names the column.
Column read_as(Column text, const Type& type, std::string_view name, int64_t now_us, std::vector<Fault>& faults);

// A value for a message: its beginning, in whole characters.
std::string shown_text(std::string_view text);

}  // namespace millrace
