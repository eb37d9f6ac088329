#include <array>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/assert.h"
#include "connect/home/table.h"
#include "connect/home/table_transaction.h"
#include "connect/tables/table_rows.h"
#include "flow/system.h"

namespace millrace {
namespace {

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "name",
     .kind = FieldKind::kText,
     .summary = "The table to write to, one of those under `tables:`.",
     .example = "spark_streams.created_users",
     .required = true},
});

struct EncodedTableRows final : EncodedRows {
  explicit EncodedTableRows(RowBatch of) : rows(std::move(of)) {}
  RowBatch rows;
};

class TableSink final : public Sink {
 public:
  TableSink(std::vector<VisibleColumn> columns, RowBinding binding, TableTransaction& transaction)
      : columns_(std::move(columns)), binding_(std::move(binding)), transaction_(transaction) {}

  std::vector<Fault> refuse(const Batch& batch, const Rows& rows) const override {
    return table_faults(binding_, only(batch, columns_), rows);
  }

  std::unique_ptr<EncodedRows> encode(const Batch& batch, const Rows& rows) const override {
    RowBatch encoded;
    const std::vector<int64_t> stamps = stamps_of(batch);
    const Batch mine = only(batch, columns_);
    const auto faults = encoded.insert(binding_, {.batch = mine, .rows = rows, .stamps = stamps});
    MILLRACE_ASSERT(faults.empty(), "a row that was not refused cannot be written");
    return std::make_unique<EncodedTableRows>(std::move(encoded));
  }

  Status append(std::unique_ptr<EncodedRows> encoded, size_t) override {
    transaction_.rows().take(static_cast<EncodedTableRows&>(*encoded).rows);
    return {};
  }

  Status commit() override { return {}; }  // the transaction does
  bool abandon() override { return true; }

 private:
  std::vector<VisibleColumn> columns_;
  RowBinding binding_;
  TableTransaction& transaction_;
};

class TableSinkPlan final : public SinkPlan {
 public:
  explicit TableSinkPlan(const TableSpec& table) : keyspace_(table.keyspace), table_(table.name) {}

  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>& columns, const RunContext& run) const override {
    auto* transaction = dynamic_cast<TableTransaction*>(run.transaction);
    MILLRACE_ASSERT(transaction != nullptr, "a table is written in a transaction of its store");
    TRY(table, transaction->tables().table(keyspace_, table_));
    TRY(binding, RowBinding::bind(table, schema_of(columns)));
    return std::unique_ptr<Sink>(std::make_unique<TableSink>(columns, std::move(binding), *transaction));
  }
  std::string place() const override { return fmt::format("table {}.{}", keyspace_, table_); }
  Keeper keeper() const override { return Keeper::kTables; }

 private:
  std::string keyspace_;
  std::string table_;
};

std::unique_ptr<SinkPlan> make_table_sink(const Settings& settings, const std::vector<VisibleColumn>& columns,
                                          Declarations& declarations, Diagnostics& diagnostics) {
  const Node& name = settings.node("name");
  const TableDeclaration* table = declarations.table(name.text, name.place, diagnostics);
  if (table == nullptr || !table->definition || columns.empty()) return nullptr;  // told before
  const auto binding = RowBinding::bind(table->definition, schema_of(columns));
  if (!binding.ok()) {
    diagnostics.error(name.place, fmt::format("the flow's columns do not fit table '{}'", name.text),
                      binding.error().message());
    return nullptr;
  }
  if (table->system != nullptr) return table->system->tables()->table_sink(*table);
  return std::make_unique<TableSinkPlan>(table->spec);
}

}  // namespace

const SinkComponent kTableSink = {
    .about = {.kind = ComponentKind::kSink,
              .name = "table",
              .summary = "Writes records to a table: a row each, by the table's key.",
              .details =
                  "Of two records with one key the later one wins, column by column. Rows, quarantined records, the "
                  "flow's position and its books are written together. A value that does not fit its column is "
                  "a fault of the record.",
              .shorthand = "name",
              .fields = kFields,
              .example = "table: spark_streams.created_users"},
    .make = make_table_sink};

}  // namespace millrace
