#include <array>

#include <fmt/format.h>

#include "flow/steps/evaluate.h"
#include "flow/steps/list.h"

namespace millrace {
namespace {

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumnExpressions,
     .summary =
         "Columns to add, or to replace where the name is there already; each sees the columns in front of the step.",
     .example = "{ full_name: \"concat(first_name, ' ', last_name)\" }",
     .required = true},
});

class WithStep final : public Step {
 public:
  struct Added {
    Program program;
    int slot;
  };
  WithStep(std::vector<Added> added, int index) : added_(std::move(added)), index_(index) {}

  void process(Batch& batch, Passage& passage) const override {
    for (const Added& added : added_) {
      std::vector<Column> columns = evaluate_step(added.program, "with", index_, batch, passage);
      batch.columns[static_cast<size_t>(added.slot)] = std::move(columns[0]);
    }
  }

  std::vector<std::string> explain() const override {
    std::vector<std::string> lines;
    for (const Added& added : added_) {
      const Field& field = added.program.fields()[0];
      lines.push_back(fmt::format("{} {} = {}", field.name, field.type.text(), added.program.explain(0)));
    }
    return lines;
  }

 private:
  std::vector<Added> added_;
  int index_;
};

std::unique_ptr<Step> make_with(const Settings& settings, StepBinding& binding) {
  std::vector<WithStep::Added> added;
  bool well = true;
  const size_t errors_before = binding.diagnostics.errors();
  for (const auto& [name, expression] : settings.node("columns").entries) {
    auto program = compile_expression(expression, binding.scope, binding.diagnostics, name.text);
    if (!program) {
      well = false;
      continue;
    }
    const Type type = program->fields()[0].type;
    added.push_back({std::move(*program), binding.scope.slots().add(name.text, type)});
  }
  if (!well || binding.diagnostics.errors() != errors_before) return nullptr;
  // Only now: the expressions of one step all see what was in front of it.
  for (const WithStep::Added& one : added) {
    const Field& field = one.program.fields()[0];
    binding.scope.put({field.name, field.type, one.slot});
  }
  return std::make_unique<WithStep>(std::move(added), binding.index);
}

}  // namespace

const StepComponent kWithStep = {.about = {.kind = ComponentKind::kStep,
                                           .name = "with",
                                           .summary = "Adds columns, or replaces some, and keeps all others.",
                                           .details = "",
                                           .shorthand = "columns",
                                           .fields = kFields,
                                           .example = "with: { country: \"upper(nat)\" }"},
                                 .make = make_with};

}  // namespace millrace
