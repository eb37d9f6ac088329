#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "data/batch.h"
#include "store/tables/row_batch.h"
#include "wire/cql/row_writer.h"

namespace millrace {

// One INSERT for all rows of a flow: its columns, a write time, and, where the table's rows do not live for ever, how
// long they still have. A null deletes the cell, as in an embedded table. Immutable; threads may share one.
class CassandraInsert {
 public:
  explicit CassandraInsert(RowBinding binding) : binding_(std::move(binding)) {}

  const RowBinding& binding() const { return binding_; }
  // "INSERT INTO ks.t (a, b) VALUES (?, ?) USING TIMESTAMP ? AND TTL ?"
  std::string statement() const;
  // The values of these rows, none of which has faults. A row's life counts from its stamp, so that writing it again
  // later does not lengthen it; one that is over already ends a second after it is written.
  std::unique_ptr<cql::BoundRows> bind(const Batch& batch, const Rows& rows, std::span<const int64_t> stamps,
                                       int64_t now_us) const;

 private:
  int64_t append_key(const Batch& batch, size_t row, std::string& to, std::string& scratch) const;

  RowBinding binding_;
};

}  // namespace millrace
