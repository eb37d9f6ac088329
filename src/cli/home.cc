#include "cli/home.h"

#include <fmt/format.h>

#include "cli/exit_code.h"

namespace millrace {

void HomeArguments::declare(Arguments& arguments) {
  arguments.option("--data", directory,
                   "the directory of topics and tables; .millrace beside the pipeline file if not said");
}

Result<std::unique_ptr<Home>> open_existing_home(const HomeArguments& arguments, FileSystem& files,
                                                 const Clock& clock) {
  const std::string directory = arguments.directory.empty() ? std::string(kHomeDirectory) : arguments.directory;
  if (!files.is_directory(directory)) {
    return Error(
        ErrorCode::kNotFound,
        fmt::format("there is no data directory {}; run a pipeline first, or say where it is with --data", directory));
  }
  return Home::open({.directory = directory}, files, clock);
}

std::unique_ptr<Home> open_home_or_explain(const HomeArguments& arguments, const PipelinePlan& plan, FileSystem& files,
                                           const Clock& clock, int& exit_code) {
  const HomeOptions options{.directory =
                                arguments.directory.empty() ? default_home_directory(plan) : arguments.directory};
  auto home = Home::open(options, files, clock);
  if (home.ok()) {
    const Status prepared = (*home)->prepare(plan);
    if (prepared.ok()) return std::move(*home);
    home = prepared.error();
  }
  fmt::print(stderr, "millrace: {}\n", home.error().message());
  exit_code = kExitFailed;
  return nullptr;
}

}  // namespace millrace
