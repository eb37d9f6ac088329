// Runs of scheduled flows: which there were, and orders for more. Without a process that has their flows up, what is
// ordered is written into the history, and done by the next one.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "connect/home/reset.h"
#include "connect/home/run_history.h"
#include "data/expr/parse.h"
#include "doors/admin/list.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kRunsShown = 20;

Json time_json(int64_t us) { return us == 0 ? Json() : Json(instant_text(us)); }

Json run_json(const ScheduledRun& run) {
  return {{"run", run.id()},
          {"flow", run.flow},
          {"instant", instant_text(run.instant_us)},
          {"state", run_state_name(run.state)},
          {"cause", run_cause_name(run.cause)},
          {"attempt", run.attempt},
          {"window_start", time_json(run.window.start_us)},
          {"window_end", time_json(run.window.end_us)},
          {"started", time_json(run.started_us)},
          {"ended", time_json(run.ended_us)},
          {"missed", run.missed},
          {"late", run.late},
          {"ledger", ledger_json(run.ledger)},
          {"error", run.error}};
}

// The history, and who is to be told of new runs.
class Book {
 public:
  static Result<Book> open(const AdminRoom& room) {
    Book book;
    book.table_ = room.host == nullptr ? nullptr : &room.host->timetable();
    if (book.table_ == nullptr) {
      TRY(history, RunHistory::open(room.home.tables(), room.clock));
      book.own_ = std::move(history);
    }
    return book;
  }

  RunHistory& history() { return table_ == nullptr ? *own_ : table_->history(); }
  bool up() const { return table_ != nullptr; }

  // All or none. Where nothing is up, the next process finds them.
  Status add(const std::vector<ScheduledRun>& runs) {
    return table_ == nullptr ? own_->write(runs) : table_->add(runs);
  }

  Result<std::pair<std::string, KnownFlow>> flow(const std::string& name) {
    TRY(flows, history().known_flows());
    std::vector<std::string> same, all;
    for (const auto& [known, flow] : flows) {
      all.push_back(known);
      if (known == name || known.ends_with("." + name)) same.push_back(known);
    }
    if (flows.contains(name)) return std::pair(name, flows.at(name));
    if (same.size() == 1) return std::pair(same[0], flows.at(same[0]));
    if (same.size() > 1) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("several flows are called '{}': say {}", name, fmt::join(same, " or ")));
    }
    return Error(ErrorCode::kNotFound,
                 all.empty()
                     ? "no scheduled flow has been up here so far; `millrace up FILE` makes them known"
                     : fmt::format("there is no scheduled flow '{}'; there are: {}", name, fmt::join(all, ", ")));
  }

 private:
  Timetable* table_ = nullptr;
  std::unique_ptr<RunHistory> own_;
};

// "2026-11-21T10:05:00Z", "2026-11-21"; nullopt: it was not said.
Result<std::optional<int64_t>> time_of(const AdminArguments& arguments, std::string_view name) {
  const std::string text = arguments.text(name);
  if (text.empty()) return std::optional<int64_t>();
  const auto us = parse_timestamp_us(text);
  if (us && text.find('-') != std::string::npos && *us % kSecondUs == 0) return us;
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("'{}' is a time of whole seconds as 2026-11-21T10:05:00Z, not '{}'", name, text));
}

Status answer_runs(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(book, Book::open(room));
  RunQuery query{.flow = arguments.text("flow")};
  if (const std::string state = arguments.text("state"); !state.empty()) {
    query.state = run_state_of_name(state);
    if (!query.state) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("no run is '{}'; it is one of: {}", state, fmt::join(run_state_names(), ", ")));
    }
  }
  TRY(limit, arguments.integer("limit", kRunsShown));
  if (limit < 0) return Error(ErrorCode::kInvalidArgument, "'limit' is not below 0; 0 is all");
  query.limit = static_cast<size_t>(limit);
  TRY(runs, book.history().list(query));
  for (const ScheduledRun& run : runs) TRY_STATUS(take_json(take, run_json(run)));
  return {};
}

Status answer_trigger(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(book, Book::open(room));
  TRY(name, arguments.required("flow"));
  TRY(flow, book.flow(name));
  TRY(at, time_of(arguments, "at"));
  int64_t instant_us = at.value_or(room.clock.wall_us() / kSecondUs * kSecondUs);
  if (!at) {
    while (book.history().find(flow.first, instant_us)) instant_us += kSecondUs;
  } else if (const auto there = book.history().find(flow.first, instant_us)) {
    return Error(ErrorCode::kAlreadyExists,
                 fmt::format("run {} is {} already{}", there->id(), run_state_name(there->state),
                             has_ended(there->state) ? "; `millrace clear` makes it due again" : ""));
  }
  const ScheduledRun run = make_run({.name = flow.first, .timing = flow.second.timing}, instant_us, RunCause::kTrigger,
                                    room.clock.wall_us());
  TRY_STATUS(book.add({run}));
  Json json = run_json(run);
  json["up"] = book.up();
  return take_json(take, json);
}

