#include "connect/cassandra/system.h"

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "connect/cassandra/options.h"
#include "connect/cassandra/query.h"
#include "connect/cassandra/table_sink.h"

namespace millrace {
namespace {

constexpr int64_t kPrepareLimitUs = 30'000'000;  // to wait for the cluster in front of a run
constexpr int64_t kQueryLimitUs = 10'000'000;    // the same, for `query`
constexpr int64_t kReachLimitUs = 5'000'000;     // the same, for `doctor`

class CassandraSystem final : public System, public TableSystem, public std::enable_shared_from_this<CassandraSystem> {
 public:
  explicit CassandraSystem(CassandraOptions options) : options_(std::move(options)) {}

  TableSystem* tables() override { return this; }

  std::unique_ptr<SinkPlan> table_sink(const TableDeclaration& table) override {
    return cassandra_table_sink([self = shared_from_this()] { return self->session(); }, options_.name,
                                options_.consistency, table.definition);
  }

  Status prepare(const std::vector<TableDeclaration>& tables) override {
    for (const TableDeclaration& table : tables) TRY_STATUS(prepare_one(*table.definition));
    return {};
  }

  Status select(const std::string& statement, const std::function<Status(const Batch& rows)>& take) override {
    TRY(client, session());
    return run_cassandra_select(*client, statement, options_.consistency, {.limit_us = kQueryLimitUs}, take);
  }

  Result<std::string> reach() override {
    TRY(client, session());
    std::string said;
    const auto status = run_cassandra_select(
        *client, "SELECT cluster_name, release_version, data_center FROM system.local", cql::Consistency::kOne,
        {.limit_us = kReachLimitUs}, [&](const Batch& rows) -> Status {
          if (rows.rows == 0) return {};
          said = fmt::format("Cassandra {}, cluster '{}', datacenter '{}'", format_value(rows.columns[1], 0),
                             format_value(rows.columns[0], 0), format_value(rows.columns[2], 0));
          return {};
        });
    if (!status.ok()) return status.error();
    return said;
  }

 private:
  Result<std::shared_ptr<cql::Session>> session() {
    const std::lock_guard lock(mutex_);
    if (session_) return session_;
    cql::SessionOptions options = options_.session;
    if (options_.use_tls) {
      TRY(tls, cql::Tls::load(options_.tls));
      options.tls = std::move(tls);
    }
    options.seed = static_cast<uint64_t>(SystemClock().wall_us());
    session_ = cql::Session::start(std::move(options));
    return session_;
  }

  Status prepare_one(const TableDef& table) {
    {
      const std::lock_guard lock(mutex_);
      if (right_.contains(table.cql())) return {};
    }
    TRY(client, session());
    TRY_STATUS(prepare_table(*client, table, options_.schema, {.limit_us = kPrepareLimitUs}));
    const std::lock_guard lock(mutex_);
    right_.insert(table.cql());
    return {};
  }

  const CassandraOptions options_;

  std::mutex mutex_;
  std::shared_ptr<cql::Session> session_;  // guarded by mutex_
  std::set<std::string> right_;            // definitions of tables that were found right; guarded by mutex_
};

std::shared_ptr<System> make_cassandra(const std::string& name, const Settings& settings, Diagnostics& diagnostics) {
  auto options = cassandra_options(name, settings, diagnostics);
  return options ? std::make_shared<CassandraSystem>(std::move(*options)) : nullptr;
}

}  // namespace

const SystemComponent kCassandraSystem = {.about = kCassandraComponent, .make = make_cassandra};

}  // namespace millrace
