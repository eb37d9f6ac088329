#include "flow/transaction.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millrace {
namespace {

constexpr int kCheckpointVersion = 1;

Error damaged(std::string_view why) {
  return Error(ErrorCode::kCorruption, fmt::format("a flow's checkpoint cannot be read: {}", why));
}

nlohmann::ordered_json position_json(const Position& position) {
  auto json = nlohmann::ordered_json::object();
  for (const auto& [part, at] : position) {
    json[part] = {at.next, at.stamp_us};
    if (!at.token.empty()) json[part].push_back(at.token);
  }
  return json;
}

Position position_of(const nlohmann::json& json) {
  Position position;
  for (const auto& [part, at] : json.items()) {
    position[part] = {at.at(0).get<uint64_t>(), at.at(1).get<int64_t>(),
                      at.size() > 2 ? at.at(2).get<std::string>() : ""};
  }
  return position;
}

// Zeros are left out.
nlohmann::ordered_json counts_json(const Ledger& ledger) {
  auto json = nlohmann::ordered_json::object();
  for (const LedgerField& field : ledger_fields()) {
    if (ledger.*field.count != 0) json[std::string(field.name)] = ledger.*field.count;
  }
  return json;
}

Ledger ledger_of(const nlohmann::json& json) {
  Ledger ledger;
  for (const LedgerField& field : ledger_fields())
    ledger.*field.count = json.value(std::string(field.name), uint64_t{0});
  return ledger;
}

nlohmann::ordered_json replay_json(const Replay& replay) {
  return {{"run", replay.run_id},
          {"what", replay.what},
          {"position", position_json(replay.position)},
          {"until", position_json(replay.until)},
          {"ledger", counts_json(replay.ledger)},
          {"done", replay.done}};
}

Replay replay_of(const nlohmann::json& json) {
  return {.run_id = json.at("run").get<std::string>(),
          .what = json.at("what").get<std::string>(),
          .position = position_of(json.at("position")),
          .until = position_of(json.at("until")),
          .ledger = ledger_of(json.at("ledger")),
          .done = json.at("done").get<bool>()};
}

}  // namespace

std::string Checkpoint::to_bytes() const {
  nlohmann::ordered_json json{
      {"version", kCheckpointVersion}, {"run", run_id}, {"run_done", run_done}, {"generation", generation}};
  json["position"] = position_json(position);
  if (auto counts = counts_json(ledger); !counts.empty()) json["ledger"] = std::move(counts);
  if (!left_quarantine.empty()) json["left_quarantine"] = left_quarantine;
  if (replay) json["replay"] = replay_json(*replay);
  if (rereadings != 0) json["rereadings"] = rereadings;
  for (const auto& [name, counts] : checks) json["checks"][name] = {counts.checked, counts.failed};
  return json.dump();
}

Result<Checkpoint> Checkpoint::from_bytes(std::string_view bytes) {
  const auto json = nlohmann::json::parse(bytes, nullptr, false);
  if (!json.is_object()) return damaged("it is not a JSON object");
  try {
    if (const int version = json.at("version").get<int>(); version != kCheckpointVersion) {
      return damaged(fmt::format("it has version {}, and this program knows version {}", version, kCheckpointVersion));
    }
    Checkpoint checkpoint;
    checkpoint.run_id = json.at("run").get<std::string>();
    checkpoint.run_done = json.at("run_done").get<bool>();
    checkpoint.generation = json.at("generation").get<uint64_t>();
    checkpoint.left_quarantine = json.value("left_quarantine", "");
    checkpoint.position = position_of(json.at("position"));
    if (const auto counts = json.find("ledger"); counts != json.end()) checkpoint.ledger = ledger_of(*counts);
    if (const auto replay = json.find("replay"); replay != json.end()) checkpoint.replay = replay_of(*replay);
    checkpoint.rereadings = json.value("rereadings", uint64_t{0});
    if (const auto checks = json.find("checks"); checks != json.end()) {
      for (const auto& [name, counts] : checks->items()) {
        checkpoint.checks[name] = {counts.at(0).get<uint64_t>(), counts.at(1).get<uint64_t>()};
      }
    }
    return checkpoint;
  } catch (const nlohmann::json::exception& failure) {
    return damaged(failure.what());
  }
}

}  // namespace millrace
