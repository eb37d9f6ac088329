// What a case of `tests:` says, as bytes and as values to compare with.
#include <array>

#include "data/builder.h"
#include "data/expr/cast.h"
#include "data/formats/json_text.h"
#include "flow/run/case_runner.h"

namespace millrace {
namespace {

void append_json(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::kNull: out += "null"; return;
    case Node::Kind::kScalar:
      if (!node.quoted && (node.text == "true" || node.text == "false" || is_json_number(node.text))) {
        out += node.text;
      } else {
        append_json_string(node.text, out);
      }
      return;
    case Node::Kind::kList: {
      out += '[';
      std::string_view comma;
      for (const Node& item : node.items) {
        out += comma;
        append_json(item, out);
        comma = ",";
      }
      out += ']';
      return;
    }
    case Node::Kind::kMap: {
      out += '{';
      std::string_view comma;
      for (const auto& [key, value] : node.entries) {
        out += comma;
        append_json_string(key.text, out);
        out += ':';
        append_json(value, out);
        comma = ",";
      }
      out += '}';
      return;
    }
  }
}

class AnyFault final : public FaultSink {
 public:
  void fault(size_t, std::string_view) override { happened = true; }
  bool happened = false;
};

bool matches_scalar(const Node& expected, const Column& column, size_t row) {
  if (!expected.is_scalar()) return false;
  const auto cast = cast_kernel(TypeKind::kString, column.type);
  if (!cast) return false;
  AnyFault faults;
  const EvalContext context;
  const std::array args = {constant_string(expected.text)};
  const Column value = (*cast)(Call(args, Rows::all(1), context, &faults));
  return !faults.happened && equal_rows(value, 0, column, row);
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

std::string given_record_bytes(const Node& record) {
  if (record.is_scalar()) return record.text;
  std::string out;
  append_json(record, out);
  return out;
}

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
