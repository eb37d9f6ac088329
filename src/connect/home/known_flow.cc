#include "connect/home/known_flow.h"

#include <vector>

#include <nlohmann/json.hpp>

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

void put(Json& json, const char* key, const std::optional<int64_t>& value) {
  if (value) json[key] = *value;
}

std::optional<int64_t> number(const Json& json, const char* key) {
  return json.contains(key) ? std::optional(json.at(key).get<int64_t>()) : std::nullopt;
}

}  // namespace

std::string KnownFlow::to_text() const {
  Json json{{"version", kVersion},
            {"timezone", timing.zone == nullptr ? "UTC" : timing.zone->id()},
            {"after", timing.after},
            {"keeper", static_cast<int>(keeper)}};
  put(json, "every_us", timing.every_us);
  put(json, "start_us", timing.start_us);
  put(json, "end_us", timing.end_us);
  if (timing.cron) json["cron"] = timing.cron->text();
  return json.dump();
}

Result<KnownFlow> KnownFlow::of_text(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  const auto version = json.is_object() ? json.find("version") : json.end();
  if (version == json.end() || *version != kVersion) {
    return Error(ErrorCode::kCorruption, "what is known of a flow is not of a version that this build reads");
  }
  KnownFlow flow;
  try {
    flow.timing.zone = find_zone(json.at("timezone").get<std::string>());
    flow.timing.after = json.at("after").get<std::vector<std::string>>();
    flow.keeper = static_cast<Keeper>(json.at("keeper").get<int>());
    flow.timing.every_us = number(json, "every_us");
    flow.timing.start_us = number(json, "start_us");
    flow.timing.end_us = number(json, "end_us");
    std::vector<CronMistake> mistakes;
    if (json.contains("cron")) flow.timing.cron = Cron::parse(json.at("cron").get<std::string>(), mistakes);
  } catch (const Json::exception& error) {
    return Error(ErrorCode::kCorruption, std::string("what is known of a flow: ") + error.what());
  }
  if (flow.timing.zone == nullptr) flow.timing.zone = find_zone("UTC");
  return flow;
}

}  // namespace millrace
