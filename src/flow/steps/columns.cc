// drop and rename: they change what names mean and cost nothing at run time.
#include <array>

#include <fmt/format.h>

#include "base/spelling.h"
#include "flow/steps/list.h"

namespace millrace {
namespace {

constexpr std::array kDropFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumns,
     .summary = "The columns that do not go on.",
     .example = "[password, salt]",
     .required = true},
});

constexpr std::array kRenameFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kRenames,
     .summary = "Old name: new name.",
     .example = "{ nat: country }",
     .required = true},
});

class NamesStep final : public Step {
 public:
  explicit NamesStep(std::vector<std::string> lines) : lines_(std::move(lines)) {}
  void process(Batch&, Passage&) const override {}
  std::vector<std::string> explain() const override { return lines_; }

 private:
  std::vector<std::string> lines_;
};

void no_such_column(StepBinding& binding, Place place, const std::string& name) {
  const auto near = nearest_spelling(name, binding.scope.names());
  binding.diagnostics.error(place, fmt::format("there is no column '{}' here", name),
                            near ? fmt::format("did you mean '{}'?", *near) : "");
}

std::unique_ptr<Step> make_drop(const Settings& settings, StepBinding& binding) {
  std::vector<std::string> lines;
  const Node& node = settings.node("columns");
  const auto drop = [&](const Node& name) {
    if (!binding.scope.drop(name.text)) return no_such_column(binding, name.place, name.text);
    lines.push_back(name.text);
  };
  if (node.is_list()) {
    for (const Node& name : node.items) drop(name);
  } else {
    drop(node);
  }
  return std::make_unique<NamesStep>(std::move(lines));
}

std::unique_ptr<Step> make_rename(const Settings& settings, StepBinding& binding) {
  std::vector<std::string> lines;
  for (const auto& [from, to] : settings.node("columns").entries) {
    if (binding.scope.find(to.text) != nullptr) {
      binding.diagnostics.error(to.place, fmt::format("there is a column '{}' already", to.text), "drop it first");
    } else if (!binding.scope.rename(from.text, to.text)) {
      no_such_column(binding, from.place, from.text);
    } else {
      lines.push_back(fmt::format("{} -> {}", from.text, to.text));
    }
  }
  return std::make_unique<NamesStep>(std::move(lines));
}

}  // namespace

const StepComponent kDropStep = {.about = {.kind = ComponentKind::kStep,
                                           .name = "drop",
                                           .summary = "Takes columns away.",
                                           .details = "",
                                           .shorthand = "columns",
                                           .fields = kDropFields,
                                           .example = "drop: [nat]"},
                                 .make = make_drop};

const StepComponent kRenameStep = {.about = {.kind = ComponentKind::kStep,
                                             .name = "rename",
                                             .summary = "Gives columns other names.",
                                             .details = "",
                                             .shorthand = "columns",
                                             .fields = kRenameFields,
                                             .example = "rename: { nat: country }"},
                                   .make = make_rename};

}  // namespace millrace
