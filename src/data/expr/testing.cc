#include "data/expr/testing.h"

#include <memory>

namespace millrace {

EvalResult eval(std::string_view text) {
  Batch batch;
  batch.schema = std::make_shared<const Schema>();
  batch.rows = 1;
  return eval(text, batch);
}

EvalResult eval(std::string_view text, const Batch& batch, size_t row) {
  EvalResult result;
  const auto describe = [](const ExprError& error) {
    return error.hint.empty() ? error.message : error.message + " (" + error.hint + ")";
  };
  const ParseOutcome parsed = parse_expression(text);
  if (!parsed.ok()) {
    result.error = describe(parsed.errors.front());
    return result;
  }
  const std::unique_ptr<NameResolver> names = schema_resolver(batch.schema);
  const Program::Outcome compiled = Program::compile(parsed.exprs, *names);
  if (!compiled.ok()) {
    result.error = describe(compiled.errors.front());
    return result;
  }
  const EvalContext context{.now_us = 1'795'247'223'250'000};
  const Evaluated evaluated = compiled.program->evaluate(batch, Rows::all(batch.rows), context);
  result.type = compiled.program->fields()[0].type.text();
  result.value = format_value(evaluated.columns[0], row);
  result.is_null = evaluated.columns[0].is_null(row);
  for (const ExprFault& fault : evaluated.faults) {
    if (fault.row != row) continue;
    result.subject = fault.subject;
    result.fault = fault.reason;
  }
  return result;
}

}  // namespace millrace
