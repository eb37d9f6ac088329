// required, unique: properties of values of any type.
#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "flow/checks/column_check.h"
#include "flow/checks/list.h"
#include "flow/checks/value_set.h"

namespace millrace {
namespace {

constexpr size_t kRowsAhead = 16;

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
    ValueSet& seen = static_cast<Seen&>(memory).values;
    const Column& column = batch.columns[slot_];
    const std::vector<ValueKey> keys = keys_of(column, rows);
    // A table of values is larger than any cache: what the rows need is fetched while the ones before are looked up.
    for (size_t row = 0; row < std::min(keys.size(), kRowsAhead); ++row) seen.prefetch(keys[row]);
    rows.for_each([&](size_t row) {
      if (row + kRowsAhead < keys.size()) seen.prefetch(keys[row + kRowsAhead]);
      if (keys[row].empty()) return;
      const auto at = static_cast<uint32_t>(row);
      if (seen.contains(keys[row])) {
        faults.push_back(
            {.row = at, .reason = fmt::format("{} was there before", shown_value(format_value(column, row)))});
      } else if (seen.full()) {
        faults.push_back(
            {.row = at, .reason = fmt::format("more than {} values are not compared", ValueSet::kValuesMax)});
      } else if (good[row]) {
        seen.insert(keys[row]);
      }
    });
  }

 private:
  struct Seen final : StepMemory {
    ValueSet values;
  };

  // Per row of the batch; null rows and those that are not looked at have an empty one.
  static std::vector<ValueKey> keys_of(const Column& column, const Rows& rows) {
    std::vector<ValueKey> keys(rows.total());
    switch (column.type.kind()) {
      case TypeKind::kInt:
      case TypeKind::kDate:
        for_each_value(column, rows, [&](size_t row) { keys[row] = ValueKey::of(column.at<int32_t>(row)); });
        break;
      case TypeKind::kBigint:
      case TypeKind::kTimestamp:
        for_each_value(column, rows, [&](size_t row) { keys[row] = ValueKey::of(column.at<int64_t>(row)); });
        break;
      case TypeKind::kString:
      case TypeKind::kBinary:
        for_each_value(column, rows, [&](size_t row) { keys[row] = ValueKey::of(column.string_at(row)); });
        break;
      default: for_each_value(column, rows, [&](size_t row) { keys[row] = ValueKey::of(format_value(column, row)); });
    }
    return keys;
  }

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
                                                          "its value. Null passes. Up to 50 million values are "
                                                          "remembered, in at most 1 GiB (1.5 GiB while it grows); once "
                                                          "there are so many, every new value is a fault. Whole "
                                                          "numbers, dates, timestamps and texts of up to 15 bytes are "
                                                          "compared exactly, longer ones by a fingerprint of 120 bits.",
                                               .shorthand = "columns",
                                               .fields = kColumnsField,
                                               .example = "unique: [id]"},
                                     .make = make_each<UniqueCheck>};

}  // namespace millrace
