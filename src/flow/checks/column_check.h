#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flow/check.h"

namespace millrace {

// The column that a check names, by its own name or by a dotted path; nullopt after telling.
std::optional<VisibleColumn> checked_column(const Node& name, Scope& scope, Diagnostics& diagnostics);
// The same for a check that only makes sense on texts.
std::optional<VisibleColumn> checked_text_column(std::string_view check, const Node& name, Scope& scope,
                                                 Diagnostics& diagnostics);

// The names in a field of kind kColumns.
std::vector<const Node*> column_names(const Settings& settings);

// A value for a reason: in quotes, cut when long.
std::string shown_value(std::string_view text);
std::string shown_value(const Column& column, size_t row);

// A check of one column.
class ColumnCheck : public Check {
 public:
  ColumnCheck(std::string_view check, const VisibleColumn& column)
      : name_(std::string(check) + " " + column.name), slot_(static_cast<size_t>(column.slot)) {}
  std::string name() const override { return name_; }
  std::string explain() const override { return name_; }

 protected:
  const Column& column_of(const Batch& batch) const { return batch.columns[slot_]; }

 private:
  std::string name_;
  size_t slot_;
};

// Calls f(row) for the rows that are not null.
template <typename F>
void for_each_value(const Column& column, const Rows& rows, F&& f) {
  if (!column.may_have_nulls()) return rows.for_each(f);
  rows.for_each([&](size_t row) {
    if (!column.is_null(row)) f(row);
  });
}

}  // namespace millrace
