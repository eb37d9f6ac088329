#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/table.h"

namespace millrace {
namespace {

struct TablesArguments {
  HomeArguments home;
  bool cql = false;
  bool json = false;
};

int list_tables(const TablesArguments& arguments) {
  if (arguments.json) return ask_and_print(arguments.home, "tables", {});
  Table table({"table", "columns", "rows (about)", "bytes"});
  std::string statements;
  const int exit_code = ask_and_show(arguments.home, "tables", {}, [&](const nlohmann::ordered_json& one) {
    table.add({one.at("table").get<std::string>(), fmt::format("{}", one.at("columns").get<int64_t>()),
               with_commas(one.at("rows_estimate").get<uint64_t>()), with_commas(one.at("bytes").get<uint64_t>())});
    statements += one.at("cql").get<std::string>() + "\n";
  });
  if (exit_code == kExitOk) fmt::print("{}", arguments.cql ? statements : table.render(terminal_width()));
  return exit_code;
}

std::function<int()> declare(Arguments& arguments) {
  auto tables = std::make_shared<TablesArguments>();
  tables->home.declare(arguments);
  arguments.flag("--cql", tables->cql, "as the CREATE TABLE statements that would make them");
  arguments.flag("--json", tables->json, "print JSON, for machines");
  return [tables] { return list_tables(*tables); };
}

}  // namespace

const Command kTablesCommand = {
    .name = "tables", .summary = "The tables of a data directory.", .example = "millrace tables", .declare = declare};

}  // namespace millrace
