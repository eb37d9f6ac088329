#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/cql/cluster.h"
#include "wire/cql/loop.h"
#include "wire/cql/row_writer.h"

namespace millrace::cql {

// A client of one cluster that speaks CQL, as many drivers have it: it knows the nodes, stays connected to those of its
// datacentre, and comes back by itself when they do. It has a thread of its own. Thread-safe; calls block.
// What fails because a node is away or overloaded is tried again, as long as the caller's patience lasts; so statements
// have to be idempotent (SELECT, CREATE ... IF NOT EXISTS).
class Session {
 public:
  // Connects in the background.
  static std::shared_ptr<Session> start(SessionOptions options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // One statement and its answer (of a SELECT: one page, of at most options.page_rows).
  Result<Answer> query(const std::string& statement, const QueryOptions& options, const Patience& patience);
  // All pages of a SELECT, one after the other; an error of `take` ends it.
  Status select(const std::string& statement, const QueryOptions& options, const Patience& patience,
                const std::function<Status(const RowsAnswer& page)>& take);
  Result<PreparedRef> prepare(const std::string& statement, const Patience& patience);
  std::unique_ptr<RowWriter> writer(PreparedRef prepared, RowWriterOptions options);

  // Why nothing goes on; empty: nodes are up.
  std::string trouble() const { return cluster_->trouble(); }

 private:
  explicit Session(SessionOptions options);
  Result<Answer> ask(Opcode opcode, const std::function<void(uint8_t, std::string&)>& body, const Patience& patience);

  std::shared_ptr<Loop> loop_;
  std::shared_ptr<Cluster> cluster_;
};

}  // namespace millrace::cql
