#include "store/topics/recovery.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "store/topics/commit_history.h"

namespace millrace {
namespace {

using SegmentNames = std::vector<std::pair<int64_t, std::string>>;  // base offset, name; in order

// Of a directory PARTITION@ID.
std::optional<int64_t> number_of(std::string_view text) {
  int64_t number = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && at == text.data() + text.size() && number >= 0 ? std::optional(number) : std::nullopt;
}

std::optional<int64_t> id_of(std::string_view name) {
  const size_t at = name.find('@');
  return at == std::string_view::npos ? std::nullopt : number_of(name.substr(at + 1));
}

bool is_partition(std::string_view name, int32_t partitions) {
  const auto number = number_of(name.substr(0, name.find('@')));
  return number && *number < partitions;
}

class Recovery {
 public:
  Recovery(FileSystem& files, const std::string& directory) : files_(files), directory_(directory) {}

  Result<Recovered> run();

 private:
  Status choose_commits(const CommitHistory& history);
  Result<bool> is_whole(const CommitRecord& record);
  Result<bool> holds(const CommitRecord::End& end);
  Result<SegmentNames> list_log(const std::string& directory);
  Result<std::shared_ptr<PartitionLog>> open_log(const std::string& directory, const PartitionState& state,
                                                 std::optional<int64_t> sync_from);
  Status sync_directories(const std::string& directory);
  Status cut(Segment& segment, uint64_t bytes);
  Status sync(Segment& segment);
  Status remove_segments(const std::string& directory, const std::vector<std::string>& names);
  Result<std::shared_ptr<const Topic>> open_topic(const std::string& name, const TopicState& state);
  Status sweep();
  Status sweep_topic(const std::string& name);
  Result<std::shared_ptr<PartitionLog>> open_commits();
  std::string path_of(const TopicPartition& where) const;

