#include "connect/changes/known_pipeline.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::string_view kPipelinePrefix = "pipeline/";
constexpr std::string_view kTopicPrefix = "columns/";

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Reads with `take`; what is of another version, or damaged, is an error.
template <typename T, typename Take>
Result<T> read(std::string_view text, std::string_view what, Take take) {
  const Json json = Json::parse(text, nullptr, false);
  const auto version = json.is_object() ? json.find("version") : json.end();
  if (version == json.end() || *version != kVersion) {
    return Error(ErrorCode::kCorruption,
                 fmt::format("what is known of a {} is not of a version that this build reads", what));
  }
  try {
    return take(json);
  } catch (const Json::exception& error) {
    return Error(ErrorCode::kCorruption, fmt::format("what is known of a {}: {}", what, error.what()));
  }
}

Json shape_json(const FlowShape& shape) {
  return {{"from", shape.from}, {"steps", shape.steps}, {"to", shape.to}, {"settings", shape.settings}};
}

FlowShape shape_of(const Json& json) {
  return {.from = json.at("from").get<std::string>(),
          .steps = json.at("steps").get<std::vector<std::string>>(),
          .to = json.at("to").get<std::vector<std::string>>(),
          .settings = json.at("settings").get<std::map<std::string, std::string>>()};
}

}  // namespace

std::string KnownPipeline::to_text() const {
  Json json{{"version", kVersion}, {"topics", topics}, {"tables", tables}, {"flows", Json::object()}};
  for (const auto& [id, flow] : flows) json["flows"][id] = {{"name", flow.name}, {"shape", shape_json(flow.shape)}};
  return text_of(json);
}

Result<KnownPipeline> KnownPipeline::of_text(std::string_view text) {
  return read<KnownPipeline>(text, "pipeline", [](const Json& json) {
    KnownPipeline known{.topics = json.at("topics").get<std::set<std::string>>(),
                        .tables = json.at("tables").get<std::set<std::string>>()};
    for (const auto& [id, flow] : json.at("flows").items()) {
      known.flows[id] = {.name = flow.at("name").get<std::string>(), .shape = shape_of(flow.at("shape"))};
    }
    return known;
  });
}

std::string KnownTopic::to_text() const {
  Json json{{"version", kVersion}, {"value", value_format_name(value)}, {"key", key}};
  if (columns) {
    json["columns"] = Json::array();
    for (const Field& field : *columns) json["columns"].push_back({field.name, field.type.text()});
  }
  return text_of(json);
}

Result<KnownTopic> KnownTopic::of_text(std::string_view text) {
  return read<KnownTopic>(text, "topic", [](const Json& json) -> Result<KnownTopic> {
    const std::string format = json.at("value").get<std::string>();
    KnownTopic known{.value = format == "text"   ? ValueFormat::kText
                              : format == "avro" ? ValueFormat::kAvro
                                                 : ValueFormat::kJson,
                     .key = json.at("key").get<std::string>()};
    if (!json.contains("columns")) return known;
    known.columns.emplace();
    for (const Json& column : json.at("columns")) {
      TRY(type, parse_type(column.at(1).get<std::string>()));
      known.columns->push_back({column.at(0).get<std::string>(), std::move(type)});
    }
    return known;
  });
}

std::string known_pipeline_key(std::string_view pipeline) { return fmt::format("{}{}", kPipelinePrefix, pipeline); }
std::string known_topic_key(std::string_view topic) { return fmt::format("{}{}", kTopicPrefix, topic); }

Result<std::map<std::string, KnownPipeline>> known_pipelines(Home& home) {
  std::map<std::string, KnownPipeline> all;
  for (const auto& [key, text] : home.topics().notes(kPipelinePrefix)) {
    TRY(known, KnownPipeline::of_text(text));
    all[key.substr(kPipelinePrefix.size())] = std::move(known);
  }
  return all;
}

Result<std::optional<KnownTopic>> known_topic(Home& home, std::string_view topic) {
  const auto text = home.topics().note(known_topic_key(topic));
  if (!text) return std::optional<KnownTopic>();
  TRY(known, KnownTopic::of_text(*text));
  return std::optional(std::move(known));
}

}  // namespace millrace
