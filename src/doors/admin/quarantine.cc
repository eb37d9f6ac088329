// Quarantine: what is in there, and how it gets out.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "connect/home/quarantine.h"
#include "connect/topics/avro_values.h"
#include "data/utf8.h"
#include "doors/admin/flow_at_hand.h"
#include "doors/admin/list.h"
#include "flow/quarantine_record.h"
#include "flow/run/run_id.h"
#include "flow/run/runner.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

// Records that are retried in one commit.
constexpr size_t kRetryRecordsMax = 10'000;
constexpr size_t kRetryBytesMax = size_t{64} << 20;

// Which records are meant.
struct Selection {
  std::string rule;  // that they broke; empty: any
  OffsetSet at;      // of these offsets
  bool only_at = false;

  static Result<Selection> of(const AdminArguments& arguments) {
    Selection selection{.rule = arguments.text("rule")};
    const std::string at = arguments.text("at");
    TRY(offsets, OffsetSet::parse(at));
    selection.at = std::move(offsets);
    selection.only_at = !at.empty();
    return selection;
  }
  bool wants(const QuarantinedRecord& record) const {
    if (only_at && !at.contains(record.at)) return false;
    return rule.empty() || std::any_of(record.faults.begin(), record.faults.end(),
                                       [&](const auto& fault) { return fault.rule == rule; });
  }
};

bool is_avro(const QuarantinedRecord& record) { return record.format == value_format_name(ValueFormat::kAvro); }

// `schemas`: to show what is Avro as JSON beside its bytes, where it can be read.
Json record_json(const QuarantinedRecord& record, bool with_bytes, SchemaRegistry& schemas) {
  Json json{{"at", record.at},
            {"flow", record.flow},
            {"place", fmt::format("{}:{}", record.source, record.line)},
            {"step", record.step},
            {"element", record.element ? Json(*record.element) : Json()},
            {"came_in", instant_text(record.ingested_at_us)},
            {"run", record.run}};
  json["faults"] = Json::array();
  for (const auto& fault : record.faults) json["faults"].push_back({{"rule", fault.rule}, {"reason", fault.reason}});
  if (!with_bytes) return json;
  json["format"] = record.format;
  if (is_avro(record)) {
    const auto readable = avro_value_as_json(record.bytes, schemas);
    if (readable.ok()) json["record_json"] = *readable;
    json["record_base64"] = encode_base64(record.bytes);
  } else if (is_valid_utf8(record.bytes)) {
    json["record"] = record.bytes;
  } else {
    json["record_base64"] = encode_base64(record.bytes);
  }
  return json;
}

using WithQuarantine = std::function<Status(const std::string& flow, const Quarantine& quarantine)>;

// With the quarantine of the flow that is named, or of all. Looking needs no pipeline file: unless the flow says
// otherwise its quarantine has the usual name.
Status for_quarantines(const AdminRoom& room, const AdminArguments& arguments, const WithQuarantine& something) {
  const std::string name = arguments.text("flow");
  const std::string file = arguments.text("file");
  const auto look = [&](const PipelinePlan& pipeline, const FlowPlan& flow) -> Status {
    TRY(quarantine, Quarantine::of(room.home, pipeline, flow));
    return something(pipeline.id_of(flow), quarantine);
  };
  if (room.host != nullptr && !name.empty()) {
    TRY(flow, room.host->find(name));
    return look(flow->pipeline(), flow->plan());
  }
  if (room.host != nullptr) {
    for (const FlowUp& flow : room.host->flows()) {
      if (flow.plan().keeper != Keeper::kItself) TRY_STATUS(look(flow.pipeline(), flow.plan()));
    }
    return {};
  }
  if (!file.empty() && !name.empty()) return with_flow(room, arguments, look);
  TRY(flows, known_flows(room.home));
  bool found = false;
  for (const auto& [flow, checkpoint] : flows) {
    if (!name.empty() && flow != name && !flow.ends_with("." + name)) continue;
    const auto quarantine = Quarantine::of(room.home, flow, checkpoint);
    if (!quarantine.ok() && quarantine.error().code() == ErrorCode::kNotFound) continue;
    if (!quarantine.ok()) return quarantine.error();
    found = true;
    TRY_STATUS(something(flow, *quarantine));
  }
  if (found || name.empty()) return {};
  return Error(ErrorCode::kNotFound,
               fmt::format("no flow '{}' has a quarantine here; `millrace status` lists the flows", name));
}

