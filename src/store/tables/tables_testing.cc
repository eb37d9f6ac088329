#include "store/tables/tables_testing.h"

#include <cstdlib>
#include <sstream>

#include "data/builder.h"
#include "data/cql/value.h"

namespace millrace::testing {

TempFolder::TempFolder() : path_((std::filesystem::temp_directory_path() / "millrace_tables_XXXXXX").string()) {
  MILLRACE_ASSERT(::mkdtemp(path_.data()) != nullptr, "no folder for a test");
}

std::unique_ptr<TableStore> open_store(const std::string& directory, const Clock& clock) {
  auto store = TableStore::open({.directory = directory, .clock = &clock, .own_thread = false});
  MILLRACE_ASSERT(store.ok(), store.error().message());
  return std::move(*store);
}

TableSpec table_spec(std::string_view name, std::string_view columns, const std::vector<std::string>& partition_key,
                     const std::vector<std::string>& clustering_key) {
  TableSpec spec{.keyspace = "shop", .name = std::string(name)};
  std::istringstream words{std::string(columns)};
  std::string column;
  while (words >> column) {
    std::string type;
    std::getline(words, type, ';');
    spec.columns.push_back({column, *parse_cql_type(type)});
  }
  spec.partition_key = partition_key;
  for (const std::string& one : clustering_key) {
    const size_t space = one.find(' ');
    spec.clustering_key.push_back({one.substr(0, space), space != std::string::npos});
  }
  return spec;
}

Batch text_batch(const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows) {
  auto schema = std::make_shared<Schema>();
  Batch batch;
  batch.rows = rows.size();
  for (size_t column = 0; column < columns.size(); ++column) {
    schema->fields.push_back({columns[column], TypeKind::kString});
    StringBuilder builder;
    for (const auto& row : rows) {
      if (row[column] == "NULL") {
        builder.append_null();
      } else {
        builder.append(row[column]);
      }
    }
    batch.columns.push_back(builder.finish());
  }
  batch.schema = std::move(schema);
  return batch;
}

std::vector<std::string> lines(const Batch& batch) {
  std::vector<std::string> out;
  for (size_t row = 0; row < batch.rows; ++row) {
    std::string line;
    for (size_t column = 0; column < batch.columns.size(); ++column) {
      if (column > 0) line += "|";
      line += format_value(batch.columns[column], row);
    }
    out.push_back(std::move(line));
  }
  return out;
}

std::string cql(std::string_view type, std::string_view text) {
  auto value = cql_value_of(*parse_cql_type(type), text);
  MILLRACE_ASSERT(value.ok(), value.error().message());
  return std::move(*value);
}

}  // namespace millrace::testing
