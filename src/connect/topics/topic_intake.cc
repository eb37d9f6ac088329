#include "connect/topics/topic_intake.h"

#include <cstring>
#include <utility>

#include "flow/intake.h"

namespace millrace {

void add_topic_record(Origin& origin, const TopicRecord& record) {
  if (!record.value) {
    origin.damaged.push_back({static_cast<uint32_t>(origin.records()), "the record has no value (a tombstone)"});
  }
  const std::string_view value = record.value.value_or("");
  const std::string_view key = record.key.value_or("");
  const size_t at = origin.bytes.size();
  origin.bytes.reserve(at + value.size() + key.size());
  if (!value.empty()) std::memcpy(origin.bytes.bytes() + at, value.data(), value.size());
  if (!key.empty()) std::memcpy(origin.bytes.bytes() + at + value.size(), key.data(), key.size());
  origin.bytes.set_size(at + value.size() + key.size());
  origin.begin.push_back(static_cast<uint32_t>(at));
  origin.end.push_back(static_cast<uint32_t>(at + value.size()));
  origin.key_bytes.push_back(record.key ? static_cast<int32_t>(key.size()) : -1);
  origin.timestamp_us.push_back(record.timestamp_ms * 1000);
  origin.offset.push_back(static_cast<uint64_t>(record.offset));
  origin.line.push_back(static_cast<uint64_t>(record.offset));
}

void end_topic_records(Origin& origin) {
  origin.bytes.reserve(1);  // there may be none
  std::memset(origin.bytes.bytes() + origin.bytes.size(), 0, kBufferSlack);
}

TopicIntake::TopicIntake(TopicFormat format, const Slots& slots, RunContext run)
    : format_(std::move(format)), slots_(slots), run_(std::move(run)), columns_(columns_to_read(slots)) {}

Batch TopicIntake::take(std::shared_ptr<const Origin> origin, Passage& passage) const {
  std::unique_ptr<RecordReader> reader = take_reader();
  ReadOutcome outcome = reader->read(*origin);
  {
    const std::lock_guard lock(mutex_);
    readers_.push_back(std::move(reader));
  }
  return take_in(std::move(origin), std::move(outcome), slots_, passage);
}

std::unique_ptr<RecordReader> TopicIntake::take_reader() const {
  const std::lock_guard lock(mutex_);
  if (readers_.empty()) return make_topic_value_reader(format_, columns_, run_);
  auto reader = std::move(readers_.back());
  readers_.pop_back();
  return reader;
}

}  // namespace millrace