Status answer_backfill(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(book, Book::open(room));
  TRY(name, arguments.required("flow"));
  TRY(flow, book.flow(name));
  TRY(from, time_of(arguments, "from"));
  TRY(to, time_of(arguments, "to"));
  if (!from || !to || *from > *to) {
    return Error(ErrorCode::kInvalidArgument,
                 "'from' and 'to' say which runs are to be made up for, from not behind to");
  }
  if (!flow.second.timing.has_instants()) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("flow {} has no times of its own: backfill what it comes after ({})", flow.first,
                             fmt::join(flow.second.timing.after, ", ")));
  }
  const Instants instants(flow.second.timing);
  std::vector<ScheduledRun> runs;
  int64_t there = 0;
  for (auto at = instants.after(*from - 1); at && *at <= *to; at = instants.after(*at)) {
    if (runs.size() == kOpenRunsMax) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("that is more than {} runs; take a shorter time", kOpenRunsMax));
    }
    if (book.history().find(flow.first, *at)) {
      ++there;
      continue;
    }
    runs.push_back(
        make_run({.name = flow.first, .timing = flow.second.timing}, *at, RunCause::kBackfill, room.clock.wall_us()));
  }
  for (const ScheduledRun& run : runs) TRY_STATUS(take_json(take, run_json(run)));
  const bool go = arguments.flag("go");
  if (go && !runs.empty()) TRY_STATUS(book.add(runs));
  return take_json(take,
                   {{"flow", flow.first}, {"runs", runs.size()}, {"have_run", there}, {"done", go}, {"up", book.up()}});
}

// What happens to what a flow has put out already.
std::string_view effect_on_output(Keeper keeper) {
  switch (keeper) {
    case Keeper::kTables: return "rows that are in its tables are overwritten by their key";
    case Keeper::kTopics: return "records that are in its topics stay, and come a second time";
    case Keeper::kItself: return "its files are written anew";
    case Keeper::kSystem: return "what it has written in its system stays, and comes a second time";
    case Keeper::kAlong: break;
  }
  MILLRACE_UNREACHABLE("keeper");
}

// Where the flow has to go back to, so that the earliest of these runs does again what it did; nullopt: its runs do not
// depend on where it is, or nobody knows.
Result<std::optional<Position>> place_of_runs(Home& home, const std::vector<ScheduledRun>& runs,
                                              const KnownFlow& flow) {
  if (flow.keeper == Keeper::kItself) return std::optional<Position>();
  const ScheduledRun* earliest = nullptr;
  for (const ScheduledRun& run : runs) {
    if (run.began_at.empty()) continue;
    if (earliest == nullptr || run.started_us < earliest->started_us) earliest = &run;
  }
  if (earliest == nullptr) return std::optional<Position>();
  TRY(then, Checkpoint::from_bytes(earliest->began_at));
  TRY(flows, known_flows(home));
  const Position now = flows[earliest->flow].position;
  // A source that is read anew in each run has no place in it between two of them, but may know what it was told last.
  const bool moved = std::any_of(now.begin(), now.end(), [&](const auto& part) {
    const auto before = then.position.find(part.first);
    const bool told = part.second.next == 0 && !part.second.token.empty();
    return told || part.second.next != (before == then.position.end() ? 0 : before->second.next);
  });
  return moved ? std::optional(std::move(then.position)) : std::nullopt;
}

// While nothing of the flow runs.
Status set_back(const AdminRoom& room, Book& book, const std::string& name, const KnownFlow& flow,
                const Position& position) {
  TRY(open, book.history().open_runs());
  for (const ScheduledRun& run : open) {
    if (run.flow != name || run.attempt == 0) continue;
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("run {} is under way, and the flow would be set back below it: wait for it, or `millrace "
                             "cancel` it",
                             run.id()));
  }
  const auto move = [&] { return set_back(room.home, name, flow.keeper, position); };
  const bool up = room.host != nullptr && room.host->find(name).ok();
  return up ? room.host->while_resting(name, move) : move();
}

