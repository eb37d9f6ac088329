#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/home.h"
#include "cli/load.h"
#include "cli/table.h"
#include "data/formats/csv_writer.h"
#include "data/formats/json_writer.h"
#include "flow/query/select.h"

namespace millrace {
namespace {

constexpr size_t kTableRowsMax = 10'000;  // aligned, which needs all of them in memory

struct QueryArguments {
  std::string statement;
  HomeArguments home;
  bool csv = false;
  bool json = false;
};

std::vector<WriteColumn> columns_of(const Batch& batch) {
  std::vector<WriteColumn> columns;
  for (size_t i = 0; i < batch.schema->fields.size(); ++i) {
    columns.push_back({batch.schema->fields[i].name, batch.schema->fields[i].type, i});
  }
  return columns;
}

// Rows as lines, at once.
class Lines {
 public:
  explicit Lines(bool csv) : csv_(csv) {}

  Status take(const Batch& batch) {
    if (writer_ == nullptr) {
      if (csv_) {
        writer_ = std::make_unique<CsvWriter>(columns_of(batch), CsvDialect{});
      } else {
        writer_ = std::make_unique<JsonWriter>(columns_of(batch));
      }
      fmt::print("{}", writer_->header());
    }
    const Buffer bytes = writer_->write(batch, Rows::all(batch.rows));
    std::fwrite(bytes.as<char>(), 1, bytes.size(), stdout);
    return {};
  }

 private:
  bool csv_;
  std::unique_ptr<RecordWriter> writer_;
};

// Rows below each other, aligned, once all are there.
class Aligned {
 public:
  Status take(const Batch& batch) {
    if (names_.empty()) {
      for (const Field& field : batch.schema->fields) names_.push_back(field.name);
    }
    for (size_t row = 0; row < batch.rows; ++row) {
      if (rows_.size() == kTableRowsMax) {
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("there are more than {} rows; add LIMIT, or take --json or --csv", kTableRowsMax));
      }
      std::vector<std::string> values;
      for (const Column& column : batch.columns) {
        values.push_back(column.is_null(row) ? "null" : format_value(column, row));
      }
      rows_.push_back(std::move(values));
    }
    return {};
  }

  void print() const {
    Table table(names_);
    for (const auto& row : rows_) table.add(row);
    fmt::print("{}({} row{})\n", table.render(terminal_width()), rows_.size(), rows_.size() == 1 ? "" : "s");
  }

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> rows_;
};

int run_query(const QueryArguments& arguments) {
  const SystemClock clock;
  const auto files = real_file_system();
  auto home = open_existing_home(arguments.home, *files, clock);
  Status status = home.ok() ? Status() : home.error();
  if (status.ok()) {
    if (arguments.csv || arguments.json) {
      Lines lines(arguments.csv);
      status =
          run_select((*home)->tables(), arguments.statement, [&](const Batch& batch) { return lines.take(batch); });
    } else {
      Aligned aligned;
      status =
          run_select((*home)->tables(), arguments.statement, [&](const Batch& batch) { return aligned.take(batch); });
      if (status.ok()) aligned.print();
    }
  }
  if (status.ok()) return kExitOk;
  fmt::print(stderr, "millrace: {}\n", status.error().message());
  return status.error().code() == ErrorCode::kInvalidArgument ? kExitUsage : kExitFailed;
}

std::function<int()> declare(Arguments& arguments) {
  auto query = std::make_shared<QueryArguments>();
  arguments.positional("statement", query->statement, "a SELECT in CQL", true);
  query->home.declare(arguments);
  arguments.flag("--csv", query->csv, "print CSV");
  arguments.flag("--json", query->json, "print a JSON object a line");
  return [query] { return run_query(*query); };
}

}  // namespace

const Command kQueryCommand = {
    .name = "query",
    .summary = "Look into the tables of a data directory.",
    .example = "millrace query \"SELECT id, email FROM spark_streams.created_users LIMIT 5\"",
    .declare = declare};

}  // namespace millrace