Status count_by_rule(const AdminRoom& room, const std::string& flow, const Quarantine& quarantine,
                     const TakeText& take) {
  struct Count {
    uint64_t records = 0;
    std::string example;
    int64_t first = 0;
    int64_t last = 0;
  };
  std::map<std::string, Count> counts;
  TRY_STATUS(for_each_quarantined(room.home.topics(), quarantine, [&](const QuarantinedRecord& record) {
    std::string_view before;
    for (const auto& fault : record.faults) {
      if (fault.rule == before) continue;
      before = fault.rule;
      Count& count = counts[fault.rule];
      if (count.records++ == 0) {
        count.example = fault.reason;
        count.first = record.ingested_at_us;
      }
      count.last = record.ingested_at_us;
    }
    return true;
  }));
  for (const auto& [rule, count] : counts) {
    TRY_STATUS(take_json(take, {{"flow", flow},
                                {"rule", rule},
                                {"records", count.records},
                                {"example", count.example},
                                {"first", instant_text(count.first)},
                                {"last", instant_text(count.last)}}));
  }
  return {};
}

Status answer_list(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  return for_quarantines(room, arguments, [&](const std::string& flow, const Quarantine& quarantine) {
    return count_by_rule(room, flow, quarantine, take);
  });
}

Status answer_show(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(selection, Selection::of(arguments));
  TRY(limit, arguments.integer("limit", 10));
  return for_quarantines(room, arguments, [&](const std::string&, const Quarantine& quarantine) -> Status {
    int64_t left = limit;
    Status taken;
    TRY_STATUS(for_each_quarantined(room.home.topics(), quarantine, [&](const QuarantinedRecord& record) {
      if (!selection.wants(record)) return true;
      if (left-- <= 0) return false;
      taken = take_json(take, record_json(record, true, room.home.schemas()));
      return taken.ok();
    }));
    return taken;
  });
}

// The original bytes, a record a line; base64 where they may hold line breaks.
Status answer_export(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(selection, Selection::of(arguments));
  return for_quarantines(room, arguments, [&](const std::string&, const Quarantine& quarantine) -> Status {
    Status taken;
    TRY_STATUS(for_each_quarantined(room.home.topics(), quarantine, [&](const QuarantinedRecord& record) {
      if (selection.wants(record)) taken = take((is_avro(record) ? encode_base64(record.bytes) : record.bytes) + "\n");
      return taken.ok();
    }));
    return taken;
  });
}

// The next records that are meant, as many as one commit takes.
Result<std::vector<QuarantinedRecord>> select(const AdminRoom& room, const Quarantine& quarantine,
                                              const Selection& selection, int64_t until) {
  std::vector<QuarantinedRecord> records;
  size_t bytes = 0;
  TRY_STATUS(for_each_quarantined(room.home.topics(), quarantine, [&](QuarantinedRecord record) {
    if (record.at >= until) return false;
    if (!selection.wants(record)) return true;
    bytes += record.bytes.size();
    records.push_back(std::move(record));
    return records.size() < kRetryRecordsMax && bytes < kRetryBytesMax;
  }));
  return records;
}

// What comes back to quarantine does so at its end: it is not met again.
Status retry(const AdminRoom& room, const PipelinePlan& pipeline, const FlowPlan& flow, const Selection& selection,
             const TakeText& take) {
  Ledger all;
  TRY(first, Quarantine::of(room.home, pipeline, flow));
  TRY(bounds, room.home.topics().bounds(first.topic, 0));
  while (true) {
    TRY(quarantine, Quarantine::of(room.home, pipeline, flow));
    TRY(records, select(room, quarantine, selection, bounds.high_water_mark));
    if (records.empty()) break;
    for (const QuarantinedRecord& record : records) quarantine.left.add(record.at);
    quarantine.left.add_all_below(bounds.log_start);
    TRY(transaction, room.home.begin(pipeline, flow));
    // They have been counted as read.
    const OtherRecords retried{
        .open = [&](const RunContext& run) { return open_retried(flow, std::move(records), run); },
        .one_commit = true,
        .begin = transaction->resumed_from().position,
        .rereadings = transaction->resumed_from().rereadings,
        .note =
            [&](Checkpoint& checkpoint, const Ledger& run, const Position&, bool) {
              checkpoint.ledger.quarantined -= run.quarantined;  // these have come back, and are others
              leave_quarantine(checkpoint.ledger, run.read);
              checkpoint.ledger.quarantined += run.quarantined;
              checkpoint.ledger.read -= run.read;
              checkpoint.left_quarantine = quarantine.left.text();
            }};
    const FlowReport report = run_flow(flow, {.run_id = new_run_id(room.clock),
                                              .directory = pipeline.directory,
                                              .clock = &room.clock,
                                              .files = &room.files,
                                              .transaction = transaction.get(),
                                              .others = &retried,
                                              .topics = &room.home.topics(),
                                              .schemas = &room.home.schemas()});
    if (report.error) return *report.error;
    all += report.ledger;
  }
  return take_json(take, outcome_json(pipeline.id_of(flow), all.read, all));
}

Status answer_retry(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(selection, Selection::of(arguments));
  return with_flow(room, arguments, [&](const PipelinePlan& pipeline, const FlowPlan& flow) {
    return retry(room, pipeline, flow, selection, take);
  });
}

