#include "connect/home/quarantine.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "connect/home/home_transaction.h"
#include "data/expr/parse.h"

namespace millrace {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;
constexpr size_t kBatchRecordsMax = 1024;

class RetriedSource final : public Source {
 public:
  // `topics`: those that the records may have come from.
  RetriedSource(std::unique_ptr<Source> decoder, std::vector<std::string> topics,
                std::vector<QuarantinedRecord> records, const RunContext& run)
      : decoder_(std::move(decoder)), topics_(std::move(topics)), records_(std::move(records)), run_id_(run.run_id) {}

  // Records that came in together go on together: what they have in common is said once.
  Result<std::optional<SourcePiece>> next() override {
    if (next_ == records_.size()) return std::optional<SourcePiece>();
    const size_t first = next_;
    size_t bytes = 0;
    while (next_ < records_.size() && next_ - first < kBatchRecordsMax && together(records_[first], records_[next_])) {
      bytes += records_[next_].bytes.size() + records_[next_].key.value_or("").size();
      ++next_;
    }
    const QuarantinedRecord& one = records_[first];
    auto origin = std::make_shared<Origin>();
    origin->source = one.source;
    origin->format = one.format;
    origin->ingested_at_us = one.ingested_at_us;
    origin->run_id = run_id_;
    origin->first_offset = one.offset;
    if (!one.header.empty()) origin->header = std::make_shared<const std::vector<std::string>>(one.header);
    const auto part = partition_of_part(one.source);
    if (part && std::find(topics_.begin(), topics_.end(), part->topic) != topics_.end()) {
      origin->topic = part->topic;
      origin->partition = part->partition;
    }
    origin->bytes.reserve(bytes);
    for (size_t i = first; i < next_; ++i) add(*origin, records_[i]);
    std::memset(origin->bytes.bytes() + origin->bytes.size(), 0, kBufferSlack);
    const uint64_t stamps = records_[next_ - 1].offset - one.offset + 1;
    return std::optional(SourcePiece{.origin = std::move(origin), .bytes_read = bytes, .stamps = stamps});
  }

  Batch decode(SourcePiece piece, Passage& passage) const override {
    return decoder_->decode(std::move(piece), passage);
  }
  uint64_t bytes_total() const override { return 0; }

 private:
  static bool together(const QuarantinedRecord& a, const QuarantinedRecord& b) {
    return a.source == b.source && a.ingested_at_us == b.ingested_at_us && a.format == b.format &&
           a.header == b.header && b.offset >= a.offset;
  }

  static void add(Origin& origin, const QuarantinedRecord& record) {
    const size_t at = origin.bytes.size();
    const std::string key = record.key.value_or("");
    origin.bytes.resize(at + record.bytes.size() + key.size());
    if (!record.bytes.empty()) std::memcpy(origin.bytes.bytes() + at, record.bytes.data(), record.bytes.size());
    if (!key.empty()) std::memcpy(origin.bytes.bytes() + at + record.bytes.size(), key.data(), key.size());
    origin.begin.push_back(static_cast<uint32_t>(at));
    origin.end.push_back(static_cast<uint32_t>(at + record.bytes.size()));
    origin.line.push_back(record.line);
    origin.offset.push_back(record.offset);
    origin.element.push_back(record.element.value_or(-1));
    origin.key_bytes.push_back(record.key ? static_cast<int32_t>(key.size()) : -1);
    origin.timestamp_us.push_back(record.ingested_at_us);
  }

  std::unique_ptr<Source> decoder_;
  std::vector<std::string> topics_;
  std::vector<QuarantinedRecord> records_;
  std::string run_id_;
  size_t next_ = 0;
};

Result<std::string> bytes_of(const nlohmann::json& json) {
  const auto text = json.find("record");
  if (text != json.end() && text->is_string()) return text->get<std::string>();
  const auto base64 = json.find("record_base64");
  if (base64 != json.end() && base64->is_string()) {
    if (auto bytes = decode_base64(base64->get<std::string>())) return std::move(*bytes);
  }
  return Error(ErrorCode::kCorruption, "it has no bytes");
}

Result<Quarantine> in_topic(Home& home, std::string_view flow, const std::string& name, const Checkpoint& checkpoint) {
  TRY(topic, home.topics().describe(name));
  if (topic.partitions.size() > 1) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("the quarantine of flow {}, topic {}, has several partitions: give it a topic with one",
                             flow, name));
  }
  TRY(left, OffsetSet::parse(checkpoint.left_quarantine));
  return Quarantine{.flow = std::string(flow), .topic = name, .left = std::move(left)};
}

}  // namespace

