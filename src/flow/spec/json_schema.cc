#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "flow/plan.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

Json text() { return {{"type", Json::array({"string", "number", "boolean"})}}; }
Json map_of(Json values) { return {{"type", "object"}, {"additionalProperties", std::move(values)}}; }
Json either(Json a, Json b) { return {{"anyOf", Json::array({std::move(a), std::move(b)})}}; }
Json one_or_list(const Json& one) { return either(one, {{"type", "array"}, {"items", one}}); }
Json object(Json properties) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}
// What ${...} may stand for at run time is text here.
Json or_put_in(Json schema) { return either(std::move(schema), {{"type", "string"}, {"pattern", "\\$\\{"}}); }

Json component_schema(const Component& component);

Json field_schema(const FieldDescription& field) {
  Json schema;
  switch (field.kind) {
    case FieldKind::kInteger: schema = or_put_in({{"type", "integer"}}); break;
    case FieldKind::kNumber: schema = or_put_in({{"type", "number"}}); break;
    case FieldKind::kBool: schema = or_put_in({{"type", "boolean"}}); break;
    case FieldKind::kChoice: {
      Json choices = Json::array();
      for (const std::string_view choice : field.choices) choices.push_back(choice);
      schema = or_put_in({{"enum", std::move(choices)}});
      break;
    }
    case FieldKind::kColumns:
    case FieldKind::kTexts: schema = one_or_list(text()); break;
    case FieldKind::kColumnTypes:
    case FieldKind::kColumnExpressions:
    case FieldKind::kRenames:
    case FieldKind::kColumnTexts:
    case FieldKind::kColumnRanges: schema = map_of(text()); break;
    case FieldKind::kColumnForms: schema = {{"anyOf", Json::array({map_of(text()), one_or_list(text())})}}; break;
    case FieldKind::kColumnLists: schema = map_of({{"type", "array"}, {"items", text()}}); break;
    case FieldKind::kMap: schema = field.holds == nullptr ? Json::object() : component_schema(*field.holds); break;
    default: schema = text();
  }
  schema["description"] = field.summary;
  if (!field.default_value.empty()) schema["default"] = field.default_value;
  return schema;
}

Json component_schema(const Component& component) {
  Json properties = Json::object();
  Json required = Json::array();
  Json shorthand;
  for (const FieldDescription& field : component.fields) {
    properties[std::string(field.name)] = field_schema(field);
    if (field.required && field.default_value.empty()) required.push_back(field.name);
    if (field.name == component.shorthand) shorthand = field_schema(field);
  }
  Json schema = object(std::move(properties));
  if (!required.empty()) schema["required"] = std::move(required);
  if (!shorthand.is_null()) schema = either(std::move(shorthand), std::move(schema));
  schema["description"] = component.summary;
  return schema;
}

template <typename T>
Json components_schema(std::span<const T> all) {
  Json properties = Json::object();
  for (const T& one : all) properties[std::string(one.about.name)] = component_schema(one.about);
  return properties;
}

// A connector's settings may also stand beside its name.
template <typename T>
Json connector_schema(std::span<const T> all) {
  Json properties = components_schema(all);
  for (const T& one : all) {
    for (const FieldDescription& field : one.about.fields) {
      const std::string name(field.name);
      if (!properties.contains(name)) properties[name] = field_schema(field);
    }
  }
  return object(std::move(properties));
}

Json steps_schema(const Catalog& catalog) {
  Json check = components_schema(catalog.checks);
  check["rule"] = {{"type", "string"}, {"description", "A boolean expression; anything but TRUE is a fault."}};
  check["name"] = {{"type", "string"}, {"description", "What the check is counted by."}};
  check["else"] = {{"enum", Json::array({"warn", "drop", "quarantine", "stop"})}, {"default", "quarantine"}};
  check["at_most"] = {{"type", Json::array({"string", "integer"})},
                      {"description", "How many may fail before the run does: 1%, 100, 1% per 10m."}};
  Json steps = components_schema(catalog.steps);
  if (steps.contains("expect")) {
    const std::string summary = steps["expect"]["description"];
    steps["expect"] = one_or_list(object(std::move(check)));
    steps["expect"]["description"] = summary;
  }
  Json step = object(std::move(steps));
  step["minProperties"] = 1;
  step["maxProperties"] = 1;
  return {{"type", "array"}, {"items", std::move(step)}};
}

Json flow_schema(const Catalog& catalog) {
  Json sink = connector_schema(catalog.sinks);
  const Json quarantine = sink;
  sink["properties"]["where"] = {{"type", "string"}, {"description", "Only the records for which it is TRUE."}};
  Json flow = object(
      {{"from", connector_schema(catalog.sources)},
       {"steps", steps_schema(catalog)},
       {"to", one_or_list(sink)},
       {"quarantine", quarantine},
       {"raw", component_schema(kRawDeclaration)},
       {"id", {{"type", "string"}, {"description", "What the flow was called before: it goes on as that one."}}}});
  for (const FieldDescription& field : kTimingDeclaration.fields) {
    flow["properties"][std::string(field.name)] = field_schema(field);
  }
  flow["required"] = Json::array({"from", "to"});
  return flow;
}

Json profile_schema(const Catalog& catalog) {
  const Json any = Json::object();
  const Json text = {{"type", "string"}};
  Json bound = either(text, map_of(text));
  bound["description"] = "The system that has them, or which one by pattern; the first that fits counts.";
  Json system = object(components_schema(catalog.systems));
  system["minProperties"] = 1;
  system["maxProperties"] = 1;
  return object({{"params", map_of(any)},
                 {"flows", map_of(any)},
                 {"systems", map_of(std::move(system))},
                 {"topics", bound},
                 {"tables", bound},
                 {"schemas", text},
                 {"raw", text}});
}

}  // namespace

std::string pipeline_json_schema(const Catalog& catalog) {
  const Json any = Json::object();
  Json root = object({{"millrace", {{"const", 1}}},
                      {"pipeline", {{"type", "string"}}},
                      {"params", map_of(any)},
                      {"topics", map_of(component_schema(kTopicDeclaration))},
                      {"tables", map_of(component_schema(kTableDeclaration))},
                      {"flows", map_of(flow_schema(catalog))},
                      {"profiles", map_of(profile_schema(catalog))},
                      {"tests", {{"type", "array"}}}});
  root["required"] = Json::array({"millrace", "flows"});
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "millrace pipeline"}};
  schema.update(root);
  return schema.dump(2);
}

}  // namespace millrace