Status answer_drop(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(selection, Selection::of(arguments));
  if (selection.rule.empty() && !selection.only_at && !arguments.flag("all")) {
    return Error(ErrorCode::kInvalidArgument, "say which records to drop: by rule, by offsets, or all of them");
  }
  return with_flow(room, arguments, [&](const PipelinePlan& pipeline, const FlowPlan& flow) -> Status {
    TRY(quarantine, Quarantine::of(room.home, pipeline, flow));
    const OffsetSet before = quarantine.left;
    uint64_t dropped = 0;
    OffsetSet left = quarantine.left;
    TRY_STATUS(for_each_quarantined(room.home.topics(), quarantine, [&](const QuarantinedRecord& record) {
      if (!selection.wants(record)) return true;
      left.add(record.at);
      ++dropped;
      return true;
    }));
    TRY(transaction, room.home.begin(pipeline, flow));
    Checkpoint checkpoint = transaction->resumed_from();
    leave_quarantine(checkpoint.ledger, dropped);
    checkpoint.ledger.dropped += dropped;
    checkpoint.left_quarantine = left.text();
    TRY_STATUS(transaction->commit(checkpoint));
    TRY_STATUS(transaction->sync());
    return take_json(take, {{"flow", pipeline.id_of(flow)}, {"records", dropped}, {"dropped", dropped}});
  });
}

// Takes rows and keeps none.
class NoSink final : public Sink {
 public:
  std::unique_ptr<EncodedRows> encode(const Batch&, const Rows&) const override {
    return std::make_unique<EncodedRows>();
  }
  Status append(std::unique_ptr<EncodedRows>, size_t) override { return {}; }
  Status commit() override { return {}; }
  bool abandon() override { return true; }
};

class NoSinkPlan final : public SinkPlan {
 public:
  explicit NoSinkPlan(std::string place) : place_(std::move(place)) {}
  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>&, const RunContext&) const override {
    return std::unique_ptr<Sink>(std::make_unique<NoSink>());
  }
  std::string place() const override { return place_; }

 private:
  std::string place_;
};

// The records go through the flow as the edited file has it, and nothing comes of it but the counts.
Status answer_try(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(selection, Selection::of(arguments));
  TRY(file, arguments.required("file"));
  TRY(name, arguments.required("flow"));
  TRY(plan, load_plan(room, file));
  TRY(flow, find_flow(*plan, name));
  TRY(quarantine, Quarantine::of(room.home, *plan, *flow));
  TRY(bounds, room.home.topics().bounds(quarantine.topic, 0));
  TRY(records, select(room, quarantine, selection, bounds.high_water_mark));
  for (PlannedSink& sink : flow->sinks) sink.plan = std::make_unique<NoSinkPlan>(sink.plan->place());
  flow->quarantine = std::make_unique<NoSinkPlan>(flow->quarantine->place());
  const OtherRecords retried{
      .open = [&](const RunContext& run) { return open_retried(*flow, std::move(records), run); }};
  const FlowReport report = run_flow(*flow, {.run_id = new_run_id(room.clock),
                                             .directory = plan->directory,
                                             .clock = &room.clock,
                                             .files = &room.files,
                                             .others = &retried,
                                             .topics = &room.home.topics(),
                                             .schemas = &room.home.schemas()});
  if (report.error) return *report.error;
  Json json = outcome_json(plan->name + "." + flow->name, report.ledger.read, report.ledger);
  json["first_faults"] = faults_json(report);
  return take_json(take, json);
}

}  // namespace

const AdminAction kListQuarantineAction = {
    .name = "quarantine", .summary = "How many records are in quarantine, by `flow` and rule.", .answer = answer_list};
const AdminAction kShowQuarantinedAction = {
    .name = "quarantine/show",
    .summary =
        "Records in quarantine with their bytes: of a `flow`, a `rule`, at some offsets (`at`: 0-4,9), up to "
        "`limit`.",
    .answer = answer_show};
const AdminAction kExportQuarantineAction = {.name = "quarantine/export",
                                             .summary = "The bytes of such records as they came, a record a line.",
                                             .answer = answer_export};
const AdminAction kRetryQuarantineAction = {
    .name = "quarantine/retry",
    .changes = true,
    .summary = "Runs such records through the `flow` as it is today; its books say where they are now.",
    .answer = answer_retry};
const AdminAction kDropQuarantinedAction = {.name = "quarantine/drop",
                                            .changes = true,
                                            .summary = "Gives such records up: in the books they are dropped.",
                                            .answer = answer_drop};
const AdminAction kTryQuarantineAction = {
    .name = "quarantine/try",
    .changes = true,  // nothing, but it reads files, which is for the owner only
    .summary = "What an edited pipeline `file` would make of such records of a `flow`; nothing is changed.",
    .answer = answer_try};

}  // namespace millrace
