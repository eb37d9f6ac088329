#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/exit_code.h"
#include "cli/load.h"

namespace millrace {
namespace {

struct DoctorArguments {
  HomeArguments home;
  bool json = false;
};

std::string mark(std::string_view state, bool color) {
  const std::string_view code = state == "ok" ? "\x1b[32m" : state == "warning" ? "\x1b[33m" : "\x1b[31m";
  return color ? fmt::format("{}{:<8}\x1b[0m", code, state) : fmt::format("{:<8}", state);
}

// Ends with 1 when there is a problem, so that a script can ask.
int examine(const DoctorArguments& arguments) {
  bool problems = false;
  const int exit_code = ask_and_show(arguments.home, "doctor", {}, [&](const nlohmann::ordered_json& finding) {
    const std::string state = finding.at("state").get<std::string>();
    problems = problems || state == "problem";
    if (arguments.json) {
      fmt::print("{}\n", finding.dump());
      return;
    }
    fmt::print("{} {}: {}\n", mark(state, stdout_has_colors()), finding.at("part").get<std::string>(),
               finding.at("text").get<std::string>());
    const std::string todo = finding.at("todo").get<std::string>();
    if (!todo.empty()) fmt::print("         {}\n", todo);
  });
  return exit_code == kExitOk && problems ? static_cast<int>(kExitFailed) : exit_code;
}

std::function<int()> declare(Arguments& arguments) {
  auto doctor = std::make_shared<DoctorArguments>();
  doctor->home.declare_with_file_option(arguments);
  arguments.flag("--json", doctor->json, "print a JSON object a finding");
  return [doctor] { return examine(*doctor); };
}

}  // namespace

const Command kDoctorCommand = {.name = "doctor",
                                .summary = "Look at every part of a home, and say what to do about what is not well.",
                                .example = "millrace doctor",
                                .declare = declare};

}  // namespace millrace
