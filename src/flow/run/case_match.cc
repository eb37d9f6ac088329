// What a case of `tests:` says, as values to compare with.
#include "data/builder.h"
#include "flow/constant.h"
#include "flow/run/case_runner.h"

namespace millrace {
namespace {

bool matches_scalar(const Node& expected, const Column& column, size_t row) {
  if (!expected.is_scalar()) return false;
  const std::optional<Column> value = constant_of(expected.text, column.type);
  return value && equal_rows(*value, 0, column, row);
}

bool matches_array(const Node& expected, const Column& column, size_t row) {
  const Column::Range range = column.range_at(row);
  if (!expected.is_list() || expected.items.size() != range.end - range.begin) return false;
  for (size_t i = 0; i < expected.items.size(); ++i) {
    if (!matches(expected.items[i], column.children[0], range.begin + i)) return false;
  }
  return true;
}

bool matches_map(const Node& expected, const Column& column, size_t row) {
  const Column::Range range = column.range_at(row);
  if (!expected.is_map() || expected.entries.size() != range.end - range.begin) return false;
  for (size_t at = range.begin; at < range.end; ++at) {
    const Node* value = expected.find(format_value(column.children[0], at));
    if (value == nullptr || !matches(*value, column.children[1], at)) return false;
  }
  return true;
}

bool matches_struct(const Node& expected, const Column& column, size_t row) {
  if (!expected.is_map()) return false;
  const auto fields = column.type.fields();
  for (const auto& [name, value] : expected.entries) {
    const Field* field = column.type.find_field(name.text);
    if (field == nullptr) return false;
    const auto index = static_cast<size_t>(field - fields.data());
    if (!matches(value, column.children[index], column.constant ? 0 : row)) return false;
  }
  return true;
}

}  // namespace

bool matches(const Node& expected, const Column& column, size_t row) {
  if (expected.is_null() || column.is_null(row)) return expected.is_null() && column.is_null(row);
  switch (column.type.kind()) {
    case TypeKind::kArray: return matches_array(expected, column, row);
    case TypeKind::kMap: return matches_map(expected, column, row);
    case TypeKind::kStruct: return matches_struct(expected, column, row);
    case TypeKind::kString: return expected.is_scalar() && expected.text == column.string_at(row);
    default: return matches_scalar(expected, column, row);
  }
}

}  // namespace millrace