Result<QuarantinedRecord> QuarantinedRecord::parse(int64_t at, std::string_view text) {
  const auto damaged = [&](std::string_view why) {
    return Error(ErrorCode::kCorruption, fmt::format("record {} of a quarantine cannot be read: {}", at, why));
  };
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return damaged("it is not a JSON object");
  try {
    QuarantinedRecord record{.at = at,
                             .flow = json.at("flow").get<std::string>(),
                             .run = json.at("run").get<std::string>(),
                             .source = json.at("source").get<std::string>(),
                             .line = json.at("line").get<uint64_t>(),
                             .offset = json.at("offset").get<uint64_t>(),
                             .step = json.at("step").get<std::string>(),
                             .format = json.at("format").get<std::string>()};
    if (!json.at("element").is_null()) record.element = json.at("element").get<int32_t>();
    for (const auto& fault : json.at("faults")) record.faults.push_back({fault.at("rule"), fault.at("reason")});
    const auto time = parse_timestamp_us(json.at("ingested_at").get<std::string>());
    if (!time) return damaged("its time is none");
    record.ingested_at_us = *time;
    if (!json.at("key").is_null()) record.key = json.at("key").get<std::string>();
    if (!json.at("header").is_null()) record.header = json.at("header").get<std::vector<std::string>>();
    auto bytes = bytes_of(json);
    if (!bytes.ok()) return damaged(bytes.error().message());
    record.bytes = std::move(*bytes);
    return record;
  } catch (const nlohmann::json::exception& failure) {
    return damaged(failure.what());
  }
}

Result<Quarantine> Quarantine::of(Home& home, const PipelinePlan& pipeline, const FlowPlan& flow) {
  if (flow.keeper == Keeper::kItself || flow.quarantine == nullptr) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("flow {} keeps its quarantine in a file{}: look there, and run what is good again",
                             flow.name, flow.quarantine == nullptr ? "" : ", " + flow.quarantine->place()));
  }
  TRY(checkpoint, home.checkpoint(pipeline.name, flow));
  return in_topic(home, flow.id, flow.quarantine->topic(), checkpoint);
}

Result<Quarantine> Quarantine::of(Home& home, std::string_view flow, const Checkpoint& checkpoint) {
  return in_topic(home, flow.substr(flow.find('.') + 1), fmt::format("{}.quarantine", flow), checkpoint);
}

Status for_each_quarantined(const TopicStore& topics, const Quarantine& quarantine,
                            const std::function<bool(QuarantinedRecord record)>& take) {
  TRY(bounds, topics.bounds(quarantine.topic, 0));
  RecordBatchDecoder decoder;
  for (int64_t at = bounds.log_start; at < bounds.high_water_mark;) {
    TRY(fetched, topics.read(quarantine.topic, 0, at, kReadBytes));
    std::string_view batches = fetched.batches;
    while (!batches.empty()) {
      TRY(records, decoder.decode(batches));
      for (const TopicRecord& record : records) {
        if (record.offset < at || quarantine.left.contains(record.offset)) continue;
        TRY(parsed, QuarantinedRecord::parse(record.offset, record.value.value_or("")));
        if (parsed.flow == quarantine.flow && !take(std::move(parsed))) return {};
      }
      at = decoder.header().end_offset();
      batches.remove_prefix(decoder.header().bytes);
    }
  }
  return {};
}

Result<std::unique_ptr<Source>> open_retried(const FlowPlan& flow, std::vector<QuarantinedRecord> records,
                                             const RunContext& run) {
  const auto explodes = std::count(flow.step_names.begin(), flow.step_names.end(), "explode");
  const bool parts = std::any_of(records.begin(), records.end(), [](const auto& one) { return one.element; });
  if (parts && explodes > 1) {
    return Error(ErrorCode::kInvalidArgument,
                 "rows of a record that two `explode` steps took apart cannot be told from each other: export the "
                 "records, and read them anew");
  }
  TRY(decoder, flow.source->open(flow.slots, run));
  return std::unique_ptr<Source>(
      std::make_unique<RetriedSource>(std::move(decoder), flow.source->topics(), std::move(records), run));
}

}  // namespace millrace
