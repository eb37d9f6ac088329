// Tables: what there is of them, and their rows.
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "data/formats/csv_writer.h"
#include "data/formats/json_writer.h"
#include "doors/admin/list.h"
#include "flow/query/select.h"
#include "flow/system.h"
#include "wire/cql/parser.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

Status answer_tables(const AdminRoom& room, const AdminArguments&, const TakeText& take) {
  for (const TableRef& table : room.home.tables().tables()) {
    const auto stats = room.home.tables().stats(table);
    if (!stats.ok()) continue;  // it has just been dropped
    TRY_STATUS(take_json(take, {{"table", table->full_name()},
                                {"columns", table->columns.size()},
                                {"rows_estimate", stats->rows_estimate},
                                {"bytes", stats->bytes},
                                {"ttl_s", table->ttl_s},
                                {"cql", table->cql()}}));
  }
  return {};
}

std::vector<WriteColumn> columns_of(const Batch& batch) {
  std::vector<WriteColumn> columns;
  for (size_t i = 0; i < batch.schema->fields.size(); ++i) {
    columns.push_back({batch.schema->fields[i].name, batch.schema->fields[i].type, i});
  }
  return columns;
}

// Rows as the lines of a file.
class Lines {
 public:
  Lines(bool csv, const TakeText& take) : csv_(csv), take_(take) {}

  Status add(const Batch& batch) {
    if (writer_ == nullptr) {
      if (csv_) {
        writer_ = std::make_unique<CsvWriter>(columns_of(batch), CsvDialect{});
      } else {
        writer_ = std::make_unique<JsonWriter>(columns_of(batch));
      }
      TRY_STATUS(take_(writer_->header()));
    }
    const Buffer bytes = writer_->write(batch, Rows::all(batch.rows));
    return take_({bytes.as<char>(), bytes.size()});
  }

 private:
  bool csv_;
  const TakeText& take_;
  std::unique_ptr<RecordWriter> writer_;
};

// Rows as arrays of texts, the first of them the names.
class Cells {
 public:
  explicit Cells(const TakeText& take) : take_(take) {}

  Status add(const Batch& batch) {
    if (!named_) {
      Json names = Json::array();
      for (const Field& field : batch.schema->fields) names.push_back(field.name);
      TRY_STATUS(take_json(take_, names));
      named_ = true;
    }
    for (size_t row = 0; row < batch.rows; ++row) {
      Json cells = Json::array();
      for (const Column& column : batch.columns) {
        cells.push_back(column.is_null(row) ? "null" : format_value(column, row));
      }
      TRY_STATUS(take_json(take_, cells));
    }
    return {};
  }

 private:
  const TakeText& take_;
  bool named_ = false;
};

// Where the table of the statement is.
Status select(const AdminRoom& room, const std::string& statement, const TakeRows& take) {
  if (const auto parsed = cql::parse(statement); parsed.ok()) {
    if (const auto* read = std::get_if<cql::Select>(&*parsed)) {
      const std::string keyspace = read->from.keyspace ? read->from.keyspace->text : "";
      const auto system = system_of_table(room, keyspace, read->from.table.text);
      if (system != nullptr) return system->tables()->select(statement, take);
    }
  }
  return run_select(room.home.tables(), statement, take);
}

Status answer_query(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(statement, arguments.required("statement"));
  const std::string format = arguments.text("format", "json");
  if (format == "cells") {
    Cells cells(take);
    return select(room, statement, [&](const Batch& batch) { return cells.add(batch); });
  }
  if (format != "json" && format != "csv") {
    return Error(ErrorCode::kInvalidArgument, fmt::format("'format' is json, csv or cells, not '{}'", format));
  }
  Lines lines(format == "csv", take);
  return select(room, statement, [&](const Batch& batch) { return lines.add(batch); });
}

}  // namespace

const AdminAction kTablesAction = {.name = "tables", .summary = "The tables there are.", .answer = answer_tables};
const AdminAction kQueryAction = {
    .name = "query",
    .summary = "The rows that a SELECT of CQL (`statement`) gives; `format`: json, csv, or cells (arrays of texts).",
    .answer = answer_query};

}  // namespace millrace
