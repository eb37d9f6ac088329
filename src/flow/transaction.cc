#include "flow/transaction.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millrace {
namespace {

constexpr int kCheckpointVersion = 1;

Error damaged(std::string_view why) {
  return Error(ErrorCode::kCorruption, fmt::format("a flow's checkpoint cannot be read: {}", why));
}

}  // namespace

std::string Checkpoint::to_bytes() const {
  nlohmann::ordered_json json{
      {"version", kCheckpointVersion}, {"run", run_id}, {"run_done", run_done}, {"generation", generation}};
  json["position"] = nlohmann::ordered_json::object();
  for (const auto& [part, at] : position) {
    json["position"][part] = {at.next, at.stamp_us};
    if (!at.token.empty()) json["position"][part].push_back(at.token);
  }
  for (const LedgerField& field : ledger_fields()) {
    if (ledger.*field.count != 0) json["ledger"][std::string(field.name)] = ledger.*field.count;
  }
  if (!left_quarantine.empty()) json["left_quarantine"] = left_quarantine;
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
    for (const auto& [part, at] : json.at("position").items()) {
      checkpoint.position[part] = {at.at(0).get<uint64_t>(), at.at(1).get<int64_t>(),
                                   at.size() > 2 ? at.at(2).get<std::string>() : ""};
    }
    if (const auto ledger = json.find("ledger"); ledger != json.end()) {
      for (const LedgerField& field : ledger_fields()) {
        checkpoint.ledger.*field.count = ledger->value(std::string(field.name), uint64_t{0});
      }
    }
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
