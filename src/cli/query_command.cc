#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/exit_code.h"
#include "cli/table.h"

namespace millrace {
namespace {

constexpr size_t kTableRowsMax = 10'000;  // aligned, which needs all of them in memory

struct QueryArguments {
  std::string statement;
  HomeArguments home;
  bool csv = false;
  bool json = false;
};

int query_table(const QueryArguments& arguments) {
  std::optional<Table> table;
  size_t rows = 0;
  const AdminArguments said{{"statement", arguments.statement}, {"format", "cells"}};
  const int exit_code = ask_and_show(arguments.home, "query", said, [&](const nlohmann::ordered_json& line) {
    std::vector<std::string> cells = line.get<std::vector<std::string>>();
    if (!table) {
      table.emplace(std::move(cells));
    } else if (++rows <= kTableRowsMax) {
      table->add(std::move(cells));
    }
  });
  if (exit_code != kExitOk) return exit_code;
  if (rows > kTableRowsMax) {
    fmt::print(stderr, "millrace: there are more than {} rows; add LIMIT, or take --json or --csv\n", kTableRowsMax);
    return kExitUsage;
  }
  fmt::print("{}({} row{})\n", table->render(terminal_width()), rows, rows == 1 ? "" : "s");
  return kExitOk;
}

int run_query(const QueryArguments& arguments) {
  if (!arguments.csv && !arguments.json) return query_table(arguments);
  return ask_and_print(arguments.home, "query",
                       {{"statement", arguments.statement}, {"format", arguments.csv ? "csv" : "json"}});
}

std::function<int()> declare(Arguments& arguments) {
  auto query = std::make_shared<QueryArguments>();
  arguments.positional("statement", query->statement, "a SELECT in CQL", true);
  query->home.declare_with_file_option(arguments);
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
