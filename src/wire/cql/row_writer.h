#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/cql/cluster.h"

namespace millrace::cql {

// Rows for one prepared statement, as workers make them: its values as EXECUTE takes them, and where they belong.
struct BoundRows {
  struct Row {
    uint32_t at = 0, bytes = 0;  // in `values`
    int64_t token = 0;
    uint8_t refusals = 0;  // for reasons that should have passed
    uint8_t failures = 0;
  };
  std::string values;
  std::vector<Row> rows;
};

// What a thread that waits may do meanwhile.
struct Patience {
  std::function<bool()> stopping;                // whether to wait no longer; may be empty
  std::function<void(std::string why)> waiting;  // it waits for the cluster; an empty text: no longer; may be empty
  int64_t limit_us = INT64_MAX;                  // to wait for the cluster

  bool is_stopping() const { return stopping && stopping(); }
};

struct RowWriterOptions {
  Consistency consistency = Consistency::kLocalQuorum;
  size_t rows_max = 16'384;             // that are not acknowledged; append() waits
  size_t bytes_max = size_t{32} << 20;  // the same, of their values
};

// Writes rows through a session: each to a replica of its own, many at once, over and over until it is acknowledged.
// So what is written has to be idempotent: an INSERT with a time of its own. Nodes that are slow, overloaded or away
// get fewer at a time, and more again when they are well. append() and settle(): one thread at a time.
class RowWriter {
 public:
  RowWriter(std::shared_ptr<Loop> loop, std::shared_ptr<Cluster> cluster, PreparedRef prepared,
            RowWriterOptions options);
  ~RowWriter();  // what is not acknowledged is given up
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  // Takes them on, once there is room. An error is final: a row that can never be written (the table is gone, the
  // statement is not allowed), or kCancelled.
  Status append(std::unique_ptr<BoundRows> rows, const Patience& patience);
  // Returns when all of them are acknowledged.
  Status settle(const Patience& patience);

  struct Counts {
    uint64_t rows = 0;   // acknowledged
    uint64_t again = 0;  // sent more than once
  };
  Counts counts() const;

  class Core;

 private:
  Status wait(const Patience& patience, const std::function<bool()>& enough);

  std::shared_ptr<Loop> loop_;
  std::shared_ptr<Cluster> cluster_;
  std::shared_ptr<Core> core_;
};

}  // namespace millrace::cql
