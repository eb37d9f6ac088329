#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "base/files.h"
#include "connect/home/home.h"
#include "flow/catalog.h"
#include "flow/run_times.h"
#include "host/host.h"

namespace millrace {

// What actions work on. All of it is thread-safe, and outlives them.
struct AdminRoom {
  Home& home;
  Host* host = nullptr;  // nullptr: nothing is up, the home was opened to answer
  const Clock& clock;
  FileSystem& files;
  const Catalog& catalog;
  const std::atomic<bool>& stop;  // answers that could go on for ever end
  // Those that are up; where nothing is, what was named with the question. They know which systems have what.
  std::span<const PipelinePlan* const> plans;
};

// The system that has a table ("keyspace.table"); nullptr: the home.
std::shared_ptr<System> system_of_table(const AdminRoom& room, std::string_view keyspace, std::string_view table);

// What was said with a question, by name.
class AdminArguments {
 public:
  AdminArguments() = default;
  AdminArguments(std::initializer_list<std::pair<const std::string, std::string>> values) : values_(values) {}

  void set(std::string name, std::string value) { values_[std::move(name)] = std::move(value); }
  std::string text(std::string_view name, std::string_view otherwise = "") const;
  bool flag(std::string_view name) const { return text(name) == "true"; }
  Result<std::string> required(std::string_view name) const;
  Result<int64_t> integer(std::string_view name, int64_t otherwise) const;
  const std::map<std::string, std::string, std::less<>>& all() const { return values_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// Takes a piece of the answer. Its error ends the answer: whoever asked has gone, or has enough.
using TakeText = std::function<Status(std::string_view text)>;
// A JSON value on a line of its own.
Status take_json(const TakeText& take, const nlohmann::ordered_json& value);

// One thing that can be asked of a home, or done to it. The answer is JSON values, one a line, unless its summary says
// otherwise.
struct AdminAction {
  std::string_view name;  // "topics/tail"; POST or GET /v1/topics/tail
  bool changes = false;   // POST
  std::string_view summary;
  Status (*answer)(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take);
};

std::span<const AdminAction> admin_actions();  // list.cc
const AdminAction* find_admin_action(std::string_view name);

// "pipeline.flow" and how far each flow that the home knows has got, whether or not anything is up.
Result<std::map<std::string, Checkpoint>> known_flows(const Home& home);
// The same, with those that commit in the systems of the plans at hand.
Result<std::map<std::string, Checkpoint>> known_flows(const AdminRoom& room);

nlohmann::ordered_json ledger_json(const Ledger& ledger);
// What became of `records` of a flow: its name, their number, and each count by name.
nlohmann::ordered_json outcome_json(const std::string& flow, uint64_t records, const Ledger& ledger);
// The first faults of a run, an array.
nlohmann::ordered_json faults_json(const FlowReport& report);

}  // namespace millrace
