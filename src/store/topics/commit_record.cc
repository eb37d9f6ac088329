#include "store/topics/commit_record.h"

#include <charconv>
#include <concepts>
#include <optional>

#include <fmt/format.h>

#include "base/big_endian.h"

namespace millrace {
namespace {

constexpr int8_t kVersion = 1;
constexpr int64_t kAbsent = -1;

// Keys are text, so that whoever looks at the topic can read them: a word, then what it is about.
constexpr std::string_view kCommitKey = "commit";
constexpr std::string_view kTopicWord = "topic ";
constexpr std::string_view kEndWord = "end ";
constexpr std::string_view kStartWord = "start ";
constexpr std::string_view kNoteWord = "note ";

// The values but for notes': the version, then numbers in the order of the struct.
class ValueWriter {
 public:
  ValueWriter() { put(kVersion); }
  template <std::integral T>
  ValueWriter& put(T number) {
    char bytes[sizeof number];
    store_big(bytes, number);
    value_.append(bytes, sizeof bytes);
    return *this;
  }
  ValueWriter& put(std::optional<int64_t> number) { return put(number.value_or(kAbsent)); }
  std::string_view value() const { return value_; }

 private:
  std::string value_;
};

class ValueReader {
 public:
  explicit ValueReader(std::optional<std::string_view> value) : left_(value.value_or("")) { version_ = take<int8_t>(); }
  template <std::integral T>
  T take() {
    if (left_.size() < sizeof(T)) {
      short_ = true;
      return {};
    }
    const T number = load_big<T>(left_.data());
    left_.remove_prefix(sizeof number);
    return number;
  }
  std::optional<int64_t> take_optional() {
    const auto number = take<int64_t>();
    return number == kAbsent ? std::nullopt : std::optional(number);
  }
  bool well() const { return !short_ && version_ == kVersion && left_.empty(); }