  FileSystem& files_;
  const std::string& directory_;
  Recovered found_;
  PartitionState commits_;
  // Commits that may be in memory only: from which file on, by partition.
  std::map<TopicPartition, int64_t> unsynced_;
  std::optional<int64_t> commits_unsynced_;
};

Error missing(const std::string& path, std::string_view what) {
  return {ErrorCode::kCorruption,
          fmt::format("{}: {}, though it had been on the disk; restore the data directory from a copy", path, what)};
}

std::string Recovery::path_of(const TopicPartition& where) const {
  const auto topic = found_.catalog.topics.find(where.topic);
  MILLRACE_ASSERT(topic != found_.catalog.topics.end(), "the catalog knows the partition");
  return partition_directory(directory_, where.topic, topic->second.id, where.partition);
}

Result<Recovered> Recovery::run() {
  TRY(history, CommitHistory::read(files_, commits_directory(directory_)));
  if (history.entries.empty()) {
    if (files_.is_directory(topics_directory(directory_))) {
      TRY(names, files_.list(topics_directory(directory_)));
      if (!names.empty()) return missing(commits_directory(directory_), "no commit is there");
    }
  }
  TRY_STATUS(choose_commits(history));
  for (const auto& [name, state] : found_.catalog.topics) {
    TRY(topic, open_topic(name, state));
    found_.topics.push_back(std::move(topic));
  }
  TRY(commits, open_commits());
  found_.commits = std::move(commits);
  TRY_STATUS(sweep());
  return std::move(found_);
}

// The longest prefix of whole commits goes into the catalog.
Status Recovery::choose_commits(const CommitHistory& history) {
  for (const CommitHistory::Entry& entry : history.entries) {
    if (entry.id >= history.synced_to) {
      TRY(whole, is_whole(entry.record));  // a checkpoint appends nothing
      if (!whole) break;
      for (const CommitRecord::End& end : entry.record.ends) {
        if (end.bytes > 0) unsynced_.emplace(end.where, end.segment);
      }
      if (!commits_unsynced_) commits_unsynced_ = entry.segment;
    }
    TRY_STATUS(found_.catalog.apply(entry.record));
    commits_ = {.log_start = history.entries.front().id,
                .end_offset = entry.end_offset,
                .segment = entry.segment,
                .position = entry.position};
  }
  return {};
}

// Whether all that a commit appended is there. The catalog is that of the commits before it.
Result<bool> Recovery::is_whole(const CommitRecord& record) {
  for (const CommitRecord::End& end : record.ends) {
    if (end.bytes == 0) continue;
    const auto topic = found_.catalog.topics.find(end.where.topic);
    if (topic == found_.catalog.topics.end()) {
      return Error(ErrorCode::kCorruption,
                   fmt::format("a commit appends to topic '{}', which there is not", end.where.topic));
    }
    TRY(there, holds(end));
    if (!there) return false;
  }
  return true;
}

Result<bool> Recovery::holds(const CommitRecord::End& end) {
  const std::string path = join_path(path_of(end.where), Segment::file_name(end.segment));
  auto bytes = files_.size(path);
  if (!bytes.ok() && bytes.error().code() != ErrorCode::kNotFound) return bytes.error();
  if (!bytes.ok() || *bytes < end.position) return false;
  TRY(file, files_.open_log(path, OpenLog::kExisting));
  Buffer buffer(end.bytes);
  TRY(got, file->read_at(end.position - end.bytes, buffer.as<char>(), buffer.size()));
  std::string_view rest(buffer.as<char>(), got);
  int64_t offset = end.base_offset;
  uint32_t crc = 0;
  while (!rest.empty()) {
    auto batch = check_batch(rest);
    if (!batch.ok() || batch->base_offset != offset) return false;
    offset = batch->end_offset();
    crc = batch->crc;
    rest.remove_prefix(batch->bytes);
  }
  return got == end.bytes && offset == end.end_offset && crc == end.last_crc;
}

Result<SegmentNames> Recovery::list_log(const std::string& directory) {
  SegmentNames segments;
  if (!files_.is_directory(directory)) return segments;
  TRY(names, files_.list(directory));
  for (std::string& name : names) {
    if (const auto offset = Segment::offset_of(name)) segments.emplace_back(*offset, std::move(name));
  }
  return segments;
}

// A log whose files are just what its state says, those from `sync_from` on synced.
Result<std::shared_ptr<PartitionLog>> Recovery::open_log(const std::string& directory, const PartitionState& state,
                                                         std::optional<int64_t> sync_from) {
  TRY(listed, list_log(directory));
  std::vector<std::string> surplus;
  std::vector<std::shared_ptr<Segment>> segments;
  for (size_t i = 0; i < listed.size(); ++i) {
    const auto& [base, name] = listed[i];
    const bool expired = (i + 1 < listed.size() && listed[i + 1].first <= state.log_start) ||
                         (state.segment == kNoSegment && base < state.log_start);
    TRY(bytes, files_.size(join_path(directory, name)));
    auto segment = std::make_shared<Segment>(files_, directory, base, bytes);
    if (expired) {
      found_.expired.push_back(std::move(segment));
    } else if (base > state.segment) {
      surplus.push_back(name);
    } else {
      segments.push_back(std::move(segment));
    }
  }
  const std::string last = join_path(directory, Segment::file_name(std::max<int64_t>(state.segment, 0)));
  if (state.segment != kNoSegment) {
    if (segments.empty() || segments.back()->base_offset() != state.segment)
      return missing(last, "the file is missing");
    if (segments.front()->base_offset() > state.log_start) {
      return missing(directory, fmt::format("the file with offset {} is missing", state.log_start));
    }
    if (segments.back()->bytes() < state.position) {
      return missing(last, fmt::format("it ends before byte {}", state.position));
    }
    if (segments.back()->bytes() > state.position) TRY_STATUS(cut(*segments.back(), state.position));
    for (const auto& segment : segments) {
      if (sync_from && segment->base_offset() >= *sync_from) TRY_STATUS(sync(*segment));
    }
    if (sync_from) TRY_STATUS(sync_directories(directory));
  }
  TRY_STATUS(remove_segments(directory, surplus));
  return std::make_shared<PartitionLog>(files_, directory, state, std::move(segments));
}

Status Recovery::cut(Segment& segment, uint64_t bytes) {
  TRY_STATUS(segment.cut(bytes, 0, SegmentIndex::kNoTimestamp));
  return sync(segment);
}

Status Recovery::sync(Segment& segment) {
  TRY(file, segment.file());
  TRY_STATUS(file->sync());
  segment.close();
  return {};
}

// The names of a log's files, of its directory, and of that one's.
Status Recovery::sync_directories(const std::string& directory) {
  const std::string above = directory_of(directory);
  TRY_STATUS(files_.sync_directory(directory));
  TRY_STATUS(files_.sync_directory(above));
  return files_.sync_directory(directory_of(above));
}

Status Recovery::remove_segments(const std::string& directory, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    TRY_STATUS(Segment(files_, directory, Segment::offset_of(name).value_or(0), 0).remove_files());
  }
  return names.empty() ? Status() : files_.sync_directory(directory);
}

Result<std::shared_ptr<const Topic>> Recovery::open_topic(const std::string& name, const TopicState& state) {
  auto topic = std::make_shared<Topic>(Topic{name, state.id, state.config, {}});
  for (int32_t i = 0; i < state.config.partitions; ++i) {
    const auto unsynced = unsynced_.find({name, i});
    const auto sync_from = unsynced == unsynced_.end() ? std::nullopt : std::optional(unsynced->second);
    TRY(log, open_log(partition_directory(directory_, name, state.id, i), state.partitions[static_cast<size_t>(i)],
                      sync_from));
    topic->logs.push_back(std::move(log));
  }
  return std::shared_ptr<const Topic>(std::move(topic));
}

Result<std::shared_ptr<PartitionLog>> Recovery::open_commits() {
  const std::string directory = commits_directory(directory_);
  if (commits_.segment == kNoSegment) {  // what is there is the torn beginning of a new directory
    TRY(listed, list_log(directory));
    std::vector<std::string> names;
    for (auto& [base, name] : listed) names.push_back(std::move(name));
    TRY_STATUS(remove_segments(directory, names));
    return std::make_shared<PartitionLog>(files_, directory, PartitionState(), std::vector<std::shared_ptr<Segment>>());
  }
  return open_log(directory, commits_, commits_unsynced_);
}

// What belongs to no topic, because it was deleted or its commit is not whole.
Status Recovery::sweep() {
  const std::string directory = topics_directory(directory_);
  if (!files_.is_directory(directory)) return {};
  TRY(names, files_.list(directory));
  for (const std::string& name : names) TRY_STATUS(sweep_topic(name));
  return {};
}

Status Recovery::sweep_topic(const std::string& name) {
  const std::string directory = join_path(topics_directory(directory_), name);
  const auto topic = found_.catalog.topics.find(name);
  TRY(entries, files_.list(directory));
  for (const std::string& entry : entries) {
    const std::string path = join_path(directory, entry);
    const auto id = id_of(entry);
    if (!id) continue;  // not ours
    const bool is_topics = topic != found_.catalog.topics.end() && topic->second.id == *id;
    if (is_topics && is_partition(entry, topic->second.config.partitions)) continue;
    // Of a commit that is not kept: the next one may take its name.
    const bool never_was = is_topics || *id >= commits_.end_offset;
    if (never_was) {
      TRY_STATUS(remove_partition_directory(files_, path));
    } else {
      found_.deleted_directories.push_back(path);
    }
  }
  return {};
}

}  // namespace

std::string commits_directory(const std::string& directory) { return join_path(directory, "commits"); }

Status remove_partition_directory(FileSystem& files, const std::string& directory) {
  if (!files.is_directory(directory)) return {};
  TRY(names, files.list(directory));
  for (const std::string& name : names) TRY_STATUS(files.remove(join_path(directory, name)));
  TRY_STATUS(files.remove_directory(directory));
  const std::string above = directory_of(directory);
  TRY(rest, files.list(above));
  return rest.empty() ? files.remove_directory(above) : Status();
}

Result<Recovered> recover(FileSystem& files, const std::string& directory) { return Recovery(files, directory).run(); }

}  // namespace millrace
