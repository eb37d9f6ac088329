#include "cli/load.h"

#include <cstdlib>

#include <unistd.h>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "connect/list.h"

namespace millrace {
namespace {

bool has_colors(int descriptor) {
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && (refused == nullptr || *refused == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

}  // namespace

void LoadArguments::declare(Arguments& arguments) {
  arguments.positional("file", file, "the pipeline file", true);
  declare_options(arguments);
}

void LoadArguments::declare_options(Arguments& arguments) {
  arguments.option("--profile", profile, "run it on the systems of this profile");
  arguments.options("-p,--param", params, "name=value, instead of the file's own; may be repeated");
  arguments.flag("--json", json, "print JSON, for machines");
}

std::optional<LoadOutcome> load(const LoadArguments& arguments) {
  LoadOptions options{.profile = arguments.profile};
  for (const std::string& param : arguments.params) {
    const size_t equals = param.find('=');
    if (equals == std::string::npos || equals == 0) {
      fmt::print(stderr, "millrace: --param takes name=value, not '{}'\n", param);
      return std::nullopt;
    }
    options.params[param.substr(0, equals)] = param.substr(equals + 1);
  }
  return arguments.text.empty() ? load_pipeline(arguments.file, full_catalog(), options)
                                : load_pipeline_text(arguments.text, arguments.file, full_catalog(), options);
}

std::unique_ptr<PipelinePlan> load_or_explain(const LoadArguments& arguments, int& exit_code) {
  auto outcome = load(arguments);
  if (!outcome) {
    exit_code = kExitUsage;
    return nullptr;
  }
  if (outcome->plan == nullptr) exit_code = kExitInvalidSpec;
  if (outcome->plan == nullptr && arguments.json) {
    fmt::print("{}\n", render_diagnostics_json(*outcome));
  } else if (!outcome->diagnostics.all().empty()) {
    fmt::print(stderr, "{}", render_diagnostics(*outcome, stderr_has_colors()));
  }
  return std::move(outcome->plan);
}

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }
bool stderr_has_colors() { return has_colors(STDERR_FILENO); }
bool stdout_has_colors() { return has_colors(STDOUT_FILENO); }

}  // namespace millrace
