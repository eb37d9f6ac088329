#include <algorithm>

#include "data/expr/families.h"
#include "data/expr/functions/collection_access.h"
#include "data/expr/functions/json_path.h"
#include "data/expr/functions/json_write.h"
#include "data/expr/kernels.h"

namespace millrace {
namespace {

using BindArgs = std::span<const BindArg>;

Column get_object(const Call& call) {
  const StringReader texts(call.arg(0));
  const StringReader paths(call.arg(1));
  JsonTree tree;
  std::optional<JsonPath> path;
  std::string_view path_text;
  bool path_known = false;
  return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, StringBuilder& out) {
    if (!path_known || paths[row] != path_text) {
      path_text = paths[row];
      path = parse_json_path(path_text);
      path_known = true;
    }
    if (!path || !tree.parse(texts[row])) return out.append_null();
    const auto found = find_json(tree, *path);
    found ? out.append(*found) : out.append_null();
  });
}

BindResult bind_get_json_object(BindArgs) {
  return Binding{TypeKind::kString, {TypeKind::kString, TypeKind::kString}, get_object};
}

BindResult bind_json_array_length(BindArgs) {
  return Binding{TypeKind::kInt, {TypeKind::kString}, [](const Call& call) {
                   const StringReader texts(call.arg(0));
                   JsonTree tree;
                   return lift_rows<int32_t>(call, TypeKind::kInt, [&](size_t row, FixedBuilder<int32_t>& out) {
                     if (!tree.parse(texts[row]) || tree.at(0).kind != JsonNode::Kind::kArray) return out.append_null();
                     int32_t count = 0;
                     for (uint32_t child = 1; child < tree.at(0).next; child = tree.at(child).next) ++count;
                     out.append(count);
                   });
                 }};
}

BindResult bind_json_object_keys(BindArgs) {
  const Type type = Type::array(TypeKind::kString);
  return Binding{type, {TypeKind::kString}, [type](const Call& call) {
                   const StringReader texts(call.arg(0));
                   JsonTree tree;
                   return build_rows(call, type, 0, [&](size_t row, ColumnBuilder& out) {
                     if (!tree.parse(texts[row]) || tree.at(0).kind != JsonNode::Kind::kObject)
                       return out.append_null();
                     for (uint32_t name = 1; name < tree.at(0).next; name = tree.at(name + 1).next) {
                       out.child(0).append_string(tree.at(name).text);
                     }
                     out.end_nested();
                   });
                 }};
}

bool holds_interval(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kInterval: return true;
    case TypeKind::kArray: return holds_interval(type.element());
    case TypeKind::kMap: return holds_interval(type.key()) || holds_interval(type.value());
    case TypeKind::kStruct:
      return std::any_of(type.fields().begin(), type.fields().end(),
                         [](const Field& field) { return holds_interval(field.type); });
    default: return false;
  }
}

BindResult bind_to_json(BindArgs args) {
  if ((!args[0].type.is_nested() && !args[0].type.is(TypeKind::kNull)) || holds_interval(args[0].type)) {
    return BindError{0, "a struct, map or array without intervals is wanted, this is " + args[0].type.text(), ""};
  }
  return Binding{TypeKind::kString, {args[0].type}, [](const Call& call) {
                   std::string text;
                   return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, StringBuilder& out) {
                     text.clear();
                     write_json_value(call.arg(0), row, text);
                     out.append(text);
                   });
                 }};
}

constexpr Function kFunctions[] = {
    {"get_json_object", "json", "get_json_object(text, path)", "What the path finds in a JSON text, as text.",
     "get_json_object('{\"a\":[1,2]}', '$.a[1]') -> 2", 2, 2, bind_get_json_object},
    {"json_array_length", "json", "json_array_length(text)", "How many elements the outermost JSON array has.",
     "json_array_length('[1,2,[3]]') -> 3", 1, 1, bind_json_array_length},
    {"json_object_keys", "json", "json_object_keys(text)", "The names in the outermost JSON object.",
     "json_object_keys('{\"a\":1,\"b\":2}') -> [a, b]", 1, 1, bind_json_object_keys},
    {"to_json", "json", "to_json(value)", "A struct, map or array as JSON; null fields are left out.",
     "to_json(named_struct('a', 1, 'b', NULL)) -> {\"a\":1}", 1, 1, bind_to_json},
};

}  // namespace

std::span<const Function> json_functions() { return kFunctions; }

}  // namespace millrace
