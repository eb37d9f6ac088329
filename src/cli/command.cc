#include "cli/command.h"

#include <algorithm>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/spelling.h"
#include "cli/exit_code.h"
#include "cli/version.h"

namespace millrace {
namespace {

class CliArguments final : public Arguments {
 public:
  explicit CliArguments(CLI::App& app) : app_(app) {}

  void flag(std::string_view name, bool& value, std::string_view help) override {
    app_.add_flag(std::string(name), value, std::string(help));
  }
  void option(std::string_view name, std::string& value, std::string_view help) override {
    app_.add_option(std::string(name), value, std::string(help));
  }
  void option(std::string_view name, int64_t& value, std::string_view help) override {
    app_.add_option(std::string(name), value, std::string(help));
  }
  void options(std::string_view name, std::vector<std::string>& values, std::string_view help) override {
    app_.add_option(std::string(name), values, std::string(help))->allow_extra_args(false);
  }
  void positional(std::string_view name, std::string& value, std::string_view help, bool required) override {
    app_.add_option(std::string(name), value, std::string(help))->required(required);
  }
  void positionals(std::string_view name, std::vector<std::string>& values, std::string_view help) override {
    app_.add_option(std::string(name), values, std::string(help));
  }

 private:
  CLI::App& app_;
};

int unknown_command(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Command& command : all_commands()) names.push_back(command.name);
  const auto near = nearest_spelling(word, names);
  fmt::print(stderr, "millrace: there is no command '{}'{}\n", word,
             near ? fmt::format("; did you mean '{}'?", *near) : "; `millrace --help` lists them");
  return kExitUsage;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("millrace runs a data pipeline from one YAML file.", "millrace");
  app.set_version_flag("--version", std::string(kVersion));
  app.require_subcommand(0, 1);
  std::vector<std::pair<CLI::App*, std::function<int()>>> commands;
  for (const Command& command : all_commands()) {
    CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.summary));
    if (!command.example.empty()) sub->footer(fmt::format("Example:\n  {}", command.example));
    CliArguments arguments(*sub);
    commands.emplace_back(sub, command.declare(arguments));
  }
  const auto is_first_word = [&](const Command& command) { return command.name == argv[1]; };
  const std::span<const Command> known = all_commands();
  if (argc > 1 && argv[1][0] != '-' && std::none_of(known.begin(), known.end(), is_first_word)) {
    return unknown_command(argv[1]);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kExitOk : kExitUsage;
  }
  for (const auto& [sub, run] : commands) {
    if (sub->parsed()) return run();
  }
  fmt::print("{}", app.help());
  return kExitOk;
}

}  // namespace millrace
