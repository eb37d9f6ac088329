#include "cli/reference.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "data/expr/operators.h"
#include "flow/declarations.h"

namespace millrace {
namespace {

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    const size_t newline = std::min(text.find('\n'), text.size());
    out += fmt::format("{}{}\n", indent, text.substr(0, newline));
    text.remove_prefix(std::min(newline + 1, text.size()));
  }
  return out;
}

std::string remarks(const FieldDescription& field) {
  std::string out;
  const auto add = [&](std::string_view text) { out += fmt::format("{}{}", out.empty() ? "" : ", ", text); };
  if (field.required) add("required");
  if (!field.default_value.empty()) add(fmt::format("default {}", field.default_value));
  if (field.secret) add("secret");
  return out;
}

// Whether a map of these fields has a place of its own in the reference.
bool is_told_elsewhere(const Component& component) {
  const auto all = all_declarations();
  return std::find(all.begin(), all.end(), &component) != all.end();
}

}  // namespace

std::string field_kind_text(const FieldDescription& field) {
  switch (field.kind) {
    case FieldKind::kText: return "text";
    case FieldKind::kInteger: return "integer";
    case FieldKind::kNumber: return "number";
    case FieldKind::kBool: return "true or false";
    case FieldKind::kDuration: return "duration (10s, 5m, 1d)";
    case FieldKind::kBytes: return "size (64KB, 16MB)";
    case FieldKind::kLimit: return "limit (100, 1%, 1% per 10m)";
    case FieldKind::kChoice: return fmt::format("one of {}", fmt::join(field.choices, ", "));
    case FieldKind::kExpression: return "expression";
    case FieldKind::kSelectList: return "select list";
    case FieldKind::kColumn: return "column";
    case FieldKind::kColumns: return "column or list of columns";
    case FieldKind::kTexts: return "text or list of texts";
    case FieldKind::kColumnTypes: return "map of column to type";
    case FieldKind::kColumnExpressions: return "map of column to expression";
    case FieldKind::kRenames: return "map of old to new name";
    case FieldKind::kColumnTexts: return "map of column to text";
    case FieldKind::kColumnLists: return "map of column to list of values";
    case FieldKind::kColumnForms: return "column, list of columns, or map of column to form";
    case FieldKind::kColumnRanges: return "map of column to range (3..10, 3.., ..10)";
    case FieldKind::kMap:
      return field.holds != nullptr && is_told_elsewhere(*field.holds) ? fmt::format("map, see {}", field.holds->name)
                                                                       : "map";
  }
  MILLRACE_UNREACHABLE("field kind");
}

std::vector<NamedField> fields_of(const Component& component) {
  std::vector<NamedField> fields;
  for (const FieldDescription& field : component.fields) {
    fields.push_back({std::string(field.name), &field});
    if (field.holds == nullptr || is_told_elsewhere(*field.holds)) continue;
    for (NamedField& held : fields_of(*field.holds)) {
      fields.push_back({fmt::format("{}.{}", field.name, held.name), held.field});
    }
  }
  return fields;
}

std::string describe(const Component& component) {
  std::string out =
      fmt::format("{} ({})\n  {}\n", component.name, component_kind_name(component.kind), component.summary);
  if (!component.details.empty()) out += fmt::format("  {}\n", component.details);
  for (const auto& [name, described] : fields_of(component)) {
    const FieldDescription& field = *described;
    const std::string said = remarks(field);
    out += fmt::format("\n  {}: {}{}{}\n      {}\n", name, field_kind_text(field), said.empty() ? "" : "; ", said,
                       field.summary);
    if (!field.example.empty()) out += fmt::format("      for example {}: {}\n", field.name, field.example);
  }
  if (!component.shorthand.empty()) {
    out += fmt::format("\n  A value that is no map of these stands for `{}`.\n", component.shorthand);
  }
  return out + fmt::format("\n  Example:\n{}", indented(component.example, "    "));
}

std::string describe(const Function& function) {
  return fmt::format("{} ({} {})\n  {}\n  {}\n\n  Example:\n    {}\n", function.name, function.group,
                     find_operator(function.name) == &function ? "operator" : "function", function.signature,
                     function.summary, function.example);
}

std::string describe_json(const Component& component) {
  using Json = nlohmann::ordered_json;
  Json fields = Json::array();
  for (const FieldDescription& field : component.fields) {
    fields.push_back({{"name", field.name},
                      {"type", field_kind_text(field)},
                      {"summary", field.summary},
                      {"default", field.default_value},
                      {"example", field.example},
                      {"required", field.required},
                      {"secret", field.secret},
                      {"choices", std::vector<std::string>(field.choices.begin(), field.choices.end())}});
  }
  return Json{{"kind", component_kind_name(component.kind)},
              {"name", component.name},
              {"summary", component.summary},
              {"details", component.details},
              {"shorthand", component.shorthand},
              {"fields", std::move(fields)},
              {"example", component.example}}
      .dump();
}

std::string describe_json(const Function& function) {
  return nlohmann::ordered_json{{"kind", find_operator(function.name) == &function ? "operator" : "function"},
                                {"name", function.name},
                                {"group", function.group},
                                {"signature", function.signature},
                                {"summary", function.summary},
                                {"example", function.example}}
      .dump();
}

std::vector<const Function*> reference_functions() {
  std::vector<const Function*> all;
  for (const Function& function : operator_functions()) all.push_back(&function);
  std::vector<const Function*> named(all_functions().begin(), all_functions().end());
  std::sort(named.begin(), named.end(), [](const Function* a, const Function* b) { return a->name < b->name; });
  all.insert(all.end(), named.begin(), named.end());
  return all;
}

std::vector<std::string_view> function_groups() {
  std::vector<std::string_view> groups;
  for (const Function* function : reference_functions()) {
    if (std::find(groups.begin(), groups.end(), function->group) == groups.end()) groups.push_back(function->group);
  }
  return groups;
}

}  // namespace millrace
