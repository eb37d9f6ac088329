#include "cli/load.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "base/files.h"
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

// What is wrong with a file, or doubtful.
void explain(const LoadOutcome& outcome, bool json) {
  if (outcome.plan == nullptr && json) {
    fmt::print("{}\n", render_diagnostics_json(outcome));
  } else if (!outcome.diagnostics.all().empty()) {
    fmt::print(stderr, "{}", render_diagnostics(outcome, stderr_has_colors()));
  }
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

std::vector<LoadArguments> LoadArguments::each_of(const std::vector<std::string>& paths, int& exit_code) const {
  const auto disk = real_file_system();
  std::vector<LoadArguments> all;
  const auto add = [&](const std::string& path) {
    if (std::any_of(all.begin(), all.end(), [&](const LoadArguments& one) { return one.file == path; })) return;
    all.emplace_back(*this).file = path;
  };
  for (const std::string& path : paths) {
    if (!disk->is_directory(path)) {
      add(path);
      continue;
    }
    for (const std::string& file_in_it : pipeline_files_in(path)) add(file_in_it);
  }
  if (all.empty()) {
    fmt::print(stderr, "millrace: there is no pipeline file in {}\n", fmt::join(paths, ", "));
    exit_code = kExitUsage;
  }
  return all;
}

Plans load_all_or_explain(const std::vector<LoadArguments>& all, int& exit_code) {
  std::vector<LoadOutcome> outcomes;
  for (const LoadArguments& arguments : all) {
    auto outcome = load(arguments);
    if (!outcome) {
      exit_code = kExitUsage;
      return {};
    }
    outcomes.push_back(std::move(*outcome));
  }
  check_together(outcomes);
  Plans plans;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    explain(outcomes[i], all[i].json);
    if (outcomes[i].plan == nullptr) exit_code = kExitInvalidSpec;
    plans.push_back(std::move(outcomes[i].plan));
  }
  return exit_code == kExitOk ? std::move(plans) : Plans{};
}

std::unique_ptr<PipelinePlan> load_or_explain(const LoadArguments& arguments, int& exit_code) {
  Plans plans = load_all_or_explain({arguments}, exit_code);
  return plans.empty() ? nullptr : std::move(plans[0]);
}

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }
bool stderr_has_colors() { return has_colors(STDERR_FILENO); }
bool stdout_has_colors() { return has_colors(STDOUT_FILENO); }

}  // namespace millrace
