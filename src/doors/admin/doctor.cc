// Looks at every part of a home, and says what to do about what is not well.
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "doors/admin/list.h"
#include "flow/system.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kFreeBytesWanted = uint64_t{1} << 30;
constexpr int64_t kClockSlackUs = 60'000'000;

// The findings, a line each.
class Findings {
 public:
  explicit Findings(const TakeText& take) : take_(take) {}

  Status well(std::string_view part, std::string_view text) { return add(part, "ok", text, ""); }
  Status doubt(std::string_view part, std::string_view text, std::string_view todo) {
    return add(part, "warning", text, todo);
  }
  Status problem(std::string_view part, std::string_view text, std::string_view todo) {
    return add(part, "problem", text, todo);
  }

 private:
  Status add(std::string_view part, std::string_view state, std::string_view text, std::string_view todo) {
    return take_json(take_, {{"part", part}, {"state", state}, {"text", text}, {"todo", todo}});
  }
  const TakeText& take_;
};

Status look_at_disk(const AdminRoom& room, Findings& findings) {
  std::error_code failed;
  const auto space = std::filesystem::space(room.home.directory(), failed);
  if (failed) {
    return findings.problem("disk", fmt::format("{}: {}", room.home.directory(), failed.message()),
                            "see that the data directory is there, and may be read and written");
  }
  const std::string text = fmt::format("{} MB free of {} MB", space.available >> 20, space.capacity >> 20);
  return space.available >= kFreeBytesWanted
             ? findings.well("disk", text)
             : findings.doubt("disk", text,
                              "make room, or shorten the retention of topics: flows wait when it is full");
}

Status look_at_topics(const AdminRoom& room, Findings& findings) {
  if (auto usable = room.home.topics().usable(); !usable.ok()) {
    return findings.problem("topics", usable.error().message(), "start the process again: it recovers what was synced");
  }
  size_t alarms = 0;
  const std::vector<std::string> names = room.home.topics().topics();
  for (const std::string& name : names) {
    const auto topic = room.home.topics().describe(name);
    if (!topic.ok()) continue;
    for (const PartitionDescription& partition : topic->partitions) {
      if (partition.alarm.empty()) continue;
      ++alarms;
      TRY_STATUS(findings.problem(fmt::format("topic {}", name), partition.alarm,
                                  "let the flow that reads it go on, or raise the topic's limit"));
    }
  }
  return alarms == 0 ? findings.well("topics", fmt::format("{} topics", names.size())) : Status();
}

Status look_at_tables(const AdminRoom& room, Findings& findings) {
  const TableStore& tables = room.home.tables();
  const uint64_t behind = tables.written() - tables.flushed();
  return findings.well("tables", fmt::format("{} tables, {} writes not flushed yet", tables.tables().size(), behind));
}

// Stamps grow with the clock; when it was set back they only creep on.
Status look_at_clock(const AdminRoom& room, Findings& findings) {
  TRY(flows, known_flows(room.home));
  const int64_t now_us = room.clock.wall_us();
  for (const auto& [flow, checkpoint] : flows) {
    for (const auto& [part, at] : checkpoint.position) {
      if (at.stamp_us <= now_us + kClockSlackUs) continue;
      return findings.doubt("clock",
                            fmt::format("flow {} has written at {}, and now it is {}", flow, instant_text(at.stamp_us),
                                        instant_text(now_us)),
                            "set the clock right; until it has caught up, rows keep the order of their records");
    }
  }
  return findings.well("clock", instant_text(now_us));
}

Status look_at_flows(const AdminRoom& room, Findings& findings) {
  if (room.host == nullptr) {
    return findings.doubt("flows", "no process has this data directory: nothing is up",
                          "`millrace up FILE` starts its flows");
  }
  for (const FlowStatus& flow : room.host->status()) {
    const std::string part = fmt::format("flow {}", flow.name());
    const std::string text = fmt::format("{}{}{}", flow_state_name(flow.state), flow.why.empty() ? "" : ": ", flow.why);
    if (flow.state == FlowState::kFailed) {
      TRY_STATUS(findings.problem(part, text, fmt::format("put it right, then `millrace resume {}`", flow.name())));
    } else if (flow.state == FlowState::kWaiting || flow.state == FlowState::kRetrying) {
      TRY_STATUS(findings.doubt(part, text, "it goes on by itself once that is over"));
    } else if (flow.state == FlowState::kPaused) {
      TRY_STATUS(findings.doubt(part, text, fmt::format("`millrace resume {}` lets it go on", flow.name())));
    } else {
      TRY_STATUS(findings.well(part, text));
    }
    if (flow.ledger.quarantined > 0) {
      TRY_STATUS(findings.doubt(part, fmt::format("{} records are in quarantine", flow.ledger.quarantined),
                                "`millrace quarantine list` says why"));
    }
    if (!flow.ledger.balances()) {
      TRY_STATUS(findings.problem(part, "the books do not balance: " + flow.ledger.text(), "report this as a bug"));
    }
  }
  return {};
}

Status look_at_systems(const AdminRoom& room, Findings& findings) {
  for (const PipelinePlan* plan : room.plans) {
    for (const auto& [name, system] : plan->systems) {
      if (system == nullptr) continue;
      const std::string part = fmt::format("system {} of {}", name, plan->name);
      const auto answer = system->reach();
      TRY_STATUS(answer.ok()
                     ? findings.well(part, *answer)
                     : findings.problem(part, answer.error().message(),
                                        "see that it runs, and that the profile has its address and credentials"));
    }
  }
  return {};
}

Status answer_doctor(const AdminRoom& room, const AdminArguments&, const TakeText& take) {
  Findings findings(take);
  TRY_STATUS(look_at_disk(room, findings));
  TRY_STATUS(look_at_clock(room, findings));
  TRY_STATUS(look_at_topics(room, findings));
  TRY_STATUS(look_at_tables(room, findings));
  TRY_STATUS(look_at_systems(room, findings));
  return look_at_flows(room, findings);
}

}  // namespace

const AdminAction kDoctorAction = {
    .name = "doctor", .summary = "What is not well, and what to do about it.", .answer = answer_doctor};

}  // namespace millrace
