#include <algorithm>
#include <memory>
#include <variant>

#include <fmt/format.h>

#include "data/expr/collection_access.h"
#include "data/expr/families.h"
#include "data/expr/functions/json_path.h"
#include "data/expr/functions/json_read.h"
#include "data/expr/functions/json_schema.h"
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

// The options of from_json, a constant map.
std::variant<JsonReadOptions, BindError> read_options(const BindArg& arg) {
  const auto wrong = [](std::string message, std::string hint = "") {
    return BindError{2, std::move(message), std::move(hint)};
  };
  const bool texts =
      arg.type.is(TypeKind::kMap) && arg.type.key().is(TypeKind::kString) && arg.type.value().is(TypeKind::kString);
  if (!texts || arg.constant == nullptr || arg.constant->is_null(0)) {
    return wrong("the options must be a constant map of texts", "write map('mode', 'FAILFAST')");
  }
  JsonReadOptions options;
  const Column::Range range = arg.constant->range_at(0);
  for (size_t at = range.begin; at < range.end; ++at) {
    const std::string_view name = arg.constant->children[0].string_at(at);
    const std::string_view value = arg.constant->children[1].is_null(at) ? "" : arg.constant->children[1].string_at(at);
    if (name == "mode") {
      if (value != "PERMISSIVE" && value != "FAILFAST") {
        return wrong(fmt::format("there is no mode '{}' here", value), "PERMISSIVE and FAILFAST are");
      }
      options.fail_fast = value == "FAILFAST";
    } else if (name == "dateFormat" || name == "timestampFormat") {
      auto pattern = Pattern::compile(value, Pattern::Use::kParse);
      if (!pattern.ok()) return wrong(pattern.error().message());
      (name == "dateFormat" ? options.date_pattern : options.timestamp_pattern) =
          std::make_shared<const Pattern>(*std::move(pattern));
    } else {
      return wrong(fmt::format("from_json has no option '{}'", name), "mode, dateFormat and timestampFormat are");
    }
  }
  return options;
}

BindResult bind_from_json(BindArgs args) {
  if (!args[0].type.is(TypeKind::kString) && !args[0].type.is(TypeKind::kNull)) {
    return BindError{0, "a text is wanted, this is " + args[0].type.text(), ""};
  }
  const Column* schema = args[1].constant;
  if (schema == nullptr || !args[1].type.is(TypeKind::kString) || schema->is_null(0)) {
    return BindError{1, "the schema must be a constant text", "write from_json(text, 'a INT, b STRING')"};
  }
  auto type = parse_json_schema(schema->string_at(0));
  if (!type.ok()) return BindError{1, type.error().message(), "write from_json(text, 'a INT, b STRING')"};
  if (!type->is_nested()) {
    return BindError{1, fmt::format("{} is no struct, array or map", type->text()), "use get_json_object, and cast"};
  }
  if (auto why = JsonValueReader::refusal(*type)) return BindError{1, std::move(*why), ""};
  JsonReadOptions options;
  std::vector<Type> types{TypeKind::kString, TypeKind::kString};
  if (args.size() == 3) {
    auto given = read_options(args[2]);
    if (auto* error = std::get_if<BindError>(&given)) return std::move(*error);
    options = std::get<JsonReadOptions>(std::move(given));
    types.push_back(args[2].type);
  }
  return Binding{*type, std::move(types), [type = *type, options](const Call& call) {
                   const StringReader texts(call.arg(0));
                   JsonValueReader reader(options, call.context().now_us);
                   return build_rows(call, type, 0, [&](size_t row, ColumnBuilder& out) {
                     if (!reader.read(texts[row], type, out) && options.fail_fast) {
                       call.fault(row, fmt::format("the text is not JSON of {}", type.text()));
                     }
                   });
                 }};
}

BindResult bind_schema_of_json(BindArgs args) {
  const Column* text = args[0].constant;
  if (text == nullptr || !args[0].type.is(TypeKind::kString) || text->is_null(0)) {
    return BindError{0, "a constant text is wanted", ""};
  }
  return Binding{TypeKind::kString, {TypeKind::kString}, [](const Call& call) {
                   const StringReader texts(call.arg(0));
                   JsonTree tree;
                   return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, StringBuilder& out) {
                     if (texts[row].empty()) return out.append("STRING");
                     if (tree.parse(texts[row], {.control_characters = false, .not_a_number = true})) {
                       return out.append(schema_text(infer_json_type(tree, 0)));
                     }
                     call.fault(row, "the text is not JSON");
                     out.append_null();
                   });
                 }};
}

constexpr Function kFunctions[] = {
    {"from_json", "json", "from_json(text, schema [, options])",
     "The struct, array or map in a JSON text; a part that does not fit the schema is null. Options: mode (PERMISSIVE "
     "or "
     "FAILFAST), dateFormat, timestampFormat.",
     "from_json('{\"a\":1,\"b\":[2]}', 'a INT, b ARRAY<INT>') -> {1, [2]}", 2, 3, bind_from_json},
    {"get_json_object", "json", "get_json_object(text, path)", "What the path finds in a JSON text, as text.",
     "get_json_object('{\"a\":[1,2]}', '$.a[1]') -> 2", 2, 2, bind_get_json_object},
    {"json_array_length", "json", "json_array_length(text)", "How many elements the outermost JSON array has.",
     "json_array_length('[1,2,[3]]') -> 3", 1, 1, bind_json_array_length},
    {"json_object_keys", "json", "json_object_keys(text)", "The names in the outermost JSON object.",
     "json_object_keys('{\"a\":1,\"b\":2}') -> [a, b]", 1, 1, bind_json_object_keys},
    {"schema_of_json", "json", "schema_of_json(text)", "The schema that from_json would need for a constant text.",
     "schema_of_json('{\"a\":1}') -> STRUCT<a: BIGINT>", 1, 1, bind_schema_of_json},
    {"to_json", "json", "to_json(value)", "A struct, map or array as JSON; null fields are left out.",
     "to_json(named_struct('a', 1, 'b', NULL)) -> {\"a\":1}", 1, 1, bind_to_json},
};

}  // namespace

std::span<const Function> json_functions() { return kFunctions; }

}  // namespace millrace
