#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "flow/plan.h"

namespace millrace {

// What every command that takes a pipeline file takes.
struct LoadArguments {
  std::string file;
  std::string text;  // what the file would hold, where there is none
  std::string profile;
  std::vector<std::string> params;  // name=value
  bool json = false;

  void declare(Arguments& arguments);
  void declare_options(Arguments& arguments);  // all but the file

  // The same of each of these files, and of each pipeline file in these folders; by name, each once. Says when there
  // are none.
  std::vector<LoadArguments> each_of(const std::vector<std::string>& paths, int& exit_code) const;
};

// Loads it; nullopt: the command line is wrong, and that has been said.
std::optional<LoadOutcome> load(const LoadArguments& arguments);

// Loads it and prints what is wrong (to stderr; with --json to stdout as JSON) or doubtful (to stderr). nullptr:
// exit_code says how to end.
std::unique_ptr<PipelinePlan> load_or_explain(const LoadArguments& arguments, int& exit_code);

// The same of files that are to go together.
using Plans = std::vector<std::unique_ptr<PipelinePlan>>;
Plans load_all_or_explain(const std::vector<LoadArguments>& all, int& exit_code);

bool stderr_is_terminal();
// On a terminal that can, unless NO_COLOR is set.
bool stderr_has_colors();
bool stdout_has_colors();

}  // namespace millrace
