#include <array>

#include "flow/steps/evaluate.h"
#include "flow/steps/list.h"

namespace millrace {
namespace {

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "condition",
     .kind = FieldKind::kExpression,
     .summary = "Records for which it is TRUE go on; the others are counted as filtered.",
     .example = "nat IN ('FR', 'DE')",
     .required = true},
});

class WhereStep final : public Step {
 public:
  WhereStep(Program program, int index) : program_(std::move(program)), index_(index) {}

  void process(Batch& batch, Passage& passage) const override {
    const std::vector<Column> columns = evaluate_step(program_, "where", index_, batch, passage);
    passage.filter(batch, true_rows(columns[0], batch));
  }

  std::vector<std::string> explain() const override { return {program_.explain(0)}; }

 private:
  Program program_;
  int index_;
};

std::unique_ptr<Step> make_where(const Settings& settings, StepBinding& binding) {
  auto program = compile_condition(settings.node("condition"), binding.scope, binding.diagnostics);
  if (!program) return nullptr;
  return std::make_unique<WhereStep>(std::move(*program), binding.index);
}

}  // namespace

const StepComponent kWhereStep = {
    .about = {.kind = ComponentKind::kStep,
              .name = "where",
              .summary = "Lets only some records go on; the rest are filtered, not faults.",
              .details = "NULL is not TRUE. To keep what does not pass as a fault, use `expect`.",
              .shorthand = "condition",
              .fields = kFields,
              .example = "where: \"nat IN ('FR', 'DE')\""},
    .make = make_where};

}  // namespace millrace
