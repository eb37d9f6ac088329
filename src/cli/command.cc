#include "cli/command.h"

#include <algorithm>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/assert.h"
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

// The first words of all commands, or with a group the second words of its own.
std::vector<std::string_view> words_of_commands(std::string_view group) {
  std::vector<std::string_view> words;
  for (const Command& command : all_commands()) {
    const size_t space = command.name.find(' ');
    if (group.empty()) {
      words.push_back(command.name.substr(0, space));
    } else if (space != std::string_view::npos && command.name.substr(0, space) == group) {
      words.push_back(command.name.substr(space + 1));
    }
  }
  return words;
}

bool is_among(std::string_view word, const std::vector<std::string_view>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

int unknown_command(std::string_view word) {
  const std::vector<std::string_view> names = words_of_commands("");
  const auto near = nearest_spelling(word, names);
  fmt::print(stderr, "millrace: there is no command '{}'{}\n", word,
             near ? fmt::format("; did you mean '{}'?", *near) : "; `millrace --help` lists them");
  return kExitUsage;
}

// "millrace run [OPTIONS] file"; the rest is in --help.
std::string usage_of(const CLI::App& command, const std::string& where) {
  std::string out = where + " [OPTIONS]";
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = option->get_name(true, false);
    out += option->get_required() ? " " + name : fmt::format(" [{}]", name);
  }
  return fmt::format("{}; `{} --help` says more", out, where);
}

// Of the words that a command has no place for, the one that tells most: an option that is not there leaves its value
// over too.
std::string unexpected_word(const CLI::App& app) {
  const std::vector<std::string> words = app.remaining();
  MILLRACE_ASSERT(!words.empty(), "there is no word too many");
  const auto option = std::ranges::find_if(words, [](const std::string& word) { return word.starts_with('-'); });
  return option == words.end() ? words.front() : *option;
}

int misread(const CLI::ParseError& error, const CLI::App& app) {
  const CLI::App* innermost = &app;
  std::string where = "millrace";
  while (!innermost->get_subcommands().empty()) {
    innermost = innermost->get_subcommands()[0];
    where += " " + innermost->get_name();
  }
  const CLI::App& of = *innermost;
  const std::string message = error.what();
  std::string told = message;
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::string word = unexpected_word(of);
    std::vector<std::string> names;
    for (const CLI::Option* option : of.get_options()) names.push_back(option->get_name(false, false));
    const auto near = nearest_spelling(word, names);
    told = word.starts_with('-') ? fmt::format("there is no option '{}'", word)
                                 : fmt::format("'{}' is one word too many", word);
    if (near) told += fmt::format("; did you mean '{}'?", *near);
  } else if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    told = fmt::format("{} is missing", message.substr(0, message.find(" is required")));
  }
  fmt::print(stderr, "{}: {}\nusage: {}\n", where, told, usage_of(of, where));
  return kExitUsage;
}

CLI::App* add_command(CLI::App& app, const Command& command) {
  const size_t space = command.name.find(' ');
  CLI::App* parent = &app;
  if (space != std::string_view::npos) {
    const std::string group(command.name.substr(0, space));
    const auto made = app.get_subcommands([&](const CLI::App* one) { return one->get_name() == group; });
    if (!made.empty()) {
      parent = made[0];
    } else {
      const std::span<const CommandGroup> groups = command_groups();
      const auto known = std::find_if(groups.begin(), groups.end(), [&](const auto& one) { return one.name == group; });
      MILLRACE_ASSERT(known != groups.end(), "the group of a command is in the list");
      parent = app.add_subcommand(group, std::string(known->summary))->require_subcommand(1);
    }
  }
  return parent->add_subcommand(
      std::string(space == std::string_view::npos ? command.name : command.name.substr(space + 1)),
      std::string(command.summary));
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("millrace runs a data pipeline from one YAML file.", "millrace");
  app.set_version_flag("--version", std::string(kVersion));
  app.require_subcommand(0, 1);
  std::vector<std::pair<CLI::App*, std::function<int()>>> commands;
  for (const Command& command : all_commands()) {
    CLI::App* sub = add_command(app, command);
    if (!command.example.empty()) sub->footer(fmt::format("Example:\n  {}", command.example));
    CliArguments arguments(*sub);
    commands.emplace_back(sub, command.declare(arguments));
  }
  if (argc > 1 && argv[1][0] != '-' && !is_among(argv[1], words_of_commands(""))) return unknown_command(argv[1]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    app.exit(asked);
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    return misread(error, app);
  }
  for (const auto& [sub, run] : commands) {
    if (sub->parsed()) return run();
  }
  fmt::print("{}", app.help());
  return kExitOk;
}

}  // namespace millrace
