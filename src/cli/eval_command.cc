#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "data/formats/json_reader.h"
#include "data/formats/json_writer.h"
#include "data/utf8.h"
#include "flow/scope.h"

namespace millrace {
namespace {

struct EvalArguments {
  std::string expression;
  std::string record;
  bool json = false;
};

int mistake(const EvalArguments& arguments, const std::vector<ExprError>& errors) {
  if (arguments.json) {
    auto all = nlohmann::ordered_json::array();
    for (const ExprError& error : errors) {
      all.push_back({{"begin", error.begin}, {"end", error.end}, {"message", error.message}, {"hint", error.hint}});
    }
    fmt::print("{}\n", nlohmann::ordered_json{{"errors", std::move(all)}}.dump());
    return kExitUsage;
  }
  const std::string_view text = arguments.expression;
  for (const ExprError& error : errors) {
    const size_t begin = std::min(error.begin, text.size());
    const size_t end = std::clamp(error.end, begin, text.size());
    const size_t length = std::max<size_t>(1, count_chars(text.substr(begin, end - begin)));
    fmt::print(stderr, "millrace: error: {}\n", error.message);
    if (text.find('\n') == std::string_view::npos) {
      fmt::print(stderr, "  {}\n  {}{}\n", text, std::string(count_chars(text.substr(0, begin)), ' '),
                 std::string(length, '^'));
    }
    if (!error.hint.empty()) fmt::print(stderr, "  hint: {}\n", error.hint);
  }
  return kExitUsage;
}

// Without a record there is no column at all; who names one wants to give it.
std::vector<ExprError> with_record_hint(std::vector<ExprError> errors, const EvalArguments& arguments) {
  for (ExprError& error : errors) {
    if (!arguments.record.empty() || !error.hint.empty() || !error.message.starts_with("there is no column")) continue;
    error.hint = "give a record that has it, for example --record '{\"name\": \"Ada\"}'";
  }
  return errors;
}

// The record's columns that the expression asked for.
bool fill(Batch& batch, const Slots& slots, const EvalArguments& arguments) {
  Origin origin;
  origin.bytes = Buffer(arguments.record.size());
  std::copy(arguments.record.begin(), arguments.record.end(), origin.bytes.as<char>());
  origin.begin = {0};
  origin.end = {static_cast<uint32_t>(arguments.record.size())};
  std::vector<ReadColumn> columns;
  for (const SourceColumn& column : slots.source_columns) columns.push_back({column.path, column.type});
  ReadOutcome outcome = JsonReader(columns).read(origin);
  if (!outcome.faults.empty()) {
    fmt::print(stderr, "millrace: the record cannot be read: {}\n", outcome.faults[0].reason);
    return false;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    batch.columns[static_cast<size_t>(slots.source_columns[i].slot)] = std::move(outcome.columns[i]);
  }
  return true;
}

int evaluate(const EvalArguments& arguments) {
  const ParseOutcome parsed = parse_expression(arguments.expression);
  if (!parsed.ok()) return mistake(arguments, parsed.errors);
  Slots slots;
  Scope scope(slots, SourceSchema{.declared = {}, .open = !arguments.record.empty()});
  const Program::Outcome outcome = Program::compile(parsed.exprs, scope);
  if (!outcome.ok()) return mistake(arguments, with_record_hint(outcome.errors, arguments));
  if (!slots.meta_columns.empty()) {
    return mistake(arguments, {{.begin = 0,
                                .end = arguments.expression.size(),
                                .message = "_meta belongs to a record that a flow has read",
                                .hint = "use it in a pipeline file"}});
  }
  Batch batch;
  batch.rows = 1;
  batch.columns.resize(slots.schema.fields.size());
  if (!arguments.record.empty() && !fill(batch, slots, arguments)) return kExitFailed;
  const EvalContext context{.now_us = SystemClock().wall_us(), .seed = 0};
  const Evaluated evaluated = outcome.program->evaluate(batch, Rows::all(1), context);
  const std::string type = outcome.program->fields()[0].type.text();
  if (!evaluated.faults.empty()) {
    const ExprFault& fault = evaluated.faults[0];
    if (arguments.json) {
      const nlohmann::ordered_json out = {{"type", type}, {"fault", {{"in", fault.subject}, {"reason", fault.reason}}}};
      fmt::print("{}\n", out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    } else {
      fmt::print("fault: {}: {}\n", fault.subject, fault.reason);
    }
    return kExitFailed;
  }
  const Column& value = evaluated.columns[0];
  if (arguments.json) {
    fmt::print("{{\"type\":{},\"value\":{}}}\n", nlohmann::json(type).dump(), json_value(value, 0));
  } else {
    fmt::print("{}  ({})\n", format_value(value, 0), type);
  }
  return kExitOk;
}

std::function<int()> declare(Arguments& arguments) {
  auto eval = std::make_shared<EvalArguments>();
  arguments.positional("expression", eval->expression, "a Spark SQL expression", true);
  arguments.option("--record", eval->record, "a JSON object whose fields the expression may name");
  arguments.flag("--json", eval->json, "print JSON, for machines");
  return [eval] { return evaluate(*eval); };
}

}  // namespace

const Command kEvalCommand = {
    .name = "eval",
    .summary = "Print the value of an expression, its type, or why it is a fault.",
    .example = "millrace eval \"upper(name.first)\" --record '{\"name\":{\"first\":\"Ada\"}}'",
    .declare = declare};

}  // namespace millrace
