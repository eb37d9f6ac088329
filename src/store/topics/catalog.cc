#include "store/topics/catalog.h"

#include <algorithm>

#include <fmt/format.h>

namespace millrace {
namespace {

Error contradiction(const TopicPartition& where, std::string_view why) {
  return {ErrorCode::kCorruption,
          fmt::format("the commits contradict each other about {}/{}: {}", where.topic, where.partition, why)};
}

Result<PartitionState*> find(TopicCatalog& catalog, const TopicPartition& where) {
  const auto topic = catalog.topics.find(where.topic);
  if (topic == catalog.topics.end()) return contradiction(where, "there is no such topic");
  if (where.partition >= topic->second.config.partitions) return contradiction(where, "there is no such partition");
  return &topic->second.partitions[static_cast<size_t>(where.partition)];
}

Status apply_end(TopicCatalog& catalog, const CommitRecord::End& end, bool checkpoint) {
  TRY(state, find(catalog, end.where));
  if (!checkpoint && end.base_offset != state->end_offset) {
    return contradiction(end.where, fmt::format("offset {} follows {}", end.base_offset, state->end_offset));
  }
  const bool new_file = end.segment != state->segment;
  if (!checkpoint && (new_file ? end.segment != end.base_offset || end.position != end.bytes
                               : end.position - end.bytes != state->position)) {
    return contradiction(end.where, fmt::format("its bytes up to {} of file {} do not follow byte {} of file {}",
                                                end.position, end.segment, state->position, state->segment));
  }
  state->end_offset = end.end_offset;
  state->segment = end.segment;
  state->position = end.position;
  return {};
}

Status apply_start(TopicCatalog& catalog, const CommitRecord::Start& start) {
  TRY(state, find(catalog, start.where));
  if (start.log_start < state->log_start || start.log_start > state->end_offset) {
    return contradiction(start.where, fmt::format("it cannot start at offset {}", start.log_start));
  }
  state->log_start = start.log_start;
  if (state->log_start == state->end_offset) {  // nothing is left, so there is no file any more
    state->segment = kNoSegment;
    state->position = 0;
  }
  return {};
}

}  // namespace

Status TopicCatalog::apply(const CommitRecord& record) {
  if (record.checkpoint) {
    topics.clear();
    notes.clear();
  }
  for (const std::string& name : record.deleted_topics) topics.erase(name);
  for (const CommitRecord::Topic& topic : record.topics) {
    TopicState& state = topics[topic.name];
    state.id = topic.id;
    state.config = topic.config;
    if (state.partitions.size() > static_cast<size_t>(topic.config.partitions)) {
      return contradiction({topic.name, topic.config.partitions}, "a topic never loses partitions");
    }
    state.partitions.resize(static_cast<size_t>(topic.config.partitions));
  }
  for (const CommitRecord::End& end : record.ends) TRY_STATUS(apply_end(*this, end, record.checkpoint));
  for (const CommitRecord::Start& start : record.starts) TRY_STATUS(apply_start(*this, start));
  for (const Commit::Note& note : record.notes) {
    if (note.removed) {
      notes.erase(note.key);
    } else {
      notes.insert_or_assign(note.key, note.value);
    }
  }
  return {};
}

CommitRecord TopicCatalog::checkpoint() const {
  CommitRecord record;
  record.checkpoint = true;
  for (const auto& [name, topic] : topics) {
    record.topics.push_back({name, topic.id, topic.config});
    for (int32_t i = 0; i < topic.config.partitions; ++i) {
      const PartitionState& state = topic.partitions[static_cast<size_t>(i)];
      if (state == PartitionState()) continue;
      record.ends.push_back({.where = {name, i},
                             .base_offset = state.end_offset,
                             .end_offset = state.end_offset,
                             .segment = state.segment,
                             .position = state.position});
      record.starts.push_back({{name, i}, state.log_start});
    }
  }
  for (const auto& [key, value] : notes) record.notes.push_back({key, value});
  return record;
}

}  // namespace millrace
