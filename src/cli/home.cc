#include "cli/home.h"

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "connect/changes/prepare.h"

namespace millrace {
namespace {

constexpr int64_t kWaitForLockUs = 2'000'000;
constexpr auto kLookAgain = std::chrono::milliseconds(20);

// Commands hold a home for a moment only: whoever meets one waits.
Result<std::unique_ptr<Home>> open_when_free(const HomeOptions& options, FileSystem& files, const Clock& clock) {
  const int64_t end_us = clock.monotonic_us() + kWaitForLockUs;
  while (true) {
    auto home = Home::open(options, files, clock);
    if (home.ok() || home.error().code() != ErrorCode::kAlreadyExists || clock.monotonic_us() >= end_us) return home;
    std::this_thread::sleep_for(kLookAgain);
  }
}

void declare_profile(Arguments& arguments, std::string& profile) {
  arguments.option("--profile", profile,
                   "a profile of the file: what is on its systems counts too, where nothing is up");
}

}  // namespace

void HomeArguments::declare(Arguments& arguments) {
  arguments.option("--data", directory,
                   "the directory of topics and tables; .millrace beside the pipeline file if not said");
}

void HomeArguments::declare_with_file(Arguments& arguments) {
  arguments.positional("file", file, "a pipeline file: its data directory", false);
  declare_profile(arguments, profile);
  declare(arguments);
}

void HomeArguments::declare_with_file_option(Arguments& arguments) {
  arguments.option("--file", file, "a pipeline file: its data directory");
  declare_profile(arguments, profile);
  declare(arguments);
}

std::string HomeArguments::existing() const {
  if (!directory.empty()) return directory;
  return file.empty() ? std::string(kHomeDirectory) : join_path(directory_of(file), kHomeDirectory);
}

Result<std::unique_ptr<Home>> open_existing_home(const HomeArguments& arguments, FileSystem& files,
                                                 const Clock& clock) {
  const std::string directory = arguments.existing();
  if (!files.is_directory(directory)) {
    return Error(
        ErrorCode::kNotFound,
        fmt::format("there is no data directory {}; run a pipeline first, or say where it is with --data", directory));
  }
  return open_when_free({.directory = directory}, files, clock);
}

Result<std::unique_ptr<Home>> open_home(const std::string& directory, FileSystem& files, const Clock& clock) {
  return open_when_free({.directory = directory}, files, clock);
}

std::unique_ptr<Home> open_home_or_explain(const HomeArguments& arguments,
                                           const std::vector<const PipelinePlan*>& plans, FileSystem& files,
                                           const Clock& clock, int& exit_code) {
  auto home =
      open_home(arguments.directory.empty() ? default_home_directory(*plans[0]) : arguments.directory, files, clock);
  Status status = home.ok() ? Status() : home.error();
  if (status.ok()) status = prepare_home(**home, plans, clock);
  if (status.ok()) return std::move(*home);
  fmt::print(stderr, "millrace: {}\n", status.error().message());
  exit_code = kExitFailed;
  return nullptr;
}

}  // namespace millrace
