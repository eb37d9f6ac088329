#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// How a command says what it takes on the command line. The values must live until the command has run.
class Arguments {
 public:
  virtual ~Arguments() = default;
  virtual void flag(std::string_view name, bool& value, std::string_view help) = 0;           // "--json"
  virtual void option(std::string_view name, std::string& value, std::string_view help) = 0;  // "-o,--output"
  virtual void option(std::string_view name, int64_t& value, std::string_view help) = 0;
  virtual void options(std::string_view name, std::vector<std::string>& values, std::string_view help) = 0;
  // Without dashes: what stands at its place; required or not.
  virtual void positional(std::string_view name, std::string& value, std::string_view help, bool required) = 0;
  virtual void positionals(std::string_view name, std::vector<std::string>& values, std::string_view help) = 0;
};

// Declares its arguments and gives back what to run once they are read; that gives the exit code.
struct Command {
  std::string_view name;  // "topic tail": of the group "topic"
  std::string_view summary;
  std::string_view example;  // one command line, shown by --help and in the reference
  std::function<int()> (*declare)(Arguments& arguments);
};

// What commands of two words have in common.
struct CommandGroup {
  std::string_view name;
  std::string_view summary;
};
std::span<const CommandGroup> command_groups();  // list.cc

// All commands, in the order of the help; list.cc.
std::span<const Command> all_commands();

// Reads the command line and runs what it names; gives the exit code. Mistakes get a hint.
int run_command_line(int argc, char** argv);

}  // namespace millrace
