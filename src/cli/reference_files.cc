// docs/reference/, written from what the program says of itself.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/reference.h"
#include "data/expr/spark_differences.h"
#include "flow/plan.h"

namespace millrace {
namespace {

constexpr std::string_view kNotice = "<!-- Written by ./x docs; changes here are lost. -->\n";

// Inside a table, a bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(std::string_view text) { return text.empty() ? "" : fmt::format("`{}`", cell(text)); }

std::string component_section(const Component& component) {
  std::string out = fmt::format("### {}\n\n{}\n", component.name, component.summary);
  if (!component.details.empty()) out += fmt::format("\n{}\n", component.details);
  if (!component.fields.empty()) {
    out += "\n| field | takes | default | meaning |\n|---|---|---|---|\n";
    for (const auto& [name, described] : fields_of(component)) {
      const FieldDescription& field = *described;
      out += fmt::format("| {} | {} | {} | {}{}{} |\n", code(name), cell(field_kind_text(field)),
                         field.required ? "required" : code(field.default_value), cell(field.summary),
                         field.secret ? " Never shown." : "",
                         field.example.empty() ? "" : fmt::format(" For example {}.", code(field.example)));
    }
  }
  if (!component.shorthand.empty()) {
    out += fmt::format("\nA value that is no map of these stands for `{}`.\n", component.shorthand);
  }
  return out + fmt::format("\n```yaml\n{}\n```\n\n", component.example);
}

template <typename T>
std::string kind_section(std::string_view title, std::span<const T> all) {
  std::string out = title.empty() ? "" : fmt::format("## {}\n\n", title);
  for (const T& one : all) out += component_section(one.about);
  return out;
}

std::string declarations_text() {
  std::string out = fmt::format(
      "# Topics, tables and times\n\n{}\nWhat a pipeline file says beside the sources, steps and sinks of its "
      "flows.\n\n",
      kNotice);
  for (const Component* one : all_declarations()) out += component_section(*one);
  return out;
}

std::string functions_text() {
  std::string out = fmt::format(
      "# Functions\n\n{}\nSpark SQL's, in ANSI mode: where Spark raises, the record has a fault. "
      "`millrace eval` tries them out.\n",
      kNotice);
  for (const std::string_view group : function_groups()) {
    out += fmt::format("\n## {}\n\n| function | meaning | example |\n|---|---|---|\n", group);
    for (const Function* function : reference_functions()) {
      if (function->group != group) continue;
      out += fmt::format("| {} | {} | {} |\n", code(function->signature), cell(function->summary),
                         code(function->example));
    }
  }
  return out;
}

std::string differences_text() {
  std::string out = fmt::format(
      "# Differences from Spark\n\n{}\nExpressions are Spark 4.0's scalar language in ANSI mode. Every function's "
      "cases "
      "go through real Spark (`./x parity`); these are the cases whose answers differ; no other case's does.\n",
      kNotice);
  for (const SparkDifference& difference : spark_differences()) {
    out += fmt::format("\n{}\n\n```sql\n", difference.what);
    for (const std::string_view one : difference.cases) out += fmt::format("{}\n", one);
    out += "```\n";
  }
  out += "\n## Functions of Spark that are not here\n\n| functions | why |\n|---|---|\n";
  for (const AbsentFunctions& absent : absent_functions()) {
    out += fmt::format("| {} | {} |\n", cell(absent.names), cell(absent.why));
  }
  return out + "\nAggregates and window functions belong to steps: an expression sees one record at a time.\n";
}

// Writes down what a command declares.
class DeclaredArguments final : public Arguments {
 public:
  void flag(std::string_view name, bool&, std::string_view help) override { row(name, help); }
  void option(std::string_view name, std::string&, std::string_view help) override { row(valued(name), help); }
  void option(std::string_view name, int64_t&, std::string_view help) override { row(valued(name), help); }
  void options(std::string_view name, std::vector<std::string>&, std::string_view help) override {
    row(valued(name), help);
  }
  void positional(std::string_view name, std::string&, std::string_view help, bool required) override {
    row(required ? std::string(name) : fmt::format("[{}]", name), help);
  }
  void positionals(std::string_view name, std::vector<std::string>&, std::string_view help) override {
    row(fmt::format("[{}...]", name), help);
  }
  const std::string& rows() const { return rows_; }

 private:
  static std::string valued(std::string_view name) { return fmt::format("{} VALUE", name); }
  void row(std::string_view name, std::string_view help) {
    rows_ += fmt::format("| {} | {} |\n", code(name), cell(help));
  }
  std::string rows_;
};

std::string commands_text() {
  std::string out = fmt::format("# Commands\n\n{}", kNotice);
  for (const Command& command : all_commands()) {
    DeclaredArguments arguments;
    command.declare(arguments);
    out += fmt::format("\n## millrace {}\n\n{}\n\n| argument | meaning |\n|---|---|\n{}\n    {}\n", command.name,
                       command.summary, arguments.rows(), command.example);
  }
  return out;
}

}  // namespace

std::vector<ReferenceFile> reference_files(const Catalog& catalog) {
  return {
      {"components.md", fmt::format("# Sources, steps and sinks\n\n{}\n", kNotice) +
                            kind_section("Sources", catalog.sources) + kind_section("Steps", catalog.steps) +
                            kind_section("Sinks", catalog.sinks)},
      {"systems.md", fmt::format("# Systems\n\n{}\nWhat a profile may put in the place of the embedded home, under "
                                 "`systems:`.\n\n",
                                 kNotice) +
                         kind_section("", catalog.systems)},
      {"declarations.md", declarations_text()},
      {"checks.md",
       fmt::format("# Checks\n\n{}\nWhat `expect` takes. Ready checks except `required` pass on null.\n\n", kNotice) +
           kind_section("", catalog.checks)},
      {"functions.md", functions_text()},
      {"spark-differences.md", differences_text()},
      {"commands.md", commands_text()},
      {"pipeline.schema.json", pipeline_json_schema(catalog) + "\n"}};
}

}  // namespace millrace
