#include <memory>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "connect/list.h"
#include "flow/plan.h"

namespace millrace {
namespace {

std::function<int()> declare(Arguments& arguments) {
  const auto json = std::make_shared<bool>(false);  // every command takes it; the schema is JSON anyway
  arguments.flag("--json", *json, "print JSON, as it does anyway");
  return [json] {
    fmt::print("{}\n", pipeline_json_schema(full_catalog()));
    return static_cast<int>(kExitOk);
  };
}

}  // namespace

const Command kSchemaCommand = {
    .name = "schema",
    .summary = "Print the JSON Schema of pipeline files, for editors that complete and check them.",
    .example = "millrace schema > pipeline.schema.json",
    .declare = declare};

}  // namespace millrace
