// Records that go through their flow once more: out of payloads, or a stretch of topics.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "connect/home/home_transaction.h"
#include "connect/home/raw_source.h"
#include "connect/home/stretch.h"
#include "doors/admin/flow_at_hand.h"
#include "doors/admin/list.h"
#include "doors/admin/payload_query.h"
#include "host/replay.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kLookEvery = std::chrono::milliseconds(100);

// Says stop once nobody wants the answer any more, or all is to stop.
class Wanted {
 public:
  Wanted(const AdminRoom& room, const TakeText& take) : thread_([this, &room, &take] { look(room, take); }) {}
  ~Wanted() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    ends_.notify_all();
    thread_.join();
  }
  Wanted(const Wanted&) = delete;
  Wanted& operator=(const Wanted&) = delete;

  const std::atomic<bool>& stop() const { return stop_; }

 private:
  void look(const AdminRoom& room, const TakeText& take) {
    std::unique_lock lock(mutex_);
    while (!ends_.wait_for(lock, kLookEvery, [&] { return ending_; })) {
      if (room.stop || !take("").ok()) stop_ = true;
    }
  }

  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable ends_;
  bool ending_ = false;  // guarded by mutex_
  std::thread thread_;
};

Result<ReplayEnd> replay(const AdminRoom& room, const PipelinePlan& pipeline, const FlowPlan& flow,
                         const ReplayOrder& order, const TakeText& take) {
  std::unique_ptr<RunHistory> own;
  if (room.host == nullptr) {
    TRY(history, RunHistory::open(room.home.tables(), room.clock));
    own = std::move(history);
  }
  const Wanted wanted(room, take);
  return replay_records({.home = room.home,
                         .history = own == nullptr ? room.host->timetable().history() : *own,
                         .clock = room.clock,
                         .files = room.files,
                         .stop = wanted.stop(),
                         .workers = std::max(1U, std::thread::hardware_concurrency())},
                        pipeline, flow, order);
}

Json end_json(const ReplayEnd& end) {
  Json json = outcome_json(end.run.flow, end.run.ledger.read, end.run.ledger);
  json["run"] = end.run.id();
  json["attempt"] = end.run.attempt;
  json["done_already"] = end.done_already;
  json["first_faults"] = faults_json(end.report);
  return json;
}

Status replay_payloads(const AdminRoom& room, const PipelinePlan& pipeline, const FlowPlan& flow,
                       const AdminArguments& arguments, const TakeText& take) {
  TRY(query, payload_query_of(arguments));
  if (query.says_nothing() && !arguments.flag("all")) {
    return Error(ErrorCode::kInvalidArgument,
                 "say which payloads to replay: by offsets, by run, by time, or all of them");
  }
  if (!flow.raw) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("flow {} keeps no payloads; with `raw: NAME` beside its `from` it does", flow.name));
  }
  const TopicStore& topics = room.home.topics();
  const std::string part = raw_part(*flow.raw);
  TRY(meant, PayloadReader::open(topics, flow.raw->name, query, {}));
  PayloadCounts counts;
  const ReplayOrder order{.what = query.text(),
                          .from = {{part, {}}},
                          .until = {{part, {.next = static_cast<uint64_t>(meant.end())}}},
                          .open = [&](const Position& reached, const Position& until,
                                      const RunContext& run) -> Result<std::unique_ptr<Source>> {
                            TRY(payloads, PayloadReader::open(topics, flow.raw->name, query,
                                                              {.from = static_cast<int64_t>(reached.at(part).next),
                                                               .until = static_cast<int64_t>(until.at(part).next)}));
                            return open_payloads(flow, std::move(payloads), run, counts);
                          },
                          .anew = arguments.flag("anew")};
  TRY(end, replay(room, pipeline, flow, order, take));
  Json json = end_json(end);
  json["payloads"] = counts.read;
  json["refused"] = counts.refused;
  return take_json(take, json);
}

Status answer_replay_raw(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  return with_flow(room, arguments, [&](const PipelinePlan& pipeline, const FlowPlan& flow) {
    return replay_payloads(room, pipeline, flow, arguments, take);
  });
}

Status replay_stretch(const AdminRoom& room, const PipelinePlan& pipeline, const FlowPlan& flow,
                      const AdminArguments& arguments, const TakeText& take) {
  TRY(from_text, arguments.required("from"));
  const std::string to_text = arguments.text("to", "latest");
  TRY(from, ResetTo::parse(from_text));
  TRY(to, ResetTo::parse(to_text));
  TRY(partition, arguments.integer("partition", -1));
  TRY(stretch,
      find_stretch(room.home, pipeline, flow, {.from = from, .to = to, .partition = static_cast<int32_t>(partition)}));
  std::vector<std::unique_ptr<Pin>> pins;  // it is not to go while it is read
  for (const auto& [part, at] : stretch.from) {
    const auto where = partition_of_part(part);
    TRY(pin, room.home.topics().pin(where->topic, where->partition, static_cast<int64_t>(at.next),
                                    fmt::format("a replay of flow {}.{}", pipeline.name, flow.name)));
    pins.push_back(std::move(pin));
  }
  const ReplayOrder order{
      .what = fmt::format("{} from {} to {}{}", flow.source->place(), from_text, to_text,
                          partition < 0 ? "" : fmt::format(" of partition {}", partition)),
      .from = stretch.from,
      .until = stretch.until,
      .open = [&](const Position& reached, const Position& until,
                  const RunContext& run) { return flow.source->open_stretch(reached, until, flow.slots, run); },
      .anew = arguments.flag("anew")};
  TRY(end, replay(room, pipeline, flow, order, take));
  return take_json(take, end_json(end));
}

Status answer_replay(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  return with_flow(room, arguments, [&](const PipelinePlan& pipeline, const FlowPlan& flow) {
    return replay_stretch(room, pipeline, flow, arguments, take);
  });
}

}  // namespace

const AdminAction kReplayRawAction = {
    .name = "raw/replay",
    .changes = true,
    .summary =
        "Puts payloads of `flow` through it once more as it is today: of a `run`, at some offsets (`at`), of a "
        "time (`from`, `to`), or `all`; goes on with the same one that was interrupted, unless `anew`.",
    .answer = answer_replay_raw};
const AdminAction kReplayAction = {
    .name = "flows/replay",
    .changes = true,
    .summary =
        "Puts records of the topics of `flow` through it once more as it is today, `from` (earliest, offset:N "
        "or a time) up to `to` or its position, of one `partition` or all; goes on with the same one that was "
        "interrupted, unless `anew`.",
    .answer = answer_replay};

}  // namespace millrace
