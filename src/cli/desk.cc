#include "cli/desk.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "connect/list.h"
#include "doors/admin/admin_client.h"

namespace millrace {
namespace {

// The home was not in use: it is opened to answer.
class OwnDesk final : public Desk {
 public:
  OwnDesk(std::unique_ptr<FileSystem> files, std::unique_ptr<Home> home, const Clock& clock,
          const std::atomic<bool>& stop)
      : files_(std::move(files)), home_(std::move(home)), catalog_(full_catalog()), clock_(clock), stop_(stop) {}

  // What is asked is about this pipeline too.
  void take_along(std::unique_ptr<PipelinePlan> plan) {
    plan_ = std::move(plan);
    plans_ = {plan_.get()};
  }

  Status ask(std::string_view action, const AdminArguments& arguments, const TakeText& take) override {
    const AdminAction* const known = find_admin_action(action);
    MILLRACE_ASSERT(known != nullptr, "commands ask for what there is");
    const AdminRoom room{
        .home = *home_, .clock = clock_, .files = *files_, .catalog = catalog_, .stop = stop_, .plans = plans_};
    return known->answer(room, arguments, take);
  }

 private:
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<Home> home_;
  Catalog catalog_;
  const Clock& clock_;
  const std::atomic<bool>& stop_;
  std::unique_ptr<PipelinePlan> plan_;  // may be absent
  std::vector<const PipelinePlan*> plans_;
};

class RunningDesk final : public Desk {
 public:
  explicit RunningDesk(std::unique_ptr<AdminClient> client) : client_(std::move(client)) {}

  Status ask(std::string_view action, const AdminArguments& arguments, const TakeText& take) override {
    return client_->ask(action, arguments, take);
  }

 private:
  std::unique_ptr<AdminClient> client_;
};

int exit_code_of(const Status& status) {
  if (status.ok()) return kExitOk;
  if (status.error().code() == ErrorCode::kCancelled) return kExitInterrupted;
  fmt::print(stderr, "millrace: {}\n", status.error().message());
  return status.error().code() == ErrorCode::kInvalidArgument ? kExitUsage : kExitFailed;
}

Status ask(const HomeArguments& arguments, std::string_view action, const AdminArguments& said, const TakeText& take) {
  const SystemClock clock;
  TRY(desk, Desk::open(arguments, clock, catch_interrupts()));
  return desk->ask(action, said, take);
}

// The pipeline on the systems of a profile, where one is asked about.
Result<std::unique_ptr<PipelinePlan>> on_profile(const HomeArguments& arguments) {
  if (arguments.profile.empty()) return std::unique_ptr<PipelinePlan>();
  if (arguments.file.empty()) {
    return Error(ErrorCode::kInvalidArgument, "--profile is one of a pipeline file: say which one");
  }
  LoadOutcome outcome = load_pipeline(arguments.file, full_catalog(), {.profile = arguments.profile});
  if (outcome.plan != nullptr) return std::move(outcome.plan);
  return Error(ErrorCode::kInvalidSpec,
               fmt::format("{} has mistakes:\n{}", arguments.file, render_diagnostics(outcome, false)));
}

}  // namespace

Result<std::unique_ptr<Desk>> Desk::open(const HomeArguments& arguments, const Clock& clock,
                                         const std::atomic<bool>& stop) {
  if (auto client = AdminClient::find(arguments.existing(), stop)) {
    return std::unique_ptr<Desk>(std::make_unique<RunningDesk>(std::move(client)));
  }
  auto files = real_file_system(&stop);
  TRY(plan, on_profile(arguments));
  // What is on systems may be asked for where nothing has ever run.
  auto home =
      plan == nullptr ? open_existing_home(arguments, *files, clock) : open_home(arguments.existing(), *files, clock);
  if (!home.ok()) {
    // Somebody has it by now: a process that was about to be up.
    if (auto client = AdminClient::find(arguments.existing(), stop)) {
      return std::unique_ptr<Desk>(std::make_unique<RunningDesk>(std::move(client)));
    }
    return home.error();
  }
  auto own = std::make_unique<OwnDesk>(std::move(files), std::move(*home), clock, stop);
  if (plan != nullptr) own->take_along(std::move(plan));
  return std::unique_ptr<Desk>(std::move(own));
}

int ask_and_show(const HomeArguments& arguments, std::string_view action, const AdminArguments& said,
                 const std::function<void(const nlohmann::ordered_json&)>& show) {
  std::string waiting;  // a line that has not come whole
  return exit_code_of(ask(arguments, action, said, [&](std::string_view text) -> Status {
    waiting += text;
    size_t begin = 0;
    for (size_t end = waiting.find('\n'); end != std::string::npos; end = waiting.find('\n', begin)) {
      const auto value = nlohmann::ordered_json::parse(waiting.substr(begin, end - begin), nullptr, false);
      if (value.is_discarded())
        return Error(ErrorCode::kCorruption, "the running process gave an answer that is no JSON");
      show(value);
      begin = end + 1;
    }
    waiting.erase(0, begin);
    return {};
  }));
}

int ask_and_print(const HomeArguments& arguments, std::string_view action, const AdminArguments& said) {
  return exit_code_of(ask(arguments, action, said, [](std::string_view text) -> Status {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    return {};
  }));
}

}  // namespace millrace