 private:
  std::string_view left_;
  bool short_ = false;
  int8_t version_;
};

void add(RecordBatchEncoder& batch, int64_t timestamp_ms, std::string_view key, std::optional<std::string_view> value) {
  batch.add({.key = key, .value = value, .timestamp_ms = timestamp_ms});
}

std::string key_of(std::string_view word, const TopicPartition& where) {
  return fmt::format("{}{}/{}", word, where.topic, where.partition);
}

bool read_where(std::string_view text, TopicPartition& where) {
  const size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return false;
  where.topic = text.substr(0, slash);
  const std::string_view number = text.substr(slash + 1);
  const auto [at, error] = std::from_chars(number.data(), number.data() + number.size(), where.partition);
  return error == std::errc() && at == number.data() + number.size() && where.partition >= 0;
}

bool read_commit(const TopicRecord& record, CommitRecord& into) {
  ValueReader value(record.value);
  const auto kind = value.take<int8_t>();
  into.checkpoint = kind == 1;
  into.synced_to = value.take<int64_t>();
  return record.key == kCommitKey && value.well() && (kind == 0 || kind == 1) && into.synced_to >= 0;
}

bool read_topic(std::string_view name, std::optional<std::string_view> bytes, CommitRecord& into) {
  if (!check_topic_name(name).ok()) return false;
  if (!bytes) {
    into.deleted_topics.emplace_back(name);
    return true;
  }
  ValueReader value(bytes);
  CommitRecord::Topic topic;
  topic.name = name;
  topic.id = value.take<int64_t>();
  topic.config.partitions = value.take<int32_t>();
  topic.config.retention_ms = value.take_optional();
  topic.config.retention_bytes = value.take_optional();
  const auto compression = value.take<uint8_t>();
  topic.config.compression = static_cast<TopicCompression>(compression);
  topic.config.segment_bytes = value.take<int64_t>();
  topic.config.pinned_bytes_max = value.take_optional();
  if (!value.well() || topic.id < 0 || compression > static_cast<uint8_t>(TopicCompression::kZstd)) return false;
  if (!check_topic_config(topic.config).ok()) return false;
  into.topics.push_back(std::move(topic));
  return true;
}

bool read_end(std::string_view where, std::optional<std::string_view> bytes, CommitRecord& into) {
  ValueReader value(bytes);
  CommitRecord::End end;
  end.base_offset = value.take<int64_t>();
  end.end_offset = value.take<int64_t>();
  end.segment = value.take<int64_t>();
  end.position = value.take<uint64_t>();
  end.bytes = value.take<uint64_t>();
  end.last_crc = value.take<uint32_t>();
  if (!value.well() || !read_where(where, end.where)) return false;
  if (end.base_offset < 0 || end.end_offset < end.base_offset || end.bytes > end.position ||
      end.position > static_cast<uint64_t>(INT64_MAX) || end.segment < kNoSegment || end.segment > end.end_offset) {
    return false;
  }
  into.ends.push_back(std::move(end));
  return true;
}

bool read_start(std::string_view where, std::optional<std::string_view> bytes, CommitRecord& into) {
  ValueReader value(bytes);
  CommitRecord::Start start;
  start.log_start = value.take<int64_t>();
  if (!value.well() || !read_where(where, start.where) || start.log_start < 0) return false;
  into.starts.push_back(std::move(start));
  return true;
}

bool read_entry(const TopicRecord& record, CommitRecord& into) {
  const std::string_view key = record.key.value_or("");
  if (key.starts_with(kTopicWord)) return read_topic(key.substr(kTopicWord.size()), record.value, into);
  if (key.starts_with(kEndWord)) return read_end(key.substr(kEndWord.size()), record.value, into);
  if (key.starts_with(kStartWord)) return read_start(key.substr(kStartWord.size()), record.value, into);
  if (!key.starts_with(kNoteWord)) return false;
  into.notes.push_back(
      {std::string(key.substr(kNoteWord.size())), std::string(record.value.value_or("")), !record.value});
  return true;
}

}  // namespace

void encode_commit(const CommitRecord& record, int64_t timestamp_ms, RecordBatchEncoder& batch) {
  const int8_t kind = record.checkpoint ? 1 : 0;
  add(batch, timestamp_ms, kCommitKey, ValueWriter().put(kind).put(record.synced_to).value());
  for (const std::string& name : record.deleted_topics) {
    add(batch, timestamp_ms, fmt::format("{}{}", kTopicWord, name), std::nullopt);
  }
  for (const CommitRecord::Topic& topic : record.topics) {
    ValueWriter value;
    value.put(topic.id).put(topic.config.partitions).put(topic.config.retention_ms).put(topic.config.retention_bytes);
    value.put(static_cast<uint8_t>(topic.config.compression)).put(topic.config.segment_bytes);
    value.put(topic.config.pinned_bytes_max);
    add(batch, timestamp_ms, fmt::format("{}{}", kTopicWord, topic.name), value.value());
  }
  for (const CommitRecord::End& end : record.ends) {
    ValueWriter value;
    value.put(end.base_offset).put(end.end_offset).put(end.segment).put(end.position).put(end.bytes).put(end.last_crc);
    add(batch, timestamp_ms, key_of(kEndWord, end.where), value.value());
  }
  for (const CommitRecord::Start& start : record.starts) {
    add(batch, timestamp_ms, key_of(kStartWord, start.where), ValueWriter().put(start.log_start).value());
  }
  for (const Commit::Note& note : record.notes) {
    add(batch, timestamp_ms, fmt::format("{}{}", kNoteWord, note.key),
        note.removed ? std::nullopt : std::optional<std::string_view>(note.value));
  }
}

Result<CommitRecord> decode_commit(std::span<const TopicRecord> records) {
  CommitRecord commit;
  if (records.empty() || !read_commit(records.front(), commit)) {
    return Error(ErrorCode::kCorruption, "not a commit: it does not begin with one's head");
  }
  for (const TopicRecord& record : records.subspan(1)) {
    if (!read_entry(record, commit)) {
      return Error(ErrorCode::kCorruption,
                   fmt::format("not a commit: cannot read its entry '{}'", record.key.value_or("")));
    }
  }
  return commit;
}

}  // namespace millrace
