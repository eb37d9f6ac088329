#include "connect/cassandra/query.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "data/cql/value.h"

namespace millrace {
namespace {

constexpr int32_t kPageRows = 1'000;

Result<Batch> batch_of(const cql::RowsAnswer& page) {
  std::vector<CqlColumnBuilder> builders;
  auto schema = std::make_shared<Schema>();
  for (const cql::ResultColumn& column : page.columns) {
    if (!column.type) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("column {} is a {}, which is not read here; name the other columns in the SELECT",
                               column.name, column.type_text));
    }
    schema->fields.push_back({column.name, data_type_of(*column.type)});
    builders.emplace_back(*column.type);
  }
  cql::RowValues values(page);
  for (size_t row = 0; row < page.rows; ++row) {
    for (CqlColumnBuilder& builder : builders) {
      const auto value = values.next();
      if (value) {
        builder.append(*value);
      } else {
        builder.append_null();
      }
    }
  }
  Batch batch{.schema = std::move(schema), .rows = page.rows};
  for (CqlColumnBuilder& builder : builders) batch.columns.push_back(builder.finish());
  return batch;
}

}  // namespace

Status run_cassandra_select(cql::Session& session, const std::string& statement, cql::Consistency consistency,
                            const cql::Patience& patience, const std::function<Status(const Batch& rows)>& take) {
  return session.select(statement, {.consistency = consistency, .page_rows = kPageRows}, patience,
                        [&](const cql::RowsAnswer& page) -> Status {
                          TRY(batch, batch_of(page));
                          return take(batch);
                        });
}

}  // namespace millrace
