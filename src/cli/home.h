#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "cli/command.h"
#include "connect/home/home.h"
#include "flow/plan.h"

namespace millrace {

// Where the embedded home is: what every command takes that works on it.
struct HomeArguments {
  std::string directory;  // empty: where the pipeline keeps it
  std::string file;       // a pipeline whose home it is; may be empty
  std::string profile;    // of that pipeline: questions are about what is on its systems too

  void declare(Arguments& arguments);
  // For commands that need no pipeline, but may be given one: as their argument, or by an option.
  void declare_with_file(Arguments& arguments);
  void declare_with_file_option(Arguments& arguments);
  // Of the home that is there, without a pipeline at hand: of --data, or .millrace beside the file, or in the working
  // directory.
  std::string existing() const;
};

// Opens it.
Result<std::unique_ptr<Home>> open_existing_home(const HomeArguments& arguments, FileSystem& files, const Clock& clock);

// The one in that directory, made when it is not there.
Result<std::unique_ptr<Home>> open_home(const std::string& directory, FileSystem& files, const Clock& clock);

// The home of some pipelines (of the first, unless --data says otherwise), opened, with all in it that they declare.
// Prints why not: nullptr, and how to end.
std::unique_ptr<Home> open_home_or_explain(const HomeArguments& arguments,
                                           const std::vector<const PipelinePlan*>& plans, FileSystem& files,
                                           const Clock& clock, int& exit_code);

}  // namespace millrace
