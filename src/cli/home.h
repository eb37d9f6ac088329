#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "cli/command.h"
#include "connect/home/home.h"
#include "flow/plan.h"

namespace millrace {

// Where the embedded home is: what every command takes that works on it.
struct HomeArguments {
  std::string directory;  // empty: where the pipeline keeps it

  void declare(Arguments& arguments);
};

// The home that is there, without a pipeline at hand: of --data, or .millrace in the working directory.
Result<std::unique_ptr<Home>> open_existing_home(const HomeArguments& arguments, FileSystem& files, const Clock& clock);

// The home of a pipeline, opened, with all in it that the pipeline declares. Prints why not: nullptr, and how to end.
std::unique_ptr<Home> open_home_or_explain(const HomeArguments& arguments, const PipelinePlan& plan, FileSystem& files,
                                           const Clock& clock, int& exit_code);

}  // namespace millrace
