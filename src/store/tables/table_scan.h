#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "store/tables/table_def.h"

namespace millrace {

enum class KeyComparison : uint8_t { kEqual, kIn, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

// `column` compared with values in CQL's bytes (cql_value_of makes them from text); one value, any number for kIn.
struct Condition {
  std::string column;
  KeyComparison comparison = KeyComparison::kEqual;
  std::vector<std::string> values;
};

// More key ranges than this from IN conditions are refused.
inline constexpr size_t kScanRangesMax = 1'000;

struct ScanRequest {
  TableRef table;
  std::vector<std::string> columns;  // in the order wanted; empty: all, in the table's order
  std::vector<Condition> where;      // all must hold
  bool reversed = false;             // against the order of the key
  std::string after;                 // the token of an earlier scan of the same request: continues behind it
};

// How a request finds its rows.
struct ScanPlan {
  size_t ranges = 0;         // pieces of the table that are read
  bool whole_table = false;  // no condition narrows what is read
  // Conditions that are checked row by row, by column: what CQL wants ALLOW FILTERING for.
  std::vector<std::string> filtered;
};

// Rows of one table in the order of its key, as of one moment. Belongs to one thread; keeps files of the store alive,
// so do not keep it for long (continue by token instead). Must be gone before the store is closed.
class TableScan {
 public:
  virtual ~TableScan() = default;
  // Up to `rows_max` rows (above 0) in columns; none: the end.
  virtual Result<Batch> next(size_t rows_max) = 0;
  // Continues behind the last row that next() gave, in a scan opened later, which then sees what has come meanwhile.
  virtual std::string token() const = 0;
  // Rows that next() would give from here on, without making columns of them.
  virtual Result<uint64_t> count_rest() = 0;
};

}  // namespace millrace
