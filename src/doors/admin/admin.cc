#include "doors/admin/admin.h"

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millrace {

std::string AdminArguments::text(std::string_view name, std::string_view otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string(otherwise) : found->second;
}

Result<std::string> AdminArguments::required(std::string_view name) const {
  const auto found = values_.find(name);
  if (found != values_.end() && !found->second.empty()) return found->second;
  return Error(ErrorCode::kInvalidArgument, fmt::format("'{}' is missing", name));
}

Result<int64_t> AdminArguments::integer(std::string_view name, int64_t otherwise) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return otherwise;
  const std::string& text = found->second;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  return Error(ErrorCode::kInvalidArgument, fmt::format("'{}' is a whole number, not '{}'", name, text));
}

Status take_json(const TakeText& take, const nlohmann::ordered_json& value) {
  return take(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

Result<std::map<std::string, Checkpoint>> known_flows(const Home& home) {
  std::map<std::string, Checkpoint> flows;
  TRY(found, home.checkpoints());
  for (const auto& [flow, bytes] : found) {
    TRY(checkpoint, Checkpoint::from_bytes(bytes));
    flows[flow] = std::move(checkpoint);
  }
  return flows;
}

Result<std::map<std::string, Checkpoint>> known_flows(const AdminRoom& room) {
  TRY(flows, known_flows(room.home));
  for (const PipelinePlan* plan : room.plans) {
    for (const FlowPlan& flow : plan->flows) {
      if (flow.keeper != Keeper::kSystem) continue;
      TRY(checkpoint, room.home.checkpoint(plan->name, flow));
      flows[plan->id_of(flow)] = std::move(checkpoint);
    }
  }
  return flows;
}

std::shared_ptr<System> system_of_table(const AdminRoom& room, std::string_view keyspace, std::string_view table) {
  for (const PipelinePlan* plan : room.plans) {
    for (const TableDeclaration& one : plan->declarations.tables()) {
      if (one.spec.keyspace == keyspace && one.spec.name == table) return one.system;
    }
  }
  return nullptr;
}

nlohmann::ordered_json ledger_json(const Ledger& ledger) {
  nlohmann::ordered_json json;
  for (const LedgerField& field : ledger_fields()) json[std::string(field.name)] = ledger.*field.count;
  return json;
}

nlohmann::ordered_json outcome_json(const std::string& flow, uint64_t records, const Ledger& ledger) {
  nlohmann::ordered_json json{{"flow", flow}, {"records", records}};
  for (const LedgerField& field : ledger_fields()) {
    if (field.name != "read") json[std::string(field.name)] = ledger.*field.count;
  }
  return json;
}

nlohmann::ordered_json faults_json(const FlowReport& report) {
  auto faults = nlohmann::ordered_json::array();
  for (size_t i = 0; i < report.first_faults.size(); ++i) {
    faults.push_back({{"place", report.first_places[i]},
                      {"rule", report.first_faults[i].rule},
                      {"reason", report.first_faults[i].reason}});
  }
  return faults;
}

}  // namespace millrace
