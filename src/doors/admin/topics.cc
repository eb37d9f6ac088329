// Topics: what there is of them, their records, and new ones.
#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "connect/changes/known_pipeline.h"
#include "connect/topics/avro_values.h"
#include "data/utf8.h"
#include "doors/admin/list.h"
#include "flow/system.h"
#include "store/topics/partitioner.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kReadBytes = size_t{1} << 20;
constexpr int64_t kWaitMs = 100;

Json topic_json(const TopicDescription& topic) {
  Json json{{"topic", topic.name}, {"partitions", topic.partitions.size()}};
  int64_t records = 0;
  int64_t bytes = 0;
  std::string alarm;
  for (const PartitionDescription& partition : topic.partitions) {
    records += partition.high_water_mark - partition.log_start;
    bytes += partition.bytes;
    if (alarm.empty()) alarm = partition.alarm;
  }
  json["records"] = records;
  json["bytes"] = bytes;
  json["retention_ms"] = topic.config.retention_ms ? Json(*topic.config.retention_ms) : Json();
  json["retention_bytes"] = topic.config.retention_bytes ? Json(*topic.config.retention_bytes) : Json();
  json["compression"] = topic_compression_name(topic.config.compression);
  json["alarm"] = alarm;
  return json;
}

Status answer_topics(const AdminRoom& room, const AdminArguments&, const TakeText& take) {
  for (const std::string& name : room.home.topics().topics()) {
    const auto topic = room.home.topics().describe(name);
    if (topic.ok()) TRY_STATUS(take_json(take, topic_json(*topic)));
  }
  return {};
}

Status answer_describe(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(name, arguments.required("topic"));
  TRY(topic, room.home.topics().describe(name));
  Json json = topic_json(topic);
  json["partitions"] = Json::array();
  for (size_t p = 0; p < topic.partitions.size(); ++p) {
    const PartitionDescription& partition = topic.partitions[p];
    json["partitions"].push_back({{"partition", p},
                                  {"begin", partition.log_start},
                                  {"end", partition.high_water_mark},
                                  {"bytes", partition.bytes},
                                  {"segments", partition.segments},
                                  {"pinned_at", partition.pinned_at ? Json(*partition.pinned_at) : Json()},
                                  {"alarm", partition.alarm}});
  }
  return take_json(take, json);
}

void put_bytes(Json& json, const std::string& name, std::optional<std::string_view> bytes) {
  if (!bytes) {
    json[name] = nullptr;
  } else if (is_valid_utf8(*bytes)) {
    json[name] = *bytes;
  } else {
    json[name + "_base64"] = encode_base64(*bytes);
  }
}

// Of a topic of Avro as JSON, where it can be read.
void put_value(Json& json, const TopicRecord& record, SchemaRegistry* schemas) {
  const auto text = schemas != nullptr && record.value ? avro_value_as_json(*record.value, *schemas)
                                                       : Result<std::string>(std::string());
  if (!text.ok() || text->empty()) return put_bytes(json, "value", record.value);
  json["value"] = *text;
  json["schema"] = *avro_schema_id(*record.value);
}

// `schemas`: where its values are Avro.
Json record_json(std::string_view topic, int32_t partition, const TopicRecord& record, SchemaRegistry* schemas) {
  Json json{{"topic", topic},
            {"partition", partition},
            {"offset", record.offset},
            {"timestamp", instant_text(record.timestamp_ms * 1000)}};
  put_bytes(json, "key", record.key);
  put_value(json, record, schemas);
  if (!record.headers.empty()) {
    json["headers"] = Json::object();
    for (const RecordHeader& header : record.headers) put_bytes(json["headers"], std::string(header.key), header.value);
  }
  return json;
}

// As the pipeline file says that writes or reads it.
Result<bool> holds_avro(Home& home, const std::string& topic) {
  TRY(known, known_topic(home, topic));
  return known && known->value == ValueFormat::kAvro;
}

// Where the schemas of a topic are, as the pipelines say that are up.
SchemaRegistry& schemas_of(const AdminRoom& room, const std::string& topic) {
  if (room.host != nullptr) {
    for (const FlowUp& flow : room.host->flows()) {
      const TopicDeclaration* const declared = flow.pipeline().declarations.find(topic);
      if (declared != nullptr && declared->schemas != nullptr) return *declared->schemas->schemas();
    }
  }
  return room.home.schemas();
}

// Reads a topic's partitions in turn.
class Tail {
 public:
  Tail(const AdminRoom& room, std::string topic, const TakeText& take)
      : room_(room), topics_(room.home.topics()), stop_(room.stop), topic_(std::move(topic)), take_(take) {}

  Status open(const AdminArguments& arguments) {
    TRY(description, topics_.describe(topic_));
    TRY(avro, holds_avro(room_.home, topic_));
    if (avro) schemas_ = &schemas_of(room_, topic_);
    TRY(only, arguments.integer("partition", -1));
    TRY(last, arguments.integer("last", 10));
    TRY(limit, arguments.integer("limit", INT64_MAX));
    left_ = limit;
    const std::string from = arguments.text("from");
    const auto partitions = static_cast<int64_t>(description.partitions.size());
    if (only >= partitions) {
      return Error(ErrorCode::kNotFound, fmt::format("topic {} has the partitions 0 to {}", topic_, partitions - 1));
    }
    for (int32_t p = 0; p < partitions; ++p) {
      if (only >= 0 && p != only) continue;
      const PartitionDescription& partition = description.partitions[static_cast<size_t>(p)];
      const int64_t begin = from == "earliest" ? partition.log_start
                            : from == "latest" ? partition.high_water_mark
                                               : std::max(partition.log_start, partition.high_water_mark - last);
      at_.emplace_back(p, begin);
    }
    return {};
  }

