// required, unique: properties of values of any type.
#include <array>
#include <string>
#include <unordered_set>

#include <fmt/format.h>

#include "flow/checks/column_check.h"
#include "flow/checks/list.h"

namespace millrace {
namespace {

constexpr size_t kUniqueValuesMax = 50'000'000;

constexpr std::array kColumnsField = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumns,
     .summary = "The columns that are checked.",
     .example = "[id]",
     .required = true},
});

template <typename T>
std::vector<std::unique_ptr<Check>> make_each(const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
  std::vector<std::unique_ptr<Check>> checks;
  for (const Node* name : column_names(settings)) {
    if (const auto column = checked_column(*name, scope, diagnostics)) checks.push_back(std::make_unique<T>(*column));
  }
  return checks;
}

class RequiredCheck final : public ColumnCheck {
 public:
  explicit RequiredCheck(const VisibleColumn& column) : ColumnCheck("required", column) {}

  void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const override {
    const Column& column = column_of(batch);
    if (!column.may_have_nulls()) return;
    rows.for_each([&](size_t row) {
      if (column.is_null(row)) faults.push_back({.row = static_cast<uint32_t>(row), .reason = "it has no value"});
    });
  }
};

class UniqueCheck final : public OrderedCheck {
 public:
  explicit UniqueCheck(const VisibleColumn& column)
      : name_("unique " + column.name), slot_(static_cast<size_t>(column.slot)) {}
  std::string name() const override { return name_; }
  std::string explain() const override { return name_; }
  std::unique_ptr<StepMemory> start() const override { return std::make_unique<Seen>(); }

  void run_in_turn(const Batch& batch, const Rows& rows, const std::vector<bool>& good, StepMemory& memory,
                   std::vector<Fault>& faults) const override {
    auto& seen = static_cast<Seen&>(memory).values;
    const Column& column = batch.columns[slot_];
    for_each_value(column, rows, [&](size_t row) {
      std::string value = format_value(column, row);
      const auto at = static_cast<uint32_t>(row);
      if (seen.contains(value)) {
        faults.push_back({.row = at, .reason = fmt::format("{} was there before", shown_value(value))});
      } else if (seen.size() >= kUniqueValuesMax) {
        faults.push_back({.row = at, .reason = fmt::format("more than {} values are not compared", kUniqueValuesMax)});
      } else if (good[row]) {
        seen.insert(std::move(value));
      }
    });
  }

 private:
  struct Seen final : StepMemory {
    std::unordered_set<std::string> values;
  };
  std::string name_;
  size_t slot_;
};

}  // namespace

const CheckComponent kRequiredCheck = {.about = {.kind = ComponentKind::kCheck,
                                                 .name = "required",
                                                 .summary = "Columns that have a value, not null.",
                                                 .details = "An empty text is a value; `length: { name: 1.. }` is "
                                                            "what refuses it.",
                                                 .shorthand = "columns",
                                                 .fields = kColumnsField,
                                                 .example = "required: [id, email]"},
                                       .make = make_each<RequiredCheck>};

const CheckComponent kUniqueCheck = {.about = {.kind = ComponentKind::kCheck,
                                               .name = "unique",
                                               .summary = "Columns with no value twice within a run.",
                                               .details = "The first record that passes all checks of the step keeps "
                                                          "its value. Null passes.",
                                               .shorthand = "columns",
                                               .fields = kColumnsField,
                                               .example = "unique: [id]"},
                                     .make = make_each<UniqueCheck>};

}  // namespace millrace
