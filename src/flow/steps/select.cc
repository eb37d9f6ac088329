#include <array>
#include <set>

#include <fmt/format.h>

#include "flow/steps/evaluate.h"
#include "flow/steps/list.h"

namespace millrace {
namespace {

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kSelectList,
     .summary = "The columns there are behind this step: a Spark SQL select list.",
     .example = "name.first AS first_name, upper(nat) AS country",
     .required = true},
});

class SelectStep final : public Step {
 public:
  SelectStep(Program program, std::vector<int> slots, int index)
      : program_(std::move(program)), slots_(std::move(slots)), index_(index) {}

  void process(Batch& batch, Passage& passage) const override {
    std::vector<Column> columns = evaluate_step(program_, "select", index_, batch, passage);
    for (size_t i = 0; i < columns.size(); ++i) batch.columns[static_cast<size_t>(slots_[i])] = std::move(columns[i]);
  }

  std::vector<std::string> explain() const override {
    std::vector<std::string> lines;
    for (size_t i = 0; i < slots_.size(); ++i) {
      const Field& field = program_.fields()[i];
      lines.push_back(fmt::format("{} {} = {}", field.name, field.type.text(), program_.explain(i)));
    }
    return lines;
  }

 private:
  Program program_;
  std::vector<int> slots_;
  int index_;
};

std::unique_ptr<Step> make_select(const Settings& settings, StepBinding& binding) {
  const Node& text = settings.node("columns");
  auto program = compile_select_list(text, binding.scope, binding.diagnostics);
  if (!program) return nullptr;
  std::vector<VisibleColumn> columns;
  std::vector<int> slots;
  std::set<std::string> names;
  for (const Field& field : program->fields()) {
    if (!names.insert(field.name).second) {
      binding.diagnostics.error(text.place, fmt::format("two columns are called '{}'", field.name),
                                "give one of them another name with AS");
    }
    const int slot = binding.scope.slots().add(field.name, field.type);
    columns.push_back({field.name, field.type, slot});
    slots.push_back(slot);
  }
  binding.scope.close(std::move(columns));
  return std::make_unique<SelectStep>(std::move(*program), std::move(slots), binding.index);
}

}  // namespace

const StepComponent kSelectStep = {
    .about =
        {.kind = ComponentKind::kStep,
         .name = "select",
         .summary = "Shapes records: computes the columns that go on, all others end here.",
         .details =
             "The list is Spark SQL in ANSI mode. A value that Spark would raise on sends its record to quarantine.",
         .shorthand = "columns",
         .fields = kFields,
         .example = "select: |\n  login.uuid AS id,\n  upper(nat) AS country"},
    .make = make_select};

}  // namespace millrace
