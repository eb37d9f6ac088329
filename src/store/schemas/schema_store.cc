#include "store/schemas/schema_store.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "data/formats/avro/schema.h"

namespace millrace {
namespace {

using Json = nlohmann::json;  // keys in order: two texts of one schema give the same

constexpr size_t kReadBytes = size_t{1} << 20;

Error damaged(int64_t offset, std::string_view why) {
  return {ErrorCode::kCorruption, fmt::format("{}[0]@{} is no version of a schema: {}", kSchemasTopic, offset, why)};
}

// The same for texts that differ in spaces and in the order of their keys alone.
std::string one_form(const std::string& schema) { return Json::parse(schema, nullptr, false).dump(); }

Result<SubjectVersion> version_of(const TopicRecord& record) {
  const auto json = Json::parse(record.value.value_or(""), nullptr, false);
  if (!json.is_object()) return damaged(record.offset, "it is not a JSON object");
  try {
    return SubjectVersion{.subject = json.at("subject").get<std::string>(),
                          .version = json.at("version").get<int32_t>(),
                          .id = json.at("id").get<int32_t>(),
                          .schema = json.at("schema").get<std::string>()};
  } catch (const Json::exception& failure) {
    return damaged(record.offset, failure.what());
  }
}

}  // namespace

Result<std::unique_ptr<SchemaStore>> SchemaStore::open(TopicStore& topics, const Clock& clock) {
  std::unique_ptr<SchemaStore> store(new SchemaStore(topics, clock));
  TRY_STATUS(store->load());
  return store;
}

Status SchemaStore::load() {
  const auto bounds = topics_.bounds(kSchemasTopic, 0);
  if (!bounds.ok()) return bounds.error().code() == ErrorCode::kNotFound ? Status() : bounds.error();
  RecordBatchDecoder decoder;
  const std::lock_guard lock(mutex_);
  for (int64_t at = bounds->log_start; at < bounds->high_water_mark;) {
    TRY(fetched, topics_.read(kSchemasTopic, 0, at, kReadBytes));
    std::string_view batches = fetched.batches;
    while (!batches.empty()) {
      TRY(records, decoder.decode(batches));
      for (const TopicRecord& record : records) {
        TRY(version, version_of(record));
        if (!note(std::move(version)).ok()) return damaged(record.offset, "its id is another schema's");
      }
      at = decoder.header().end_offset();
      batches.remove_prefix(decoder.header().bytes);
    }
  }
  return {};
}

Status SchemaStore::note(SubjectVersion version) {
  const auto [id, added] = ids_.emplace(one_form(version.schema), version.id);
  if (id->second != version.id) return Error(ErrorCode::kCorruption, "two ids for one schema");
  first_with_id_.emplace(version.id, versions_.size());
  latest_of_[version.subject] = versions_.size();
  versions_.push_back(std::move(version));
  return {};
}

std::string SchemaStore::subject_of(std::string_view topic, std::string_view /*record*/) const {
  return fmt::format("{}-value", topic);
}

Result<std::vector<std::string>> SchemaStore::objections(const std::string& /*subject*/, const std::string& schema) {
  std::vector<std::string> reasons;
  if (const auto parsed = AvroSchema::parse(schema); !parsed.ok()) reasons.push_back(parsed.error().message());
  return reasons;
}

Result<int32_t> SchemaStore::enroll(const std::string& subject, const std::string& schema) {
  TRY(reasons, objections(subject, schema));
  if (!reasons.empty()) return Error(ErrorCode::kInvalidArgument, reasons[0]).with_context(subject);
  const std::lock_guard lock(mutex_);
  const auto known = ids_.find(one_form(schema));
  SubjectVersion version{.subject = subject, .version = 1, .schema = schema};
  version.id = known != ids_.end() ? known->second : first_with_id_.empty() ? 1 : first_with_id_.rbegin()->first + 1;
  for (const SubjectVersion& there : versions_) {
    if (there.subject != subject) continue;
    if (there.id == version.id) return there.id;
    version.version = there.version + 1;
  }
  TRY_STATUS(write(version));
  const int32_t id = version.id;
  TRY_STATUS(note(std::move(version)));
  return id;
}

Status SchemaStore::write(const SubjectVersion& version) {
  const Status created = topics_.create_topic(kSchemasTopic, {.retention_ms = std::nullopt});
  if (!created.ok() && created.error().code() != ErrorCode::kAlreadyExists) return created;
  const std::string value = nlohmann::ordered_json{
      {"subject", version.subject},
      {"version", version.version},
      {"id", version.id},
      {"schema",
       version.schema}}.dump();
  RecordBatchEncoder encoder;
  encoder.add({.key = version.subject, .value = value, .timestamp_ms = clock_.wall_us() / 1000});
  TRY(batch, encoder.finish());
  Commit commit;
  commit.append(kSchemasTopic, 0, batch);
  const auto receipt = topics_.submit(commit);
  return receipt.ok() ? topics_.sync() : receipt.error();
}

Result<std::string> SchemaStore::find(int32_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = first_with_id_.find(id);
  if (found == first_with_id_.end()) return Error(ErrorCode::kNotFound, fmt::format("{} have no id {}", place(), id));
  return versions_[found->second].schema;
}

Result<SubjectVersion> SchemaStore::latest(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  const auto found = latest_of_.find(subject);
  if (found == latest_of_.end()) {
    return Error(ErrorCode::kNotFound, fmt::format("{} have no subject {}", place(), subject));
  }
  return versions_[found->second];
}

std::vector<SubjectVersion> SchemaStore::versions() const {
  const std::lock_guard lock(mutex_);
  return versions_;
}

}  // namespace millrace
