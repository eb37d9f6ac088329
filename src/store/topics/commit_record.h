#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/topics/commit.h"
#include "store/topics/topic.h"

namespace millrace {

inline constexpr int64_t kNoSegment = -1;

// One batch of millrace.commits, in memory: all that a commit did. docs/internals/topics.md has the bytes.
struct CommitRecord {
  struct Topic {
    std::string name;
    int64_t id = 0;
    TopicConfig config;
  };
  // Where a partition ends once the commit is in. `bytes` of the segment before `position` are the commit's.
  struct End {
    TopicPartition where;
    int64_t base_offset = 0;
    int64_t end_offset = 0;
    int64_t segment = kNoSegment;
    uint64_t position = 0;
    uint64_t bytes = 0;
    uint32_t last_crc = 0;  // of the commit's last batch
  };
  struct Start {
    TopicPartition where;
    int64_t log_start = 0;
  };

  bool checkpoint = false;  // holds all that earlier commits say
  int64_t synced_to = 0;    // every commit before this one was on the disk, with all its data, when it was written
  std::vector<std::string> deleted_topics;
  std::vector<Topic> topics;  // created or changed
  std::vector<End> ends;
  std::vector<Start> starts;
  std::vector<Commit::Note> notes;
};

// Adds the records of a commit to a batch that was begun; their number is the batch's.
void encode_commit(const CommitRecord& record, int64_t timestamp_ms, RecordBatchEncoder& batch);

// kCorruption: the records are not a commit.
Result<CommitRecord> decode_commit(std::span<const TopicRecord> records);

}  // namespace millrace
