#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "base/files.h"
#include "base/spelling.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/reference.h"
#include "cli/table.h"
#include "connect/list.h"

namespace millrace {
namespace {

constexpr size_t kSummaryWidthMin = 20;
// Declarations are all told as one kind.
constexpr std::array kKinds = {ComponentKind::kTopic, ComponentKind::kSource, ComponentKind::kStep,
                               ComponentKind::kCheck, ComponentKind::kSink,   ComponentKind::kSystem};

struct HelpArguments {
  std::vector<std::string> words;
  std::string markdown;
  bool json = false;
};

std::string plural(ComponentKind kind) { return std::string(component_kind_name(kind)) + "s"; }

void print_list(const std::vector<std::pair<std::string_view, std::string_view>>& lines) {
  size_t width = 0;
  for (const auto& line : lines) width = std::max(width, line.first.size());
  width = std::min(width, terminal_width() / 2);
  const size_t room = std::max(kSummaryWidthMin, terminal_width() - std::min(terminal_width(), width + 4));
  for (const auto& [name, summary] : lines) {
    std::string_view left = name;
    if (name.size() > width) {  // it has a line of its own
      fmt::print("  {}\n", name);
      left = "";
    }
    for (const std::string& line : wrapped(summary, room)) {
      fmt::print("  {:<{}}  {}\n", left, width, line);
      left = "";
    }
  }
}

void print_paragraph(std::string_view text, std::string_view indent) {
  for (const std::string& line : wrapped(text, terminal_width() - indent.size())) fmt::print("{}{}\n", indent, line);
}

// Declarations, then what the catalog has.
std::vector<const Component*> everything(const Catalog& catalog) {
  std::vector<const Component*> all(all_declarations().begin(), all_declarations().end());
  for (const Component* one : catalog.components()) all.push_back(one);
  return all;
}

std::vector<const Component*> all_of_kind(const Catalog& catalog, ComponentKind kind) {
  std::vector<const Component*> all = everything(catalog);
  std::erase_if(all, [&](const Component* one) { return component_kind_name(one->kind) != component_kind_name(kind); });
  return all;
}

void list_components(const Catalog& catalog, ComponentKind kind) {
  std::vector<std::pair<std::string_view, std::string_view>> lines;
  for (const Component* one : all_of_kind(catalog, kind)) lines.emplace_back(one->name, one->summary);
  fmt::print("{}\n", plural(kind));
  print_list(lines);
}

void list_functions(std::string_view group) {
  std::vector<std::pair<std::string_view, std::string_view>> lines;
  for (const Function* one : reference_functions()) {
    if (one->group == group) lines.emplace_back(one->signature, one->summary);
  }
  fmt::print("{} functions\n", group);
  print_list(lines);
}

void overview(const Catalog& catalog) {
  for (const ComponentKind kind : kKinds) list_components(catalog, kind);
  fmt::print("functions\n");
  print_paragraph(fmt::format("{}", fmt::join(function_groups(), ", ")), "  ");
  fmt::print("\n");
  print_paragraph(
      "`millrace help NAME` says all about one of them, `millrace help functions GROUP` lists functions, `millrace "
      "--help` lists the commands.",
      "");
}

void print_json(const std::vector<std::string>& objects) { fmt::print("[{}]\n", fmt::join(objects, ",\n ")); }

// Everything whose name is `word`: a file is a source and a sink.
std::vector<std::string> descriptions(const Catalog& catalog, std::string_view word, bool json) {
  std::vector<std::string> found;
  for (const Component* one : everything(catalog)) {
    if (one->name == word) found.push_back(json ? describe_json(*one) : describe(*one));
  }
  for (const Function* one : reference_functions()) {
    if (one->name == word) found.push_back(json ? describe_json(*one) : describe(*one));
  }
  return found;
}

int unknown(const Catalog& catalog, std::string_view word) {
  std::vector<std::string_view> names = {"functions"};
  for (const Component* one : everything(catalog)) names.push_back(one->name);
  for (const Function* one : reference_functions()) names.push_back(one->name);
  const auto near = nearest_spelling(word, names);
  fmt::print(stderr, "millrace: there is no component or function '{}'{}\n", word,
             near ? fmt::format("; did you mean '{}'?", *near) : "; `millrace help` lists them");
  return kExitUsage;
}

int help_functions(const HelpArguments& arguments) {
  const std::vector<std::string_view> groups = function_groups();
  if (arguments.words.size() > 1 && std::find(groups.begin(), groups.end(), arguments.words[1]) == groups.end()) {
    fmt::print(stderr, "millrace: there is no group of functions '{}'; there are: {}\n", arguments.words[1],
               fmt::join(groups, ", "));
    return kExitUsage;
  }
  std::vector<std::string> objects;
  for (const std::string_view group : groups) {
    if (arguments.words.size() > 1 && arguments.words[1] != group) continue;
    if (!arguments.json) list_functions(group);
    for (const Function* one : reference_functions()) {
      if (one->group == group) objects.push_back(describe_json(*one));
    }
  }
  if (arguments.json) print_json(objects);
  return kExitOk;
}

int help(const HelpArguments& arguments) {
  const Catalog catalog = full_catalog();
  if (arguments.words.empty() && !arguments.json) {
    overview(catalog);
    return kExitOk;
  }
  if (!arguments.words.empty() && arguments.words[0] == "functions") return help_functions(arguments);
  std::vector<std::string> objects;
  for (const ComponentKind kind : kKinds) {
    if (!arguments.words.empty() && arguments.words[0] != plural(kind)) continue;
    if (!arguments.json) list_components(catalog, kind);
    for (const Component* one : all_of_kind(catalog, kind)) objects.push_back(describe_json(*one));
  }
  const std::span<const Command> commands = all_commands();
  const auto is_meant = [&](const Command& one) { return !arguments.words.empty() && one.name == arguments.words[0]; };
  if (std::any_of(commands.begin(), commands.end(), is_meant) && !arguments.json) {
    std::array<std::string, 3> words = {"millrace", arguments.words[0], "--help"};
    std::array<char*, 4> argv = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    return run_command_line(3, argv.data());
  }
  if (objects.empty()) {
    objects = descriptions(catalog, arguments.words[0], arguments.json);
    if (objects.empty()) return unknown(catalog, arguments.words[0]);
    if (!arguments.json) fmt::print("{}", fmt::join(objects, "\n"));
  }
  if (arguments.json) print_json(objects);
  return kExitOk;
}

int write_reference(const std::string& directory) {
  const auto files = real_file_system();
  for (const ReferenceFile& reference : reference_files(full_catalog())) {
    const std::string path = join_path(directory, reference.name);
    const auto write = [&]() -> Status {
      TRY(file, files->create(path));
      TRY_STATUS(file->append(reference.text));
      return file->close();
    };
    if (const Status status = write(); !status.ok()) {
      fmt::print(stderr, "millrace: {}\n", status.error().message());
      return kExitFailed;
    }
  }
  return kExitOk;
}

std::function<int()> declare(Arguments& arguments) {
  auto help_arguments = std::make_shared<HelpArguments>();
  arguments.positionals("name", help_arguments->words,
                        "a component, a function, an operator; or: declarations, sources, steps, checks, sinks, "
                        "functions [GROUP]");
  arguments.option("--markdown", help_arguments->markdown, "write the reference as files into this folder");
  arguments.flag("--json", help_arguments->json, "print JSON, for machines");
  return [help_arguments] {
    return help_arguments->markdown.empty() ? help(*help_arguments) : write_reference(help_arguments->markdown);
  };
}

}  // namespace

const Command kHelpCommand = {.name = "help",
                              .summary = "Say what a component or a function is for, what it takes, with an example.",
                              .example = "millrace help expect",
                              .declare = declare};

}  // namespace millrace
