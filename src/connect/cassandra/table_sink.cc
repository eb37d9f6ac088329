#include "connect/cassandra/table_sink.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "connect/cassandra/insert.h"
#include "connect/tables/table_rows.h"

namespace millrace {
namespace {

constexpr int64_t kOpenLimitUs = 30'000'000;  // to wait for the cluster before the run begins

struct EncodedCassandraRows final : EncodedRows {
  explicit EncodedCassandraRows(std::unique_ptr<cql::BoundRows> of) : rows(std::move(of)) {}
  std::unique_ptr<cql::BoundRows> rows;
};

class CassandraTableSink final : public Sink {
 public:
  CassandraTableSink(std::vector<VisibleColumn> columns, CassandraInsert insert, std::shared_ptr<cql::Session> session,
                     std::unique_ptr<cql::RowWriter> writer, std::string place, const RunContext& run)
      : columns_(std::move(columns)),
        insert_(std::move(insert)),
        session_(std::move(session)),
        writer_(std::move(writer)),
        place_(std::move(place)),
        clock_(run.clock),
        patience_{.stopping = run.stopping, .waiting = run.waiting} {}

  std::vector<Fault> refuse(const Batch& batch, const Rows& rows) const override {
    return table_faults(insert_.binding(), only(batch, columns_), rows);
  }

  std::unique_ptr<EncodedRows> encode(const Batch& batch, const Rows& rows) const override {
    return std::make_unique<EncodedCassandraRows>(
        insert_.bind(only(batch, columns_), rows, stamps_of(batch), clock_->wall_us()));
  }

  Status append(std::unique_ptr<EncodedRows> encoded, size_t) override {
    return in_place(writer_->append(std::move(static_cast<EncodedCassandraRows&>(*encoded).rows), patience_));
  }
  Status settle() override { return in_place(writer_->settle(patience_)); }
  Status commit() override { return settle(); }
  bool abandon() override { return true; }  // what is out is written again, to the same effect

 private:
  Status in_place(Status status) const { return status.ok() ? std::move(status) : status.error().with_context(place_); }

  // Constant after construction.
  const std::vector<VisibleColumn> columns_;
  const CassandraInsert insert_;
  const std::shared_ptr<cql::Session> session_;  // outlives its writer
  const std::unique_ptr<cql::RowWriter> writer_;
  const std::string place_;
  const Clock* const clock_;
  const cql::Patience patience_;
};

class CassandraTablePlan final : public SinkPlan {
 public:
  CassandraTablePlan(SessionOf session, std::string system, cql::Consistency consistency, TableRef table)
      : session_(std::move(session)),
        place_(fmt::format("table {} of {}", table->full_name(), system)),
        consistency_(consistency),
        table_(std::move(table)) {}

  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>& columns, const RunContext& run) const override {
    TRY(session, session_());
    TRY(binding, RowBinding::bind(table_, schema_of(columns)));
    CassandraInsert insert(std::move(binding));
    const cql::Patience patience{.stopping = run.stopping, .waiting = run.waiting, .limit_us = kOpenLimitUs};
    auto prepared = session->prepare(insert.statement(), patience);
    if (!prepared.ok()) return prepared.error().with_context(place_);
    auto writer = session->writer(*prepared, {.consistency = consistency_});
    return std::unique_ptr<Sink>(std::make_unique<CassandraTableSink>(columns, std::move(insert), std::move(session),
                                                                      std::move(writer), place_, run));
  }
  std::string place() const override { return place_; }
  Keeper keeper() const override { return Keeper::kAlong; }

 private:
  const SessionOf session_;
  const std::string place_;
  const cql::Consistency consistency_;
  const TableRef table_;
};

}  // namespace

std::unique_ptr<SinkPlan> cassandra_table_sink(SessionOf session, std::string system, cql::Consistency consistency,
                                               TableRef table) {
  return std::make_unique<CassandraTablePlan>(std::move(session), std::move(system), consistency, std::move(table));
}

}  // namespace millrace