  Status to_the_end() {
    bool more = true;
    while (more && left_ > 0 && !stop_) {
      more = false;
      for (auto& [partition, offset] : at_) {
        TRY(fetched, topics_.read(topic_, partition, offset, kReadBytes));
        if (fetched.batches.empty()) continue;
        more = true;
        TRY_STATUS(give(partition, offset, fetched.batches));
      }
    }
    return {};
  }

  Status for_ever() {
    while (left_ > 0 && !stop_) {
      TRY_STATUS(to_the_end());
      // With several partitions there may be news in any of them: look at all of them now and then.
      TRY(news, topics_.wait_beyond(topic_, at_[0].first, at_[0].second, kWaitMs));
      if (!news) TRY_STATUS(take_(""));  // whether anybody still listens
    }
    return {};
  }

 private:
  Status give(int32_t partition, int64_t& offset, std::string_view batches) {
    while (!batches.empty()) {
      TRY(records, decoder_.decode(batches));
      for (const TopicRecord& record : records) {
        if (record.offset < offset) continue;
        if (left_-- <= 0) return {};
        TRY_STATUS(take_json(take_, record_json(topic_, partition, record, schemas_)));
      }
      offset = decoder_.header().end_offset();
      batches.remove_prefix(decoder_.header().bytes);
    }
    return {};
  }

  const AdminRoom& room_;
  TopicStore& topics_;
  SchemaRegistry* schemas_ = nullptr;  // of a topic of Avro
  const std::atomic<bool>& stop_;
  std::string topic_;
  const TakeText& take_;
  RecordBatchDecoder decoder_;
  std::vector<std::pair<int32_t, int64_t>> at_;  // partition, next offset
  int64_t left_ = 0;
};

Status answer_tail(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(name, arguments.required("topic"));
  Tail tail(room, name, take);
  TRY_STATUS(tail.open(arguments));
  return arguments.flag("follow") ? tail.for_ever() : tail.to_the_end();
}

// All of it is one commit.
Status answer_produce(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(name, arguments.required("topic"));
  if (name == kCommitsTopic) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{} is the store's own", name));
  }
  TRY(description, room.home.topics().describe(name));
  TRY(avro, holds_avro(room.home, name));
  const auto all = nlohmann::json::parse(arguments.text("records"), nullptr, false);
  if (!all.is_array() || all.empty()) {
    return Error(ErrorCode::kInvalidArgument, "'records' is a JSON array of {\"key\": ..., \"value\": ...}");
  }
  const Partitioner partitioner(static_cast<int32_t>(description.partitions.size()));
  Commit commit;
  RecordBatchEncoder encoder(description.config.compression);
  for (const auto& one : all) {
    if (!one.is_object() || !one.contains("value") || !one["value"].is_string()) {
      return Error(ErrorCode::kInvalidArgument, "a record is {\"key\": ..., \"value\": ...}, and both are texts");
    }
    const auto key = one.find("key");
    const bool keyed = key != one.end() && key->is_string();
    const std::string key_text = keyed ? key->get<std::string>() : std::string();
    std::string value = one["value"].get<std::string>();
    if (avro) {
      TRY(bytes, avro_value_of_json(value, name, schemas_of(room, name)));
      value = std::move(bytes);
    }
    encoder.begin();
    encoder.add({.key = keyed ? std::optional<std::string_view>(key_text) : std::nullopt,
                 .value = value,
                 .timestamp_ms = room.clock.wall_us() / 1000});
    TRY(batch, encoder.finish());
    commit.append(name, partitioner.partition_of(keyed ? std::optional<std::string_view>(key_text) : value), batch);
  }
  TRY(receipt, room.home.topics().submit(commit));
  for (const CommitReceipt::Part& part : receipt.parts) {
    TRY_STATUS(take_json(take, {{"topic", part.where.topic},
                                {"partition", part.where.partition},
                                {"offset", part.base_offset},
                                {"records", part.end_offset - part.base_offset}}));
  }
  return {};
}

}  // namespace

const AdminAction kTopicsAction = {.name = "topics", .summary = "The topics there are.", .answer = answer_topics};
const AdminAction kDescribeTopicAction = {
    .name = "topics/describe", .summary = "One `topic` and its partitions.", .answer = answer_describe};
const AdminAction kTailAction = {
    .name = "topics/tail",
    .summary =
        "The records of a `topic`: of one `partition` or all, the `last` ones or `from` earliest or latest, up "
        "to `limit`; with `follow`, also those to come.",
    .answer = answer_tail};
const AdminAction kProduceAction = {.name = "topics/produce",
                                    .changes = true,
                                    .summary = "Appends `records` to a `topic`, all or none.",
                                    .answer = answer_produce};

}  // namespace millrace