Result<std::vector<ScheduledRun>> runs_to_clear(Book& book, const AdminArguments& arguments) {
  TRY(from, time_of(arguments, "from"));
  TRY(to, time_of(arguments, "to"));
  if (const std::string id = arguments.text("run"); !id.empty()) {
    const auto name = parse_run_id(id);
    if (!name) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("'{}' is no run; they are called as ingest@2026-11-21T10:05:00Z", id));
    }
    TRY(flow, book.flow(name->flow));
    const auto run = book.history().find(flow.first, name->instant_us);
    if (run && run->cause == RunCause::kReplay) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("run {} is a replay: ask for it once more instead", id));
    }
    if (run) return std::vector{*run};
    return Error(ErrorCode::kNotFound, fmt::format("there is no run {}; `millrace runs` lists them",
                                                   run_id_text(flow.first, name->instant_us)));
  }
  TRY(name, arguments.required("flow"));
  TRY(flow, book.flow(name));
  if (!from || !to || *from > *to) {
    return Error(ErrorCode::kInvalidArgument, "'from' and 'to' say which runs are to be cleared, from not behind to");
  }
  TRY(runs, book.history().list({.flow = flow.first, .from_us = from, .to_us = to}));
  std::erase_if(runs, [](const ScheduledRun& run) { return run.cause == RunCause::kReplay; });
  std::reverse(runs.begin(), runs.end());
  return runs;
}

Status answer_clear(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(book, Book::open(room));
  TRY(runs, runs_to_clear(book, arguments));
  size_t open = 0;
  std::vector<ScheduledRun> cleared;
  for (const ScheduledRun& run : runs) {
    if (has_ended(run.state)) {
      cleared.push_back(cleared_run(run, room.clock.wall_us()));
    } else {
      ++open;
    }
  }
  std::erase_if(runs, [](const ScheduledRun& run) { return !has_ended(run.state); });
  if (cleared.size() > kOpenRunsMax) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("that is more than {} runs; take a shorter time", kOpenRunsMax));
  }
  Json summary{{"runs", cleared.size()}, {"open", open}, {"done", false}, {"up", book.up()}};
  if (cleared.empty()) return take_json(take, summary);
  TRY(flow, book.flow(cleared[0].flow));
  TRY(place, place_of_runs(room.home, runs, flow.second));
  summary["effect"] = effect_on_output(flow.second.keeper);
  summary["set_back"] = place.has_value();
  const bool twice = flow.second.keeper == Keeper::kTopics;
  summary["needs_again"] = twice;
  if (arguments.flag("go")) {
    if (twice && !arguments.flag("again")) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("flow {} writes topics, which would get its records a second "
                               "time: say so with --again",
                               flow.first));
    }
    if (place) TRY_STATUS(set_back(room, book, flow.first, flow.second, *place));
    TRY_STATUS(book.add(cleared));
    summary["done"] = true;
  }
  for (const ScheduledRun& run : runs) TRY_STATUS(take_json(take, run_json(run)));
  return take_json(take, summary);
}

Status answer_cancel(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(book, Book::open(room));
  TRY(id, arguments.required("run"));
  auto name = parse_run_id(id);
  if (!name) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is no run; they are called as ingest@2026-11-21T10:05:00Z", id));
  }
  TRY(flow, book.flow(name->flow));
  name->flow = flow.first;
  if (room.host != nullptr) {
    TRY_STATUS(room.host->timetable().cancel(*name));
  } else {
    auto run = book.history().find(name->flow, name->instant_us);
    if (!run || has_ended(run->state)) {
      return Error(ErrorCode::kNotFound,
                   fmt::format("run {} is not due and not under way", run_id_text(name->flow, name->instant_us)));
    }
    run->state = RunState::kCancelled;
    run->ended_us = room.clock.wall_us();
    TRY_STATUS(book.add({*run}));
  }
  return take_json(take, {{"run", run_id_text(name->flow, name->instant_us)}, {"cancelled", true}});
}

}  // namespace

const AdminAction kRunsAction = {.name = "runs",
                                 .summary =
                                     "The runs of scheduled flows, the newest first: of one `flow`, in one "
                                     "`state`, up to `limit` (20; 0: all).",
                                 .answer = answer_runs};
const AdminAction kTriggerAction = {.name = "runs/trigger",
                                    .changes = true,
                                    .summary = "Makes a run of `flow` due, for the time `at` or for now.",
                                    .answer = answer_trigger};
const AdminAction kBackfillAction = {
    .name = "runs/backfill",
    .changes = true,
    .summary = "The times of `flow` from `from` to `to` that have no run; with `go`, their runs are due.",
    .answer = answer_backfill};
const AdminAction kClearAction = {
    .name = "runs/clear",
    .changes = true,
    .summary =
        "One `run`, or those of `flow` from `from` to `to`; with `go` they are due again, with `again` also where "
        "topics get their records a second time.",
    .answer = answer_clear};
const AdminAction kCancelAction = {.name = "runs/cancel",
                                   .changes = true,
                                   .summary = "Ends a `run` that is due or under way.",
                                   .answer = answer_cancel};

}  // namespace millrace
