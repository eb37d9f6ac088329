#include <array>

#include <fmt/format.h>

#include "flow/checks/column_check.h"
#include "flow/checks/list.h"

namespace millrace {
namespace {

constexpr int64_t kDayUs = 86'400'000'000;

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "columns",
     .kind = FieldKind::kColumns,
     .summary = "The columns that are checked.",
     .example = "[registered_at]",
     .required = true},
});

class NotFutureCheck final : public ColumnCheck {
 public:
  explicit NotFutureCheck(const VisibleColumn& column)
      : ColumnCheck("not_future", column), is_date_(column.type.is(TypeKind::kDate)) {}

  void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const override {
    const Column& column = column_of(batch);
    const int64_t now_us = batch.origin != nullptr ? batch.origin->ingested_at_us : 0;
    const auto fault = [&](size_t row) {
      faults.push_back(
          {.row = static_cast<uint32_t>(row), .reason = fmt::format("{} is in the future", format_value(column, row))});
    };
    if (is_date_) {
      const Reader<int32_t> days(column);
      for_each_value(column, rows, [&](size_t row) {
        if (days[row] > now_us / kDayUs) fault(row);
      });
    } else {
      const Reader<int64_t> instant(column);
      for_each_value(column, rows, [&](size_t row) {
        if (instant[row] > now_us) fault(row);
      });
    }
  }

 private:
  bool is_date_;
};

std::vector<std::unique_ptr<Check>> make_not_future(const Settings& settings, Scope& scope, Diagnostics& diagnostics) {
  std::vector<std::unique_ptr<Check>> checks;
  for (const Node* name : column_names(settings)) {
    const auto column = checked_column(*name, scope, diagnostics);
    if (!column) continue;
    if (column->type.is(TypeKind::kDate) || column->type.is(TypeKind::kTimestamp)) {
      checks.push_back(std::make_unique<NotFutureCheck>(*column));
    } else {
      diagnostics.error(
          name->place,
          fmt::format("'{}' is {}, and not_future looks at dates and timestamps", name->text, column->type.text()),
          fmt::format("convert it before: to_timestamp({})", name->text));
    }
  }
  return checks;
}

}  // namespace

const CheckComponent kNotFutureCheck = {.about = {.kind = ComponentKind::kCheck,
                                                  .name = "not_future",
                                                  .summary = "Dates and timestamps not after the record came in.",
                                                  .details = "Null passes.",
                                                  .shorthand = "columns",
                                                  .fields = kFields,
                                                  .example = "not_future: [registered_at]"},
                                        .make = make_not_future};

}  // namespace millrace
